"""Warehouses on a SQL Server that grow build by build: goldreel's own steps around the models, statement by statement.

As `changes/growing.py` does on DuckDB. What dbt does with a model is done here in a few lines, each statement by
itself: between any two of them a build can be killed. `test_live_growing.py` sees that dbt does the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from changes.growing import AS_OF, BUILT, COUNTED_BY, FAILED, HISTORY, PASSED, SEEN, Growing
from goldreel.basis import JUDGED, KEPT, left_by
from goldreel.build_log import Build, finish_build
from goldreel.config import changed_environment
from goldreel.engines.scripts import Model
from goldreel.export_sql import compiled
from goldreel.loading.contract import ENTITIES
from goldreel.pipeline.state import begin
from goldreel.pipeline.turns import TABLES_OF_SESSIONS

TURN = 987_654_323  # stands for the build of the last turn in what the models are compiled with
WANTED = ("staging", "touched", "silver", "partials", "changes", "warehouse")
SHOWN = ("staging", "silver", "partials", "changes")


class Killed(Exception):
    """The build is over, and nobody writes how it ended."""


@cache
def models(in_full: bool, has_new_loads: bool, takes_up: bool) -> list[Model]:
    """The models that make sessions, what is added up from them and changes, with all that they read."""
    environment = {
        "GOLDREEL_BUILT_LOAD_ID": "" if in_full else str(BUILT),
        "GOLDREEL_SEEN_LOAD_ID": str(SEEN if in_full or has_new_loads else BUILT),
        "GOLDREEL_LAST_TURN": str(TURN) if takes_up else "",
    }
    with changed_environment(environment):
        made = compiled("sqlserver", AS_OF.isoformat())
    needed = {"gold_executive_summary"} | {model.name for model in made if model.layer in WANTED}
    for model in reversed(made):  # each comes after those that it reads
        needed |= model.reads if model.name in needed else set()
    return [model for model in made if model.name in needed]


def in_order(values: list[tuple[Any, ...]]) -> list[str]:
    return sorted(repr(tuple(float(f"{x:.9g}") if isinstance(x, float) else x for x in row)) for row in values)


def shown(growing: Growing, schema: str) -> dict[str, list[str]]:
    """Every cell of what is judged, added up, silver and changes; without what only tells how a build was made."""
    names = {model.name: model for model in models(True, True, False) if model.layer in SHOWN}
    tables = {}
    for name, model in names.items():
        if name.startswith(("stg_", "compared_builds")) or (model.layer == "changes" and model.schema != "dbo"):
            continue
        place = f"{'staging' if model.schema == 'staging' else schema}.{name}"
        found = growing.engine.execute(f"select * from {place}")
        kept = [at for at, column in enumerate(found.columns) if column != "judged_with_load_id"]
        tables[name] = in_order([tuple(row[at] for at in kept) for row in found.rows])
    return tables


@dataclass
class InFull(Growing):
    """On DuckDB; every build makes everything anew."""

    always_in_full: bool = True

    def tables(self) -> dict[str, list[str]]:
        return shown(self, "main")


@dataclass
class GrowingOnServer(Growing):
    """On a SQL Server; readers follow most builds, so that the two schemas take turns.

    Attributes:
        chance: after which statement a build is killed, and whether readers follow.
    """

    chance: Random = field(default_factory=Random)
    _left: int | None = None

    def build(self, active_hours: float, ended: str = "passed", cut_off_after: int | None = None) -> Build:
        settings = self.settings.model_copy(update={"thresholds": {"active_user_hours": active_hours}})
        build = begin(self.engine, settings, AS_OF, "test")
        self._left = None if cut_off_after is None else self.chance.randint(0, 130)
        try:
            is_new = build.built_load_id != build.seen_load_id
            for model in models(build.built_load_id is None, is_new, build.last_turn is not None):
                self._make(model, build, active_hours)
        except Killed:
            self.built.append(build)
            return build
        if ended == "passed":
            build = finish_build(self.engine, left_by(self.engine, settings, build), PASSED)
            if self.chance.random() < 0.85:
                self._show(build.schema_name)
        elif ended == "failed":
            build = finish_build(self.engine, build, FAILED)
        self.built.append(build)
        return build

    def tables(self) -> dict[str, list[str]]:
        return shown(self, self.built[-1].schema_name)

    def _show(self, schema: str) -> None:
        """Point readers to it: the next build is made in the other one."""
        self.engine.execute("drop view if exists dbo.publication")
        self.engine.execute(f"create view dbo.publication as select build_id from {schema}.compared_builds")

    def _run(self, statement: str) -> None:
        if self._left is not None:
            if self._left == 0:
                raise Killed
            self._left -= 1
        self.engine.execute(statement)

    def _make(self, model: Model, build: Build, active_hours: float) -> None:
        sql = model.sql.replace("total_watch_time_hours >= 100 ", f"total_watch_time_hours >= {active_hours} ")
        for stands_for, number in ((BUILT, build.built_load_id), (SEEN, build.seen_load_id), (TURN, build.last_turn)):
            sql = sql.replace(str(stands_for), str(number))
        sql = sql.replace("dbo.", f"{build.schema_name}.")
        place = f"{build.schema_name if model.schema == 'dbo' else model.schema}.{model.name}"
        if model.name == "compared_builds":
            for entity in ENTITIES:
                self._make_state(entity.name)
        if model.is_view:
            self._run(f"create view {place} as {sql}")
            return
        query = f"staging.{model.name}__query"
        takes = model.name in KEPT and build.built_load_id is not None
        takes |= model.name in TABLES_OF_SESSIONS and build.last_turn is not None
        for statement in self._taken_out(model, place, build) if takes else ():
            self._run(statement)
        self.engine.execute(f"drop view if exists {query}")
        self._run(f"create view {query} as {sql}")
        if model.name in HISTORY:
            self._run(f"if object_id(N'{place}') is null select top 0 * into {place} from {query}")
        self._run(
            f"insert into {place} select * from {query}"
            if takes or model.name in HISTORY
            else f"select * into {place} from {query}"
        )
        self._run(f"drop view {query}")

    def _make_state(self, entity: str) -> None:
        state = f"staging.before_{entity}"
        self._run(f"if object_id(N'{state}') is null select top 0 * into {state} from staging.judged_{entity}")

    def _taken_out(self, model: Model, place: str, build: Build) -> Iterator[str]:
        """What the model's pre_hooks do."""
        if model.name in JUDGED:
            (entity,) = [entity for entity in ENTITIES if model.name == f"judged_{entity.name}"]
            key = entity.columns[0]
            at = f"gone.load_id = {model.name}.load_id and gone.source_row = {model.name}.source_row"
            self._make_state(entity.name)
            for some in (
                f"{key} in (select {key} from staging.touched_{entity.name})",
                f"exists (select 1 from bronze.being_forgotten as gone where {at})",
            ):
                yield f"insert into staging.before_{entity.name} select * from {place} where {some}"
                yield f"delete from {place} where {some}"
        elif model.name in TABLES_OF_SESSIONS:
            earlier = f"entity = 'viewing_sessions' and build_id > {build.last_turn}"
            keys = "select session_id from staging.touched_viewing_sessions"
            keys += f" union all select record_key from ops.kept_changes where {earlier}"
            yield f"delete from {place} where session_id in ({keys})"
        else:
            keys_in, counted_by = COUNTED_BY[model.name]
            same = " and ".join(f"touched.{key} = {model.name}.{key}" for key in counted_by)
            yield f"delete from {place} where exists (select 1 from staging.{keys_in} as touched where {same})"
