"""Do the engines agree? Builds the same deliveries on each, in warehouses made for it, and compares every cell."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from goldreel import pipeline
from goldreel.config import EngineName, Settings, dbt_project
from goldreel.engines import Engine, open_engine, scratch_warehouse
from goldreel.errors import GoldreelError, UsageError
from goldreel.loading.contract import BEING_FORGOTTEN, BRONZE_TABLES
from goldreel.scratch import scratch_folder

RELATIVE_TOLERANCE = 1e-9  # sums of floating-point numbers depend on their order
SHOWN_PER_TABLE = 5

_NOT_COMPARED = {
    "publication",
    "_loaded_at",
    "started_at",
    "finished_at",
    "published_at",
    "accepted_at",
}  # when it was done, not what


@dataclass(frozen=True)
class TableParity:
    """How a table of one engine compares to that of the first engine.

    Attributes:
        rows: of the first engine and of the other one.
        cells: how many were compared.
        differing: how many rows, or columns as a whole, are not the same in both.
        differences: the first of them, in words.
    """

    table: str
    engine: str
    rows: tuple[int, int]
    cells: int
    differing: int
    differences: tuple[str, ...]


@dataclass
class ParityReport:
    """What was compared.

    Attributes:
        engines: the first is the one that the others are compared with.
        seconds: for each engine, how long each step of its run took.
        refused: names of files that all of them refused.
    """

    engines: tuple[str, ...]
    tables: list[TableParity] = field(default_factory=list)
    seconds: dict[str, dict[str, float]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0: no difference; 1: some."""
        return 1 if any(table.differing for table in self.tables) else 0


def compare(
    settings: Settings,
    engines: Sequence[EngineName],
    deliveries: Sequence[Path | str],
    as_of: date,
    on_engine: Callable[[EngineName], None] = lambda engine: None,
) -> ParityReport:
    """Run the pipeline on each engine, and compare what it left in bronze, silver, gold and the star schema.

    Args:
        engines: two or more; the first is what the others are compared with.
        on_engine: is told which engine is at work.

    Raises:
        UsageError: a delivery cannot be used, or an engine cannot be reached.
        GoldreelError: a build failed on an engine.
    """
    if len(engines) < 2 or len(set(engines)) < len(engines):
        raise UsageError(
            "Parity needs two or more engines, each named once.",
            where=f"--between {','.join(engines)}",
            remedy="name them: goldreel parity --between duckdb,spark DELIVERY…",
        )
    report = ParityReport(tuple(engines))
    with scratch_folder("parity") as folder:
        for engine in engines:
            on_engine(engine)
            scratch = settings.model_copy(update={"engine": engine, "home": Path(folder) / engine})
            # A process for each: what an engine brings along (Java, say) is gone before the next one begins.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                built = process.submit(_build, scratch, deliveries, as_of, Path(folder) / "tables" / engine).result()
            report.seconds[engine] = built.seconds
            _note_refused(report, engine, built.refused)
        with open_cells(settings, Path(folder) / "tables", engines) as cells:
            for other in engines[1:]:
                report.tables += compare_tables(cells, engines[0], other)
    return report


@dataclass(frozen=True)
class _Built:
    seconds: dict[str, float]
    refused: list[str]


def _build(settings: Settings, deliveries: Sequence[Path | str], as_of: date, output: Path) -> _Built:
    """`_run_and_copy`, with errors that can travel to another process."""
    try:
        return _run_and_copy(settings, deliveries, as_of, output)
    except GoldreelError:
        raise
    except Exception as error:
        said = str(error).strip().partition("\n")[0]
        raise GoldreelError(f"{settings.engine} failed unexpectedly: {type(error).__name__}: {said}") from None


def _run_and_copy(settings: Settings, deliveries: Sequence[Path | str], as_of: date, output: Path) -> _Built:
    """Run the pipeline, and write the tables that it made to files."""
    with scratch_warehouse(settings):
        run = pipeline.run(settings, deliveries, as_of, pipeline.Silent())
        if run.result is None or not run.result.passed:
            failed = run.result.failed if run.result else ()
            told = "; ".join(f"{node.kind} {node.name}: {node.message or node.failures}" for node in failed[:3])
            raise GoldreelError(
                f"The build on {settings.engine} did not pass: {told or 'nothing could be loaded'}.",
                where="goldreel parity",
                remedy=f"run the deliveries with `goldreel run --engine {settings.engine}`, and mend what it reports",
            )
        if run.stopped:  # what is compared is what readers would get, were it accepted
            stopped = list({check.load_id for check in run.stopped})
            pipeline.publish(settings, accepted=stopped, reason="engines are compared on it")
        with open_engine(settings, "look") as engine:
            readers = engine.default_schema
            names = {name: (readers, name) for name in engine.tables(readers) if name not in _NOT_COMPARED}
            names |= {str(table): (table.schema, table.name) for table in BRONZE_TABLES if table != BEING_FORGOTTEN}
            write_tables(engine, names, output)
    return _Built(dict(run.seconds), sorted(outcome.path.name for outcome in run.refused))


