"""The chain of the DAGs without Airflow: the same functions, driven in any order, with news that get lost and kills.

What stands for dbt builds a few sums. It is read by a fixed rule of what was delivered, so that what is published can
be compared with what should be.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from pathlib import Path

from goldreel import pipeline
from goldreel.build_log import Build
from goldreel.config import Settings
from goldreel.engines import Engine, open_engine, open_published
from goldreel.errors import BuildOvertaken, NothingDue
from goldreel.orchestration.deliveries import complete_files
from goldreel.transform import BuildResult, NodeResult

AS_OF = date(2024, 9, 30)
HEADER = "user_id,age,country,subscription_type,registration_date,total_watch_time_hours"
PASSED = BuildResult((NodeResult("model", "model", "passed", "", 0, 0.1),))


class Killed(Exception):
    """The process is gone: nothing that it would have done next is done."""


class Chain:
    """The watched folder, the warehouse, and the news on their way between the DAGs.

    Args:
        fate: decides what is lost, killed, paused, and who comes next.
        kills: how likely it is that a process is killed where it could be.
        losses: how likely it is that a piece of news is lost.
    """

    def __init__(self, home: Path, fate: random.Random, *, kills: float, losses: float) -> None:
        self.settings = Settings(home=home / "home", lock_timeout=0)
        self.watched = home / "deliveries"
        self.watched.mkdir(parents=True)
        self.fate, self.kills, self.losses = fate, kills, losses
        self.delivered = 0
        self.news = dict.fromkeys(("load", "silver", "gold"), False)
        self.paused: set[str] = set()
        self.versions: list[int] = []
        self._half: tuple[str, int] | None = None
        """A run of silver or gold that has begun: the build and what is to be done next."""

    def deliver(self) -> None:
        """One more file, with one user; hours tell which delivery it was."""
        self.delivered += 1
        row = f"U{self.delivered % 5},30,Peru,Basic,2024-01-01,{self.delivered}"
        (self.watched / f"users_{self.delivered:03}.csv").write_text(f"{HEADER}\n{row}\n")
        self.tell("load")

    def tell(self, dag: str) -> None:
        if dag not in self.paused and self.fate.random() >= self.losses:
            self.news[dag] = True

    def step(self, dag: str) -> None:
        """The next piece of work of a DAG; a build takes several, between which others come."""
        if dag in self.paused:
            return
        try:
            {"load": self._load, "silver": self._silver, "gold": self._gold}[dag]()
        except (NothingDue, BuildOvertaken):
            self._half = None
        except Killed:
            self._half = None if self._half and self._half[0] == dag else self._half

    def look(self) -> None:
        """What the look from time to time does: it starts what is due and not under way."""
        outlook = pipeline.look_out(self.settings, self._complete())
        busy = self._half[0] if self._half else ""
        for dag, due in (("load", outlook.files), ("silver", outlook.due.silver), ("gold", outlook.due.gold)):
            if due and dag not in self.paused and not (busy and dag != "load"):
                self.news[dag] = True

    def published_sum(self) -> int | None:
        """The hours of all users in what readers get."""
        if not self.versions:
            return None
        with open_published(self.settings) as readers:
            return int(readers.execute("select hours from gold_executive_summary").rows[0][0])

    def expected_sum(self) -> int:
        """The latest hours of each user, of all that was delivered."""
        latest = {number % 5: number for number in range(1, self.delivered + 1)}
        return sum(latest.values())

    def _complete(self) -> dict[str, str]:
        return complete_files(self.watched, 0)

    def _may_be_killed(self) -> None:
        if self.fate.random() < self.kills:
            raise Killed

    def _load(self) -> None:
        if not self.news["load"]:
            return
        self.news["load"] = False
        report = pipeline.load_arrived(self.settings, self._complete(), "users", pipeline.Silent())
        self._may_be_killed()  # it is in bronze, and nobody is told
        if any(outcome.status == "loaded" for outcome in report.files):
            self.tell("silver")

    def _silver(self) -> None:
        if self._half is None and self.news["silver"]:
            self.news["silver"] = False
            build = pipeline.begin_build(self.settings, AS_OF, only_due=True)
            self._half = ("silver", build.build_id)
            self._may_be_killed()
        elif self._half and self._half[0] == "silver":
            self._part(self._half[1], _build_silver, final=False)
            self._half = None
            self._may_be_killed()
            self.tell("gold")

    def _gold(self) -> None:
        if self._half is None and self.news["gold"]:
            self.news["gold"] = False
            build = pipeline.take_up_build(self.settings, only_due=True)
            self._half = ("gold", build.build_id)
            self._may_be_killed()
        elif self._half and self._half[0] == "gold":
            build_id = self._half[1]
            self._part(build_id, _build_gold, final=True)
            self._may_be_killed()
            self.versions.append(pipeline.publish(self.settings, build_id=build_id).version)
            self._half = None
            self._may_be_killed()
            if pipeline.look_out(self.settings, {}).due.silver:
                self.tell("silver")

    def _part(self, build_id: int, build: Callable[[Engine, Build], None], *, final: bool) -> None:
        with pipeline.open_build(self.settings, build_id, final=final) as (engine, stands):
            build(engine, stands)
            self._may_be_killed()
            interrupted = self.fate.random() < self.kills
            pipeline.end_part(engine, self.settings, stands, BuildResult(()) if interrupted else PASSED, final=final)
        if interrupted:
            raise Killed


def _build_silver(engine: Engine, build: Build) -> None:
    engine.execute(
        "create or replace table silver_users as select user_id, cast(max(total_watch_time_hours::bigint) as bigint) "
        f"as hours from bronze.users where _load_id <= {build.seen_load_id} group by user_id"
    )


def _build_gold(engine: Engine, build: Build) -> None:
    delivered = f"(select sum(records_delivered) from bronze.loads where load_id <= {build.seen_load_id})"
    engine.execute(
        "create or replace table gold_executive_summary as select null::date as data_through, sum(hours) as hours, "
        f"{delivered} as accounted from silver_users"
    )


def ledger_size(settings: Settings) -> int:
    with open_engine(settings) as engine:
        return int(engine.execute("select count(*) from bronze.loads").rows[0][0])
