"""The change set of a build: what it is compared with, and what is kept of it.

A build is compared with the last one before it that passed. The judged records of that one are set aside when the
next build begins; the models in `dbt/models/changes` compare them with what they find now, and add the changes to
`ops.kept_changes`. As with loads, changes exist when the build that found them has passed: what a build that failed or
was killed added is swept before the next one begins.
"""

from __future__ import annotations

from goldreel.build_log import BUILDS, last_build
from goldreel.engines.base import Column, Engine, Table
from goldreel.loading.contract import ENTITIES

# What the models make of them has more columns; these are what goldreel itself needs to know.
CHANGES = Table("ops", "kept_changes", (Column("build_id", "bigint"),), load_column="build_id")
CHANGE_TOTALS = Table("ops", "kept_change_totals", (Column("build_id", "bigint"),), load_column="build_id")


def prepare_comparison(engine: Engine, keep: int) -> None:
    """Before a build begins: set aside what it will be compared with, sweep what does not count.

    Args:
        keep: of how many builds, the coming one included, the changes are kept record by record.
    """
    last = last_build(engine)
    if last is not None and last.status == "passed":
        engine.set_aside({f"judged_{entity.name}": f"before_{entity.name}" for entity in ENTITIES})
    passed = f"select distinct build_id from {BUILDS} where status = 'passed'"
    builds = sorted((row[0] for row in engine.execute(passed).rows), reverse=True)
    oldest = builds[keep - 1] if len(builds) >= keep else 0
    for table, kept in ((CHANGES, f"{passed} and build_id > {oldest}"), (CHANGE_TOTALS, passed)):
        if engine.has_table(table.schema, table.name):
            engine.keep_loads([table], kept)