def write_tables(engine: Engine, tables: Mapping[str, tuple[str, str]], output: Path) -> None:
    """Write tables (schema, name) to a folder, each to a Parquet file of the name given, for `compare_tables`."""
    output.mkdir(parents=True)
    for file_name, (schema, name) in tables.items():
        rows = engine.batches(schema, name)
        meant = pa.schema([(field.name, _meaning(field.type)) for field in rows.schema])
        with pq.ParquetWriter(output / f"{file_name}.parquet", meant) as file:
            for batch in rows:
                file.write_table(pa.Table.from_batches([batch]).cast(meant))


def open_cells(settings: Settings, folder: Path, sides: Sequence[str]) -> duckdb.DuckDBPyConnection:
    """A database for `compare_tables`, with the memory and threads of the settings.

    Args:
        folder: has a folder of each side, with what `write_tables` wrote; the database lies beside them.
    """
    cells = duckdb.connect(
        str(folder / "cells.duckdb"),
        config={"memory_limit": settings.duckdb_memory_limit, "threads": settings.threads},
    )
    for side in sides:
        cells.execute(f'create schema "{side}"')
        for file in sorted((folder / side).iterdir()):
            path = str(file).replace("'", "''")
            cells.execute(f'create view "{side}"."{file.stem}" as from read_parquet(\'{path}\')')
    return cells


def _note_refused(report: ParityReport, engine: str, refused: list[str]) -> None:
    """Refused files are outcomes as well: all engines must refuse the same."""
    if engine == report.engines[0]:
        report.refused = refused
    elif refused != report.refused:
        difference = f"{report.engines[0]} refused {report.refused or 'no file'}, {engine} {refused or 'no file'}"
        counts = (len(report.refused), len(refused))
        report.tables.append(TableParity("refused files", engine, counts, 0, 1, (difference,)))


def _meaning(kind: pa.DataType) -> pa.DataType:
    """The type that stands for all types of the same meaning."""
    if pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.float64()
    if pa.types.is_date(kind):
        return pa.date32()
    return pa.timestamp("us") if pa.types.is_timestamp(kind) else pa.string()


def compare_tables(cells: duckdb.DuckDBPyConnection, first: str, other: str) -> Iterator[TableParity]:
    """Compare the tables in two schemas of a database, each named for its engine."""
    names = {
        engine: _rows(cells, f"select table_name from information_schema.tables where table_schema = '{engine}'")
        for engine in (first, other)
    }
    for (name,) in sorted(names[first] | names[other]):
        missing = [engine for engine in (first, other) if (name,) not in names[engine]]
        if missing:
            yield TableParity(name, other, (0, 0), 0, 1, (f"{missing[0]} has no such table",))
        else:
            yield _compare_table(cells, name, first, other)


def _rows(cells: duckdb.DuckDBPyConnection, sql: str) -> set[tuple[Any, ...]]:
    return set(cells.execute(sql).fetchall())


def _compare_table(cells: duckdb.DuckDBPyConnection, name: str, first: str, other: str) -> TableParity:
    types = {engine: _types(cells, engine, name) for engine in (first, other)}
    found = list(_column_differences(types, first, other))
    columns = [column for column, kind in types[first].items() if types[other].get(column) == kind]
    columns = [column for column in columns if column not in _NOT_COMPARED]
    key = [column for column in _key(name, columns) if column in columns]
    paired = " and ".join(f'a."{column}" is not distinct from b."{column}"' for column in key) or "true"
    unequal = " or ".join(_unequal(column, types[first][column]) for column in columns if column not in key) or "false"
    # Rows that stand twice under their key are compared in pairs of the same number.
    partition = ", ".join(f'"{column}"' for column in key) or "1"
    order = ", ".join(f'"{column}"' for column in columns)
    numbered = f"select {order}, row_number() over (partition by {partition} order by {order}) as copy from"
    a, b = (f'{numbered} "{engine}"."{name}"' for engine in (first, other))
    pairs = (
        f"from ({a}) as a full outer join ({b}) as b on a.copy = b.copy and {paired} "
        f"where a.copy is null or b.copy is null or {unequal}"
    )
    (differing,) = cells.execute(f"select count(*) {pairs}").fetchone() or (0,)
    if differing:
        cursor = cells.execute(f"select a, b {pairs} limit {SHOWN_PER_TABLE}")
        for left, right in cursor.fetchall():
            found += _cell_differences(key, columns, types[first], {first: left, other: right})
    counts = [
        int((cells.execute(f'select count(*) from "{engine}"."{name}"').fetchone() or (0,))[0]) for engine in types
    ]
    extra_columns = len(types[first].keys() ^ types[other].keys()) + sum(
        1 for column in types[first].keys() & types[other].keys() if types[first][column] != types[other][column]
    )
    return TableParity(
        name,
        other,
        (counts[0], counts[1]),
        min(counts) * len(columns),
        differing + extra_columns,
        tuple(islice(found, SHOWN_PER_TABLE)),
    )


