"""Is the warehouse what its bronze says? Builds everything from bronze anew, apart from it, and compares every cell."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa

from goldreel.basis import PARTIALS
from goldreel.build_log import BUILDS, Build, last_build, start_build
from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.engines.base import Table
from goldreel.errors import GoldreelError
from goldreel.loading.contract import BRONZE_TABLES
from goldreel.parity import ParityReport, compare_tables, open_cells, write_tables
from goldreel.scratch import PREFIX_IN_HOME, remove_left_in
from goldreel.sources import with_thresholds_of_sources
from goldreel.transform import build_models

ANEW, THERE = "built anew", "the warehouse"

_FOR_READING = 0.25
"""Of the memory, for the warehouse that is there, of which tables are only read through."""

# About builds, of which the one made anew has no history.
_OF_BUILDS = {
    *("changed_records", "change_totals", "compared_builds"),
    *("publication", "published_numbers", "published_parts", "load_acceptances"),
}


def verify(settings: Settings, on_step: Callable[[str], None] = lambda what: None) -> ParityReport:
    """Compare what the last build left in silver, gold and the star schema with a full build of the same loads; also
    what it adds gold up from.

    That build is made on DuckDB, in a file of its own beside the warehouse, by the rules and settings of now, and is
    gone afterwards. Nobody else can load or build meanwhile.

    Args:
        on_step: is told what is done now.

    Raises:
        GoldreelError: there is no build that passed, or what is made anew does not pass its tests.
        WarehouseInUse, UsageError: the warehouse cannot be opened.
    """
    report = ParityReport((ANEW, THERE))
    working = settings.with_part_of_memory(1 - _FOR_READING)
    with open_engine(settings.with_part_of_memory(_FOR_READING)) as there:
        last = last_build(there)
        if last is None or last.status != "passed":
            found = "there is none" if last is None else f"build {last.build_id} is {last.status}"
            raise GoldreelError(
                f"Only a build that passed all its tests is verified, but {found}.",
                where=there.location,
                remedy="run `goldreel build`, and mend what it reports",
            )
        settings.home.mkdir(parents=True, exist_ok=True)
        remove_left_in(settings.home)
        with tempfile.TemporaryDirectory(prefix=PREFIX_IN_HOME, dir=settings.home) as folder:
            apart = working.model_copy(update={"engine": "duckdb", "home": Path(folder)})
            with open_engine(apart) as anew:
                there.create_missing(BRONZE_TABLES)  # an earlier goldreel has fewer
                on_step("copying bronze")
                _copy_bronze(there, anew)
                on_step("building everything anew")
                _build(with_thresholds_of_sources(there, apart), anew, last)
                partials = {name: ("staging", name) for name in PARTIALS if name in there.tables("staging")}
                names = [name for name in anew.tables(anew.build_schema) if name not in _OF_BUILDS]
                on_step("comparing")
                write_tables(anew, partials | {name: (anew.build_schema, name) for name in names}, apart.home / ANEW)
            kept = [name for name in there.tables(last.schema_name) if name not in _OF_BUILDS]
            write_tables(there, partials | {name: (last.schema_name, name) for name in kept}, apart.home / THERE)
            with open_cells(apart, apart.home, (ANEW, THERE)) as cells:
                report.tables += compare_tables(cells, ANEW, THERE)
    return report


def _copy_bronze(there: Engine, anew: Engine) -> None:
    anew.create_missing([*BRONZE_TABLES, BUILDS])
    for table in BRONZE_TABLES:
        anew.append(table, _as_declared(table, there.batches(table.schema, table.name)))


def _as_declared(table: Table, rows: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """Rows with the columns of a table, in its order; a column that an earlier goldreel did not write is empty."""
    schema = table.arrow_schema

    def declared(batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = [
            batch.column(field.name).cast(field.type)
            if field.name in batch.schema.names
            else pa.nulls(batch.num_rows, field.type)
            for field in schema
        ]
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, (declared(batch) for batch in rows))


def _build(settings: Settings, anew: Engine, last: Build) -> None:
    """Build all models of the loads that the last build is made of, as of its day."""
    build = start_build(anew, date.fromisoformat(last.as_of))._replace(seen_load_id=last.seen_load_id)
    result = build_models(anew, settings.dbt_workspace, settings.dbt_variables(build.as_of), build.dbt_environment)
    if not result.passed:
        told = "; ".join(f"{node.kind} {node.name}: {node.message or node.failures}" for node in result.failed[:3])
        raise GoldreelError(
            f"What was built anew from bronze does not pass: {told or 'nothing was built'}.",
            where="goldreel verify",
            remedy="run `goldreel build`: it tells the same of the warehouse itself",
        )
