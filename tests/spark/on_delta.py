"""Days on Spark with Delta Lake's tables, in a process of their own: Java has the jars of a format from its beginning.

`python -m spark.on_delta PART FOLDER` does a part of the history in a folder, and prints a line of JSON for each step.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from changes import reference
from changes.days import AS_OF, different_cells, run, run_in_parts, state, write
from changes.elsewhere import begun, live_histories
from changes.test_histories import SHOWN
from checks.stopping import NONE_STOPPED
from goldreel import amend, pipeline
from goldreel.basis import KEPT
from goldreel.build_log import BUILDS, Build
from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.engines.shared import BUILD_SCHEMAS
from goldreel.pipeline.state import prepare_warehouse
from spark.growing import GrowingOnDelta
from spark.test_forget import GONE, fill


def settings_of(folder: Path) -> Settings:
    return Settings(
        home=folder / "home",
        engine="spark",
        threads=2,
        spark_table_format="delta",
        thresholds=NONE_STOPPED,
    )


class KilledWhenJudged(pipeline.Silent):
    """Kills this process when sessions were taken out of the judged tables, and others put in."""

    def node_finished(self, name: str, done: int, total: int) -> None:
        if name == "judged_viewing_sessions":
            tell("killed")
            os.killpg(os.getpgid(0), signal.SIGKILL)  # Java too


def tell(step: str, **about: object) -> None:
    sys.stdout.write(json.dumps({"step": step, **about}, default=str) + "\n")
    sys.stdout.flush()


def tell_build(step: str, settings: Settings, build: Build, before: int) -> None:
    """What a build stood on, and where it is another than one in full, or tells other changes.

    Args:
        before: the last load that the build before it had seen.
    """
    with open_engine(settings, "look") as engine:
        found = engine.execute(f"select {SHOWN} from changed_records where build_id = {build.build_id}").rows
        stored = {name: engine.execute(f"describe detail staging.{name}").rows[0][0] for name in KEPT}
    changes = reference.changes(state(settings, before), state(settings), set())
    tell(
        step,
        made=(build.built_on, build.last_turn, build.why_in_full),
        differ=different_cells(settings) if build.build_id > 1 else [],
        changes_differ=[repr(each) for each in set(found) ^ set(changes)],
        formats=sorted(set(stored.values())),
    )


def live_two_days(folder: Path) -> None:
    _live(folder, "first", "second")


def live_until_killed(folder: Path) -> None:
    with open_engine(settings_of(folder)):  # Spark begins once
        _live(folder, "first", "second", "third")
        pipeline.run(settings_of(folder), [write("killed", folder)], AS_OF, KilledWhenJudged())


def _live(folder: Path, *days: str) -> None:
    settings, seen = settings_of(folder), 0
    with open_engine(settings):
        for day in days:
            build = (run_in_parts if day == "third" else run)(settings, write(day, folder))
            tell_build(day, settings, build, seen)
            seen = build.seen_load_id or 0


def go_on(folder: Path) -> None:
    settings = settings_of(folder)
    with open_engine(settings) as engine:
        (passed,) = engine.execute(f"select max(seen_load_id) from {BUILDS} where status = 'passed'").rows[0]
        tell_build("last", settings, run(settings, write("last", folder)), passed)


def forget(folder: Path) -> None:
    settings = settings_of(folder)
    with open_engine(settings) as engine:
        prepare_warehouse(engine)
        fill(engine, folder / "first", settings.spark_table_format)
        done = amend.forget(engine, GONE, "because", lambda: None, lambda: None)
        stay = engine.execute("select user_id from build_a.silver_users").rows
        tell("forgotten", found=done.search.found, not_done=done.not_done, stay=stay)


def live_random_ones(folder: Path) -> None:
    settings = begun(folder / "home", engine="spark", threads=2, spark_table_format="delta")
    with open_engine(settings) as engine:
        tell("histories", seen=live_histories(_empty_warehouses(engine, settings), folder))


def _empty_warehouses(engine: Engine, settings: Settings) -> Iterator[GrowingOnDelta]:
    while True:
        for name in engine.tables(engine.default_schema):
            engine.execute(f"drop view {engine.default_schema}.{name}")
        for schema in (*BUILD_SCHEMAS, "staging", engine.kept_schema, "bronze", "ops"):
            engine.execute(f"drop schema if exists {schema} cascade")
        prepare_warehouse(engine)
        yield GrowingOnDelta(engine, settings)


PARTS = {
    "two_days": live_two_days,
    "until_killed": live_until_killed,
    "go_on": go_on,
    "forget": forget,
    "histories": live_random_ones,
}

if __name__ == "__main__":
    PARTS[sys.argv[1]](Path(sys.argv[2]))
