"""What goldreel asks of a database so that nothing of a person is left in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from goldreel.config import dbt_project

if TYPE_CHECKING:
    from goldreel.engines.base import Engine, Since


@dataclass(frozen=True)
class StoredTable:
    """A table as it is in the database, whoever made it.

    Attributes:
        columns: their names, in order.
        texts: those that hold text.
    """

    schema: str
    name: str
    columns: tuple[str, ...]
    texts: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@cache
def made_by_models() -> frozenset[str]:
    """Names of the tables that the models make. Plain scripts leave them where readers look, among others' tables."""
    return frozenset(file.stem for file in (dbt_project() / "models").rglob("*.sql"))


class Erasing(Protocol):
    """See `goldreel.engines.base.Engine`, of which it is a part."""

    def check_may_forget(self) -> None:
        """See that whoever works here may forget people; changes nothing.

        Raises:
            RightMissing: a right of its own is needed for it, and is not there.
        """

    def stored_tables(self) -> list[StoredTable]:
        """Every table of the warehouse, and of the versions for readers that are stored in it; no views."""

    def counts(self, table: StoredTable, conditions: Sequence[str], values: Sequence[str]) -> list[int]:
        """How many rows meet each of the conditions, each of which takes these values, in the quickest way there is."""

    def literal(self, text: str) -> str:
        """A text as it is written in a statement."""

    def quoted(self, name: str) -> str:
        """A name as it is written in a statement, whatever else that word means there."""

    def copies(self) -> Iterator[tuple[int, AbstractContextManager[Engine]]]:
        """The versions that readers have apart from the warehouse, and what opens each of them to be read."""

    def database_files(self) -> list[Path]:
        """The files of the warehouse and of these versions, as far as it has files of its own."""

    def clean_copy(self, version: int, clean: Callable[[Engine], None], since: Since | None = None) -> None:
        """Write such a version anew; readers have the old or the new one.

        Args:
            clean: takes out what is to go, in a copy that takes the place of the version when it is done.
            since: how to make it from another version that is clean already.
        """

    def leave_no_traces(self) -> str:
        """Write the warehouse anew, so that nothing of rows that were deleted is left in its files.

        Returns:
            What could not be done, in one sentence.
        """


class WithoutCopies:
    """Of engines whose readers look into the warehouse itself."""

    def prepare_publication(self) -> None:
        """Readers will be shown the build itself."""

    def check_may_forget(self) -> None:
        """Who may write the warehouse may."""

    def counts(self: Engine, table: StoredTable, conditions: Sequence[str], values: Sequence[str]) -> list[int]:
        """All of them by reading the rows once."""
        sums = ", ".join(f"sum(case when {each} then 1 else 0 end)" for each in conditions)
        (found,) = self.execute(f"select {sums} from {table}", [*values] * len(conditions)).rows
        return [int(count or 0) for count in found]

    def copies(self) -> Iterator[tuple[int, AbstractContextManager[Engine]]]:
        return iter(())

    def database_files(self) -> list[Path]:
        return []

    def clean_copy(self, version: int, clean: Callable[[Engine], None], since: Since | None = None) -> None:
        raise RuntimeError(f"version {version} is a part of the warehouse")
