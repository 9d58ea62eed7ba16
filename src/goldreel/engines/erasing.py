"""What goldreel asks of a database so that nothing of a person is left in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from goldreel.engines.base import Engine


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


class Erasing(Protocol):
    """See `goldreel.engines.base.Engine`, of which it is a part."""

    def stored_tables(self) -> list[StoredTable]:
        """Every table of the warehouse, and of the versions for readers that are stored in it; no views."""

    def literal(self, text: str) -> str:
        """A text as it is written in a statement."""

    def copies(self) -> Iterator[tuple[int, AbstractContextManager[Engine]]]:
        """The versions that readers have apart from the warehouse, and what opens each of them to be read."""

    def clean_copy(self, version: int, clean: Callable[[Engine], None]) -> None:
        """Write such a version anew; readers have the old or the new one.

        Args:
            clean: takes out what is to go, in a copy that takes the place of the version when it is done.
        """

    def leave_no_traces(self) -> str:
        """Write the warehouse anew, so that nothing of rows that were deleted is left in its files.

        Returns:
            What could not be done, in one sentence.
        """


class WithoutCopies:
    """Of engines whose readers look into the warehouse itself."""

    def copies(self) -> Iterator[tuple[int, AbstractContextManager[Engine]]]:
        return iter(())

    def clean_copy(self, version: int, clean: Callable[[Engine], None]) -> None:
        raise RuntimeError(f"version {version} is a part of the warehouse")
