"""What readers of the embedded warehouse get: a build in a file of its own, written anew or brought up to date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from goldreel.engines.base import Since
from goldreel.engines.shared import in_single_quotes

OLDEST_STORAGE_VERSION = "v0.10.2"
"""How published files are written: by the oldest version of the format there is, for readers with an older DuckDB."""

_READ_FROM = re.compile(r"\b(?:FROM|JOIN) \(*(\w+)\.(\w+)")  # in a view's definition, as DuckDB itself writes it
_MOST_FREE = 0.5  # of a file's blocks, which tables leave that were replaced: when more are free, it is written anew
_LITTLE = 64_000_000  # ... unless that is less than so many bytes

Name = tuple[str, str]  # schema, table


@dataclass(frozen=True)
class ReadersCopy:
    """Tables of a warehouse, to be copied. A view over others of them stays a view; every other view becomes a table.

    Attributes:
        rows: the `where` that limits a table.
    """

    connection: duckdb.DuckDBPyConnection
    tables: Sequence[Name]
    about: pa.Table
    rows: Mapping[Name, str]

    def write(self, file: Path) -> None:
        """Write them into a new file."""
        file.unlink(missing_ok=True)
        views = self._views()
        with self._attached(file):
            for name in self.tables:
                if name not in views:
                    self._replace(name)
            self._end_with(views)

    def bring_up_to_date(self, since: Since, file: Path) -> bool:
        """Make in a copy of the file of an earlier version what differs.

        Returns:
            Whether that gave what `write` would give; if not, the file is worth nothing.
        """
        views = self._views()
        with self._attached(file):
            if self._one("select build_id from publication.publication") != (since.build_id,):
                return False
            kept = [name for name in since.rows if name in self.tables and name not in views and self._has_same(name)]
            for schema, table, kind in self._there():
                if (schema, table) not in kept:
                    self.connection.execute(f'drop {kind} publication."{schema}"."{table}"')
            for name in kept:
                self._renew_rows(name, *since.rows[name], since.at_hand.get(name, name))
            if any(self._count(f'publication."{s}"."{n}"') != self._count(f'"{s}"."{n}"') for s, n in kept):
                return False
            for name in self.tables:
                if name not in views and name not in kept:
                    self._replace(name)
            self._end_with(views)
            free, all_blocks, size = self._one(
                "select free_blocks, total_blocks, block_size from pragma_database_size() "
                "where database_name = 'publication'"
            )
            return bool(free <= _MOST_FREE * all_blocks or free * size < _LITTLE)

    def _replace(self, name: Name) -> None:
        schema, table = name
        self.connection.execute(f'create schema if not exists publication."{schema}"')
        some = f'from "{schema}"."{table}" {self.rows.get(name, "")}'
        self.connection.execute(f'create table publication."{schema}"."{table}" as {some}')

    def _renew_rows(self, name: Name, column: str, values: str, found_in: Name) -> None:
        here, there = f'"{found_in[0]}"."{found_in[1]}"', f'publication."{name[0]}"."{name[1]}"'
        self.connection.execute(f"create or replace temp table renewed as select distinct * from ({values}) as t(key)")
        some = f'where "{column}" in (select key from renewed)'
        self.connection.execute(f"delete from {there} {some}")
        self.connection.execute(f"insert into {there} by name select * from {here} {some}")
        self.connection.execute("drop table renewed")

    def _has_same(self, name: Name) -> bool:
        """Whether a table is in the copied file, with the columns that it has now."""
        found = [
            self.connection.execute(
                "select column_name, data_type from duckdb_columns() "
                f"where database_name = {database} and schema_name = ? and table_name = ? order by column_index",
                list(name),
            ).fetchall()
            for database in ("'publication'", "current_database()")
        ]
        return bool(found[0]) and found[0] == found[1]

    def _there(self) -> list[tuple[str, str, str]]:
        """What is in the copied file, views first."""
        found = self.connection.execute(
            "select schema_name, view_name, 'view' from duckdb_views() "
            "where database_name = 'publication' and not internal union all "
            "select schema_name, table_name, 'table' from duckdb_tables() where database_name = 'publication'"
        )
        return sorted(found.fetchall(), key=lambda each: each[2], reverse=True)

    def _end_with(self, views: Mapping[Name, str]) -> None:
        self.connection.execute("create table publication.publication as from about_publication")
        (warehouse,) = self._one("select current_database()")
        self.connection.execute("use publication")
        try:
            for definition in views.values():
                self.connection.execute(definition)
            self.connection.execute("checkpoint")
        finally:
            self.connection.execute(f'use "{warehouse}"')

    @contextmanager
    def _attached(self, file: Path) -> Iterator[None]:
        path = in_single_quotes(str(file))
        self.connection.register("about_publication", self.about)
        self.connection.execute(f"attach {path} as publication (storage_version '{OLDEST_STORAGE_VERSION}')")
        try:
            yield
        finally:
            self.connection.execute("detach publication")
            self.connection.unregister("about_publication")

    def _views(self) -> dict[Name, str]:
        """Those of the tables that are views over nothing but the others, with their definitions."""
        found = self.connection.execute(
            "select schema_name, view_name, sql from duckdb_views() "
            "where not internal and database_name = current_database()"
        )
        return {
            (schema, name): definition
            for schema, name, definition in found.fetchall()
            if (schema, name) in self.tables and set(_READ_FROM.findall(definition)) <= set(self.tables)
        }

    def _count(self, table: str) -> int:
        (count,) = self._one(f"select count(*) from {table}")
        return int(count)

    def _one(self, query: str) -> tuple[Any, ...]:
        return self.connection.execute(query).fetchone() or ()


def of_version(connection: duckdb.DuckDBPyConnection) -> ReadersCopy:
    """All that is in a version that is open, to be copied as one."""
    about = connection.sql("from main.publication").to_arrow_table()
    found = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = current_database() "
        "and (table_schema, table_name) <> ('main', 'publication') order by all"
    ).fetchall()
    return ReadersCopy(connection, found, about, {})
