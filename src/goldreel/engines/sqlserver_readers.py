"""What readers of SQL Server see: views in `dbo` on the build that was published last."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain, repeat

import pyarrow as pa

from goldreel.engines import tsql
from goldreel.engines.shared import BUILD_SCHEMAS
from goldreel.engines.sqlserver_errors import is_transient
from goldreel.engines.sqlserver_session import Session
from goldreel.errors import GoldreelError, ServerLost

_LOCK_MILLISECONDS = (300, 600, 1_200, 2_400)
"""How long a lock is waited for, at each attempt; less than a server takes to choose who gives way in a deadlock."""
_PUBLISH_SECONDS = 60.0
_LOCKED = re.compile(r"Lock request time out|lock timeout", re.IGNORECASE)  # 1222


class Readers:
    """Which build the views show."""

    def __init__(self, session: Session, patience: float) -> None:
        """patience: seconds to wait for readers who hold a view."""
        self._session = session
        self._patience = max(patience, _PUBLISH_SECONDS)

    def published_schema(self) -> str | None:
        """The schema that readers look at."""
        found = self._session.execute(
            "select view_definition from information_schema.views "
            "where table_schema = 'dbo' and table_name = 'publication'"
        ).rows
        match = re.search("|".join(BUILD_SCHEMAS), found[0][0]) if found else None
        return match.group() if match else None

    def publish(self, schema: str, about: pa.Table) -> None:
        """Make the views of `dbo` show the tables of `schema` as a new version; see `show`."""
        types = {pa.int64(): "bigint", pa.timestamp("us"): "datetime2(6)", pa.string(): tsql.TYPES["text"]}
        columns = ", ".join(f"{tsql.quoted(field.name)} {types[field.type]}" for field in about.schema)
        values = ", ".join(tsql.literal(value) for value in about.to_pylist()[0].values())
        names = [name for name in self._session.tables(schema) if name != "publication"]
        showing = self._showing(schema, names)
        # A version exists when readers see it: what tells of it is written in the same transaction.
        self._all_at_once(
            [
                *tsql.drops("dbo", "publication"),
                *tsql.drops(schema, "publication"),
                f"create table {tsql.quoted(schema)}.publication ({columns})",
                f"insert into {tsql.quoted(schema)}.publication values ({values})",
                *self._views(schema, "publication", about.schema.names),
                *showing,
            ]
        )

    def show(self, schema: str) -> None:
        """Make the views of `dbo` show the tables of `schema`, all at once.

        A reader may hold one view and wait for another. We wait for no lock for long, so that we, and never a reader,
        give way, and try again.

        Raises:
            GoldreelError: readers held a view for longer than the settings allow.
        """
        self._all_at_once(self._showing(schema, self._session.tables(schema)))

    def _all_at_once(self, statements: Sequence[str]) -> None:
        deadline = time.monotonic() + self._patience
        waits = chain(_LOCK_MILLISECONDS, repeat(_LOCK_MILLISECONDS[-1]))
        try:
            for wait in waits:
                self._session.execute(f"set lock_timeout {wait}")
                try:
                    with self._session.transaction():
                        for statement in statements:
                            self._session.execute(statement)
                    return
                except self._session.errors as error:
                    if not (_LOCKED.search(str(error)) or is_transient(str(error))):
                        raise
                    if time.monotonic() > deadline:
                        raise GoldreelError(
                            "The build could not be published: readers hold its tables.",
                            where=self._session.location,
                            remedy="end the long queries on dbo, and run `goldreel publish`",
                        ) from error
                time.sleep(random.uniform(0.1, 0.5))
        finally:
            with suppress(ServerLost):
                self._session.execute("set lock_timeout -1")

    def _showing(self, schema: str, names: Sequence[str]) -> list[str]:
        """Statements that make each `dbo.<name>` a view on the table or view of that name in `schema`."""
        made = [statement for name in names for statement in self._views(schema, name, self._columns(schema, name))]
        return [*tsql.drops("dbo", *names), *made]

    def _columns(self, schema: str, name: str) -> list[str]:
        found = self._session.execute(
            "select column_name from information_schema.columns where table_schema = ? and table_name = ? "
            "order by ordinal_position",
            [schema, name],
        )
        return [column for (column,) in found.rows]

    def _views(self, schema: str, name: str, columns: Sequence[str]) -> list[str]:
        listed = ", ".join(map(tsql.quoted, columns))
        view = f"dbo.{tsql.quoted(name)}"
        return [
            f"create view {view} as select {listed} from {tsql.quoted(schema)}.{tsql.quoted(name)}",
            tsql.grants_to_readers(name),
        ]
