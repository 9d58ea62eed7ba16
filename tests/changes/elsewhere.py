"""Warehouses that grow build by build on a server: goldreel's own steps around the models, statement by statement.

As `growing.py` does on DuckDB. What dbt does with a model is done here in a few lines, each statement alone: between
two of them a build can be killed. The tests of days see, on each engine, that dbt does the same.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Literal

from changes.growing import AS_OF, BUILT, COUNTED_BY, FAILED, HISTORY, PASSED, SEEN, Growing
from changes.test_growing import live
from changes.test_histories import History
from goldreel.basis import JUDGED, KEPT, PARTIALS, left_by
from goldreel.build_log import Build, finish_build
from goldreel.config import Settings, changed_environment
from goldreel.engines import open_engine
from goldreel.engines.scripts import Model
from goldreel.export_sql import compiled
from goldreel.loading.contract import ENTITIES
from goldreel.loading.forgotten import SALT_FILE
from goldreel.pipeline.state import begin, prepare_warehouse
from goldreel.pipeline.turns import TABLES_OF_SESSIONS

HISTORIES = int(os.environ.get("GOLDREEL_TEST_LIVE_HISTORIES", "1"))
FIRST = int(os.environ.get("GOLDREEL_TEST_FIRST_HISTORY", "0"))

TURN = 987_654_323  # stands for the build of the last turn in what the models are compiled with
WANTED = ("staging", "touched", "silver", "partials", "changes", "warehouse")
SHOWN = ("staging", "silver", "partials", "changes")


class Killed(Exception):
    """The build is over, and nobody writes how it ended."""


@cache
def models(
    engine: Literal["sqlserver", "spark"], kept: str, in_full: bool, has_new_loads: bool, takes_up: bool
) -> list[Model]:
    """The models that make sessions, what is added up from them and changes, with all that they read."""
    environment = {
        "GOLDREEL_BUILT_LOAD_ID": "" if in_full else str(BUILT),
        "GOLDREEL_SEEN_LOAD_ID": str(SEEN if in_full or has_new_loads else BUILT),
        "GOLDREEL_LAST_TURN": str(TURN) if takes_up else "",
        "GOLDREEL_KEPT_SCHEMA": kept,
    }
    with changed_environment(environment):
        made = compiled(engine, AS_OF.isoformat())
    needed = {"gold_executive_summary"} | {model.name for model in made if model.layer in WANTED}
    for model in reversed(made):  # each comes after those that it reads
        needed |= model.reads if model.name in needed else set()
    return [model for model in made if model.name in needed]


def in_order(values: list[tuple[Any, ...]]) -> list[str]:
    return sorted(repr(tuple(float(f"{x:.9g}") if isinstance(x, float) else x for x in row)) for row in values)


def shown(growing: Growing, schema: str, made: list[Model]) -> dict[str, list[str]]:
    """Every cell of what is judged, added up, silver and changes; without what only tells how a build was made."""
    tables = {}
    for model in made:
        if model.layer not in SHOWN or model.name.startswith(("stg_", "compared_builds")):
            continue
        if model.layer == "changes" and model.schema in ("staging", "ops"):
            continue
        if model.layer == "partials" and model.name not in PARTIALS:  # what was looked at to count them
            continue
        place = f"{'staging' if model.schema == 'staging' else schema}.{model.name}"
        found = growing.engine.execute(f"select * from {place}")
        kept = [at for at, column in enumerate(found.columns) if column != "judged_with_load_id"]
        tables[model.name] = in_order([tuple(row[at] for at in kept) for row in found.rows])
    return tables


@dataclass
class InFull(Growing):
    """On DuckDB; every build makes everything anew.

    Attributes:
        like: the models of the engine that it is compared with.
    """

    always_in_full: bool = True
    like: list[Model] = field(default_factory=list)

    def tables(self) -> dict[str, list[str]]:
        return shown(self, "main", self.like)


@dataclass
class GrowingElsewhere(Growing):
    """Readers follow most builds, so that the two schemas take turns.

    Attributes:
        chance: after which statement a build is killed, and whether readers follow.
    """

    chance: Random = field(default_factory=Random)
    _left: int | None = None
    readers: ClassVar[str]
    dialect: ClassVar[Literal["sqlserver", "spark"]]

    @abstractmethod
    def show(self, schema: str) -> None:
        """Point readers to it: the next build is made in the other one."""

    @abstractmethod
    def state_made(self, state: str, judged: str) -> str:
        """The statement that makes an empty state of the build before, where there is none."""

    @abstractmethod
    def taken_out(self, place: str, condition: str, keys: Sequence[str], found: str) -> str:
        """The statement that the macro `without_rows` gives."""

    @abstractmethod
    def view(self, place: str, sql: str) -> str:
        """The statement that makes a view."""

    @abstractmethod
    def filled(self, place: str, sql: str, adds: bool, is_kept: bool) -> Iterable[str]:
        """The statements that make a table of a query: rows are added to it, or it is made, unless it `is_kept`."""

    def models(self, build: Build) -> list[Model]:
        is_new = build.built_load_id != build.seen_load_id
        takes_up = build.last_turn is not None
        return models(self.dialect, self.engine.kept_schema, build.built_load_id is None, is_new, takes_up)

    def build(self, active_hours: float, ended: str = "passed", cut_off_after: int | None = None) -> Build:
        settings = self.settings.model_copy(update={"thresholds": {"active_user_hours": active_hours}})
        build = begin(self.engine, settings, AS_OF, "test")
        self._left = None if cut_off_after is None else self.chance.randint(0, 130)
        try:
            for model in self.models(build):
                self._make(model, build, active_hours)
        except Killed:
            self.built.append(build)
            return build
        if ended == "passed":
            build = finish_build(self.engine, left_by(self.engine, settings, build), PASSED)
            if self.chance.random() < 0.85:
                self.show(build.schema_name)
        elif ended == "failed":
            build = finish_build(self.engine, build, FAILED)
        self.built.append(build)
        return build

    def tables(self) -> dict[str, list[str]]:
        return shown(self, self.built[-1].schema_name, self.models(self.built[-1]))

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
        sql = sql.replace(f"{self.readers}.", f"{build.schema_name}.")
        place = f"{build.schema_name if model.schema == self.readers else model.schema}.{model.name}"
        if model.name == "compared_builds":
            for entity in ENTITIES:
                self._make_state(entity.name)
        if model.is_view:
            self._run(self.view(place, sql))
            return
        takes = model.name in KEPT and build.built_load_id is not None
        takes |= model.name in TABLES_OF_SESSIONS and build.last_turn is not None
        for statement in self._taken_out(model, place, build) if takes else ():
            self._run(statement)
        for statement in self.filled(place, sql, takes or model.name in HISTORY, model.name in HISTORY):
            self._run(statement)

    def _make_state(self, entity: str) -> None:
        self._run(self.state_made(f"{self.engine.kept_schema}.before_{entity}", f"staging.judged_{entity}"))

    def _taken_out(self, model: Model, place: str, build: Build) -> Iterator[str]:
        """What the model's pre_hooks do."""
        if model.name in JUDGED:
            (entity,) = [entity for entity in ENTITIES if model.name == f"judged_{entity.name}"]
            key, touched = entity.columns[0], f"staging.touched_{entity.name}"
            at = f"gone.load_id = {model.name}.load_id and gone.source_row = {model.name}.source_row"
            self._make_state(entity.name)
            for some, keys, found in (
                (f"{key} in (select {key} from {touched})", [key], touched),
                (
                    f"exists (select 1 from bronze.being_forgotten as gone where {at})",
                    ["load_id", "source_row"],
                    "bronze.being_forgotten",
                ),
            ):
                state = f"{self.engine.kept_schema}.before_{entity.name}"
                yield f"insert into {state} select * from {place} where {some}"
                yield self.taken_out(place, some, keys, found)
        elif model.name in TABLES_OF_SESSIONS:
            earlier = f"entity = 'viewing_sessions' and build_id > {build.last_turn}"
            changed = "select session_id from staging.touched_viewing_sessions"
            changed += f" union all select record_key from ops.kept_changes where {earlier}"
            yield self.taken_out(place, f"session_id in ({changed})", ["session_id"], f"({changed})")
        else:
            keys_in, counted_by = COUNTED_BY[model.name]
            same = " and ".join(f"touched.{key} = {model.name}.{key}" for key in counted_by)
            condition = f"exists (select 1 from staging.{keys_in} as touched where {same})"
            yield self.taken_out(place, condition, counted_by, f"staging.{keys_in}")


def begun(home: Path, **about: Any) -> Settings:
    """Settings of a warehouse that has the same pseudonyms as the others that are begun."""
    settings = Settings.model_validate({"home": home, **about})
    settings.home.mkdir(parents=True, exist_ok=True)
    (settings.home / SALT_FILE).write_text("5a17" * 16)
    return settings


def live_histories(begin_anew: Iterable[GrowingElsewhere], folder: Path) -> Counter[str]:
    """Live as many histories as are asked for, each in an empty warehouse, beside DuckDB, which makes all in full."""
    seen: Counter[str] = Counter()
    for seed, grown in zip(range(FIRST, FIRST + HISTORIES), begin_anew, strict=False):
        grown.chance = Random(seed + 1000)
        with ExitStack() as opened:
            settings = begun(folder / f"in_full_{seed}", engine="duckdb")
            embedded = opened.enter_context(open_engine(settings))
            prepare_warehouse(embedded)
            made = models(grown.dialect, grown.engine.kept_schema, True, True, False)
            wrong = list(live(History(Random(seed)), grown, InFull(embedded, settings, like=made), seen))
            assert wrong == [], f"history {seed}"
            seen["brought up to date"] += sum(build.last_turn is not None for build in grown.built)
    return seen
