"""The change set of a build: what it is compared with, and what is kept of it.

A build is compared with the last one before it that passed. The judged records of that one are set aside when the
next build begins; the models in `dbt/models/changes` compare them with what they find now, and add the changes to
`ops.kept_changes`. As with loads, changes exist when the build that found them has passed: what a build that failed or
was killed added is swept before the next one begins, and what a part of a build added that was broken off, before it is
made again.
"""

from __future__ import annotations

from goldreel.build_log import BUILDS, Build, last_build
from goldreel.engines.base import Column, Engine, Table
from goldreel.loading.contract import ENTITIES
from goldreel.loading.ledger import FORGOTTEN

# What the models make of them has more columns; these are what goldreel itself needs to know.
CHANGES = Table("ops", "kept_changes", (Column("build_id", "bigint"),), load_column="build_id")
CHANGE_TOTALS = Table("ops", "kept_change_totals", (Column("build_id", "bigint"),), load_column="build_id")

_PASSED = f"select distinct build_id from {BUILDS} where status = 'passed'"


def prepare_comparison(engine: Engine, keep: int, on: Build | None = None) -> None:
    """Before a build begins: set aside what it will be compared with, sweep what does not count.

    Args:
        keep: of how many builds, the coming one included, the changes are kept record by record.
        on: the build whose judged tables it takes: of those it sets aside itself what it changes.
    """
    last = last_build(engine)
    if on is not None:
        engine.drop_aside([f"before_{entity.name}" for entity in ENTITIES])
    elif last is not None and last.status == "passed":
        _set_aside(engine)
    elif last is not None and last.built_load_id is not None:
        _take_back(engine, last.built_load_id)
        _set_aside(engine)
    builds = sorted((row[0] for row in engine.execute(_PASSED).rows), reverse=True)
    oldest = builds[keep - 1] if len(builds) >= keep else 0
    _keep(engine, CHANGES, f"{_PASSED} and build_id > {oldest}")
    _keep(engine, CHANGE_TOTALS, _PASSED)


def sweep_changes_of(engine: Engine, build: Build) -> None:
    """Take out what the last build has added so far: the part of it that finds changes is made again."""
    for table in (CHANGES, CHANGE_TOTALS):
        _keep(engine, table, f"{_PASSED} and build_id < {build.build_id}")


def _keep(engine: Engine, table: Table, builds: str) -> None:
    if engine.has_table(table.schema, table.name):
        engine.keep_loads([table], builds)


def _set_aside(engine: Engine) -> None:
    engine.set_aside({f"judged_{entity.name}": f"before_{entity.name}" for entity in ENTITIES})


def _take_back(engine: Engine, built_load_id: int) -> None:
    """Make the judged tables again what they were before a build took them and came to no good end.

    It left the records that it judged anew in `before_…`, as they were. Done again, this changes nothing.
    """
    there, set_aside = engine.tables("staging"), engine.tables(engine.kept_schema)
    for entity in ENTITIES:
        judged, before = f"judged_{entity.name}", f"before_{entity.name}"
        if judged not in there:
            continue  # set aside already, when this was cut off
        with engine.transaction():
            engine.delete_rows("staging", judged, f"load_id > {built_load_id}")
            if before in set_aside:
                kept = f"{engine.kept_schema}.{before}"
                same = f"{before}.load_id = {judged}.load_id and {before}.source_row = {judged}.source_row"
                engine.delete_rows("staging", judged, f"exists (select 1 from {kept} as {before} where {same})")
                engine.execute(f"insert into staging.{judged} select * from {kept}")


def builds_told_in(changes: str) -> str:
    """The builds that a table of changes has something of: few, where a query of all its rows would fill the memory."""
    return f"select distinct build_id from {changes}"


def tells_all(engine: Engine, schema: str, earlier: int, later: int) -> bool:
    """Whether what is kept of changes tells all that a build differs in from an earlier one.

    It does where each build since has taken over what the one before left, and their changes are kept record by record.

    Args:
        schema: where a build shows the changes, of that later one at least.
    """
    if later < earlier:
        return False
    stands_on = dict(
        engine.execute(f"select build_id, max(built_on) from {BUILDS} where status = 'passed' group by build_id").rows
    )
    reached: int | None = later
    while reached is not None and reached > earlier:
        reached = stands_on.get(reached)
    gone = engine.execute(
        f"select count(*) from {schema}.change_totals where build_id > {earlier} "
        f"and build_id not in ({builds_told_in(f'{schema}.changed_records')})"
    ).rows[0][0]
    return reached == earlier and not gone


def tells_which(engine: Engine, schema: str, earlier: int, later: int) -> bool:
    """Whether it tells all, and of which records: those of forgotten users have no names any more. See `tells_all`."""
    return (
        tells_all(engine, schema, earlier, later)
        and not engine.execute(
            f"select count(*) from {schema}.changed_records where build_id > {earlier} and cause = '{FORGOTTEN}'"
        ).rows[0][0]
    )