def _types(cells: duckdb.DuckDBPyConnection, engine: str, name: str) -> dict[str, str]:
    found = cells.execute(
        "select column_name, data_type from information_schema.columns where table_schema = ? and table_name = ?",
        [engine, name],
    )
    return dict(found.fetchall())


def _column_differences(types: Mapping[str, Mapping[str, str]], first: str, other: str) -> Iterator[str]:
    for column in sorted(types[first].keys() | types[other].keys()):
        kinds = {engine: types[engine].get(column) for engine in (first, other)}
        if kinds[first] != kinds[other]:
            told = ", ".join(
                f"{engine} {kind.lower() if kind else 'does not have it'}" for engine, kind in kinds.items()
            )
            yield f"column {column}: {told}"


def _unequal(column: str, kind: str) -> str:
    """Whether two cells mean different things."""
    a, b = f'a."{column}"', f'b."{column}"'
    if kind != "DOUBLE":
        return f"{a} is distinct from {b}"
    finite = f"isfinite({a}) and isfinite({b})"
    close = f"({finite} and abs({a} - {b}) <= {RELATIVE_TOLERANCE} * greatest(abs({a}), abs({b})))"
    return f"(({a} is null) <> ({b} is null) or not coalesce({a} = {b} or {close}, true))"


def _cell_differences(
    key: Sequence[str], columns: Sequence[str], types: Mapping[str, str], rows: Mapping[str, Mapping[str, Any] | None]
) -> Iterator[str]:
    (first, left), (other, right) = rows.items()
    if left is None or right is None or left["copy"] is None or right["copy"] is None:
        is_missing = left is None or left["copy"] is None
        present = right if is_missing else left
        assert present is not None, "a pair has at least one side"
        yield f"{_named(key, present)}: only in {other if is_missing else first}"
        return
    for column in columns:
        a, b = left[column], right[column]
        are_numbers = isinstance(a, float) and isinstance(b, float)
        if a != b and not (are_numbers and math.isclose(a, b, rel_tol=RELATIVE_TOLERANCE)):
            yield f"{_named(key, left)}, {column}: {first} {_shown(a)}, {other} {_shown(b)}"


def _named(key: Sequence[str], row: Mapping[str, Any]) -> str:
    return ", ".join(f"{column} {_shown(row[column])}" for column in key) or "the row"


def _shown(value: object) -> str:
    text = "null" if value is None else repr(value) if isinstance(value, str | float) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _key(table: str, columns: Sequence[str]) -> Sequence[str]:
    """What identifies a row: what a test says is unique, else where the record came from, else everything."""
    declared = _declared_keys().get(table.removeprefix("bronze."))
    if declared is not None:
        return declared
    origin = [name for name in ("entity", "load_id", "_load_id", "source_row", "_source_row") if name in columns]
    return origin if {"source_row", "_source_row"} & set(origin) else columns


@cache
def _declared_keys() -> dict[str, tuple[str, ...]]:
    """The unique columns of each model, from its tests."""
    keys: dict[str, tuple[str, ...]] = {
        "loads": ("load_id",),
        "load_acceptances": ("load_id",),
        "published_numbers": ("version", "kpi"),
        "published_parts": ("version", "kpi", "cause"),
        "user_days": ("user_id", "watch_date"),
        "user_genres": ("user_id", "genre"),
        "user_titles": ("user_id", "content_id"),
    }
    for file in sorted((dbt_project() / "models").rglob("*.yml")):
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", []):
            for test in model.get("data_tests", []):
                if test == "has_one_row":
                    keys[model["name"]] = ()
                with suppress(TypeError, KeyError):
                    keys[model["name"]] = tuple(test["unique_together"]["arguments"]["columns"])
            for column in model.get("columns", []):
                if "unique" in column.get("data_tests", []):
                    keys.setdefault(model["name"], (column["name"],))
    return keys
