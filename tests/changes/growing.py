"""Warehouses that grow build by build: goldreel's own steps around the models, which run statement by statement.

What begins and ends a build is the code that `goldreel run` uses; what dbt does with a model (its pre_hooks, a new
table, rows added to one that is there) is done here in a few lines. `test_builds.py` sees that dbt does the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from changes.reference import Record
from goldreel import amend
from goldreel.basis import JUDGED, KEPT
from goldreel.build_log import Build, finish_build
from goldreel.config import Settings, changed_environment
from goldreel.engines import Engine
from goldreel.engines.scripts import Model
from goldreel.export_sql import compiled
from goldreel.loading.contract import ENTITIES
from goldreel.orchestration.manifests import GOLD, SILVER
from goldreel.pipeline.parts import end_part, make_ready
from goldreel.pipeline.state import begin
from goldreel.transform import BuildResult, NodeResult

AS_OF = date(2024, 6, 30)
LOADED_AT = datetime(2024, 6, 30, 12)
BUILT, SEEN = 987_654_321, 987_654_322  # stand for the loads in what the models are compiled with
LEFT_OUT = ("load_checks", "load_columns")  # made of nothing but the judged records, and slow to plan
HISTORY = ("kept_changes", "kept_change_totals")
COUNTED_BY = {
    "title_days": ("touched_counts", ("content_id", "watch_date")),
    "user_days": ("touched_days", ("user_id", "watch_date")),
    "user_genres": ("touched_genres", ("user_id",)),
    "user_titles": ("touched_counts", ("user_id", "content_id")),
    "user_totals": ("touched_counts", ("user_id",)),
}
PASSED = BuildResult((NodeResult("all", "model", "passed", "", 0, 0.0),))
FAILED = BuildResult((NodeResult("all", "model", "failed", "", 0, 0.0),))


@cache
def models(in_full: bool, has_new_loads: bool = True) -> list[Model]:
    """All models as dbt compiles them, each after those that it reads."""
    built, seen = "" if in_full else str(BUILT), str(SEEN if in_full or has_new_loads else BUILT)
    with changed_environment({"GOLDREEL_SEEN_LOAD_ID": seen, "GOLDREEL_BUILT_LOAD_ID": built}):
        return [model for model in compiled("duckdb", AS_OF.isoformat()) if model.name not in LEFT_OUT]


def _models_of(build: Build) -> list[Model]:
    return models(build.built_load_id is None, build.built_load_id != build.seen_load_id)


@dataclass
class Growing:
    """A warehouse on DuckDB.

    Attributes:
        always_in_full: whether every build makes everything anew.
        in_parts: builds layer by layer, as Airflow's DAGs do, each of which it may break off and begin again.
        built: how each build was made.
    """

    engine: Engine
    settings: Settings
    always_in_full: bool = False
    in_parts: random.Random | None = None
    built: list[Build] = field(default_factory=list)

    def load(self, load_id: int, records: Iterable[Record]) -> None:
        records = list(records)
        for record in records:
            names = [*record.text, "_load_id", "_source_file", "_source_row", "_loaded_at"]
            values = [*record.text.values(), record.load_id, record.file, record.row, LOADED_AT]
            marks = ", ".join("?" * len(values))
            self.engine.execute(f"insert into bronze.{record.entity} ({', '.join(names)}) values ({marks})", values)
        self.engine.execute(
            "insert into bronze.loads (load_id, entity, source_file, sha256, status, records_delivered, "
            "records_loaded, records_rejected) values (?, ?, ?, ?, 'loaded', ?, ?, 0)",
            [load_id, records[0].entity, records[0].file, str(load_id), len(records), len(records)],
        )

    def withdraw(self, load_id: int) -> None:
        for entity in ENTITIES:
            self.engine.execute(f"delete from bronze.{entity.name} where _load_id = {load_id}")
        self.engine.execute(f"update bronze.loads set status = 'withdrawn' where load_id = {load_id}")

    def forget_and_build(self, user_id: str, active_hours: float) -> None:
        amend.forget(self.engine, [user_id], "", lambda: self.build(active_hours).status == "passed", lambda: None)

    def build(self, active_hours: float, ended: str = "passed", cut_off_after: int | None = None) -> Build:
        """Build as far as told, and note how it ended (`running`: it was killed)."""
        settings = self.settings.model_copy(update={"thresholds": {"active_user_hours": active_hours}})
        build = begin(self.engine, settings, AS_OF, "test", "of a test" if self.always_in_full else "")
        if self.in_parts is None or cut_off_after is not None:
            for model in _models_of(build)[:cut_off_after]:
                self._make(model, build, active_hours)
        else:
            build = self._made_in_parts(self.in_parts, settings, build, active_hours)
        if ended == "passed":
            build = end_part(self.engine, settings, build, PASSED, final=True)
        elif ended == "failed":
            build = finish_build(self.engine, build, FAILED)
        self.built.append(build)
        return build

    def _made_in_parts(self, chance: random.Random, settings: Settings, build: Build, active_hours: float) -> Build:
        for layer in (SILVER, GOLD):
            cut_off_after: int | None = 0
            while cut_off_after is not None:
                build = make_ready(self.engine, settings, build, final=layer.final)
                made = [model for model in _models_of(build) if model.layer in layer.folders]
                cut_off_after = chance.randrange(len(made)) if chance.random() < 0.3 else None
                for model in made[:cut_off_after]:
                    self._make(model, build, active_hours)
                if cut_off_after is not None:
                    self._take_out(made[cut_off_after], build)
            if not layer.final:
                build = end_part(self.engine, settings, build, PASSED, final=False)
        return build

    def _make(self, model: Model, build: Build, active_hours: float) -> None:
        sql = model.sql.replace("total_watch_time_hours >= 100 ", f"total_watch_time_hours >= {active_hours} ")
        sql = sql.replace(str(BUILT), str(build.built_load_id)).replace(str(SEEN), str(build.seen_load_id))
        if model.name == "compared_builds":
            for entity in ENTITIES:
                self._make_state(entity.name)
        if model.name in HISTORY:
            self.engine.execute(f"create schema if not exists {model.schema}")
            self.engine.execute(f"create table if not exists {model.full_name} as select * from ({sql}) limit 0")
            self.engine.execute(f"insert into {model.full_name} {sql}")
        elif model.name in KEPT and build.built_load_id is not None:
            self._take_out(model, build)
            self.engine.execute(f"insert into {model.full_name} {sql}")
        else:
            kind = "view" if model.is_view else "table"
            self.engine.execute(f"create schema if not exists {model.schema}")
            self.engine.execute(f"create or replace {kind} {model.full_name} as {sql}")

    def _make_state(self, entity: str) -> None:
        self.engine.execute(
            f"create table if not exists staging.before_{entity} as from staging.judged_{entity} limit 0"
        )

    def _take_out(self, model: Model, build: Build) -> None:
        """What a model's pre_hooks do, each by itself: whoever is killed behind them has not added the rows anew."""
        if model.name not in KEPT or build.built_load_id is None:
            return
        if model.name in JUDGED:
            (entity,) = [entity for entity in ENTITIES if model.name == f"judged_{entity.name}"]
            key = entity.columns[0]
            conditions = [
                f"{key} in (select {key} from staging.touched_{entity.name})",
                f"{key} is null and {_is_placed_in('bronze.being_forgotten', model.name)}",
            ]
            kept = f"staging.before_{entity.name}"
            self._make_state(entity.name)
            for some in conditions:
                self.engine.execute(f"insert into {kept} from {model.full_name} where {some}")
            self.engine.execute(f"delete from {model.full_name} where {_is_placed_in(kept, model.name)}")
        else:
            keys_in, counted_by = COUNTED_BY[model.name]
            keys = ", ".join(counted_by)
            touched = f"({keys}) in (select ({keys}) from staging.{keys_in})"
            self.engine.execute(f"delete from {model.full_name} where {touched}")

    def tables(self) -> dict[str, list[str]]:
        """Every cell of silver, gold, the star, quality and changes, in an order of their own; numbers to 9 digits."""
        return {
            name: sorted(repr(tuple(_rounded(value) for value in row)) for row in self.rows(f'select * from "{name}"'))
            for name in self.engine.tables("main")
        }

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.engine.execute(sql).rows


def _is_placed_in(places: str, table: str) -> str:
    same = f"places.load_id = {table}.load_id and places.source_row = {table}.source_row"
    return f"exists (select 1 from {places} as places where {same})"


def _rounded(value: Any) -> Any:
    return float(f"{value:.9g}") if isinstance(value, float) else value
