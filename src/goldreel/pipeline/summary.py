"""What a run did, and what the warehouse says after it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from goldreel.build_log import Build, last_build
from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.errors import GoldreelError
from goldreel.load_checks import LoadCheck, Repaired, alarms, repaired
from goldreel.loading import FileOutcome
from goldreel.loading.contract import ENTITIES, REJECTED_RECORDS
from goldreel.pipeline.due import Due, what_is_due
from goldreel.publish import Publication
from goldreel.transform import BuildResult


@dataclass
class RunReport:
    """What a run did, and what the warehouse says after it.

    Attributes:
        files: the outcome of every delivered file, in load order.
        ignored: files in the deliveries that are none of ours.
        rows: (layer, table, rows).
        account: rows of gold_data_quality: entity, outcome, rule, records.
        meanings: what each rule of the account means, by (entity, rule).
        rejections: (entity, reason, records) of what could not be read as a record at all.
        kpis: the row of gold_executive_summary.
        seconds: how long each step took.
        failure: why the steps ended before their end, where they did.
        alarms: what is not ok in the loads of the build, first what keeps it from being published.
        repaired: values that were not taken as they came, by load and column.
        due: what the warehouse asks for after it; looked at by `describe` only.
    """

    files: list[FileOutcome] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    rows: list[tuple[str, str, int]] = field(default_factory=list)
    account: list[tuple[str, str, str | None, int]] = field(default_factory=list)
    meanings: dict[tuple[str, str], str] = field(default_factory=dict)
    rejections: list[tuple[str, str, int]] = field(default_factory=list)
    kpis: dict[str, Any] = field(default_factory=dict)
    build: Build | None = None
    result: BuildResult | None = None
    publication: Publication | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    failure: GoldreelError | None = None
    alarms: list[LoadCheck] = field(default_factory=list)
    repaired: list[Repaired] = field(default_factory=list)
    due: Due = field(default_factory=Due)

    @property
    def stopped(self) -> list[LoadCheck]:
        """What keeps the build from being published."""
        return [check for check in self.alarms if check.stops]

    @property
    def load_ids(self) -> set[int]:
        """The loads that it is about: those of its files; of a build of what was there, all."""
        of_files = {outcome.load.load_id for outcome in self.files if outcome.load and outcome.status == "loaded"}
        return of_files if self.files else {each.load_id for each in self.repaired}

    @property
    def refused(self) -> list[FileOutcome]:
        return [outcome for outcome in self.files if outcome.status == "refused"]

    @property
    def exit_code(self) -> int:
        """0: all went well; 1: a file was refused, a load stopped, a model or test failed, a later step not done."""
        failed = self.failure is not None or (self.result is not None and not self.result.passed)
        return 1 if failed or self.refused or self.stopped else 0

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start


def describe(settings: Settings) -> RunReport:
    """What the summary of a run would tell of the last build."""
    report = RunReport()
    with open_engine(settings) as engine:
        report.build = last_build(engine)
        report.due = what_is_due(engine)
        if report.build is not None and report.build.status == "passed":
            report.alarms = alarms(engine, report.build)
        summarise(engine, report)
    return report


def summarise(engine: Engine, report: RunReport) -> None:
    """Read what the summary tells; numbers of a build only when it passed."""
    tables = [("bronze", entity.table.schema, entity.name) for entity in ENTITIES]
    if report.build is not None and report.build.status == "passed":
        built = report.build.schema_name
        names = engine.tables(built)
        report.repaired = repaired(engine, report.build)
        for layer in ("silver", "gold"):
            tables += [(layer, built, name) for name in names if name.startswith(f"{layer}_")]
        account = engine.execute(f"select * from {built}.gold_data_quality order by entity, outcome, records desc")
        report.account = [(entity, outcome, rule, records) for entity, outcome, rule, records in account.rows]
        report.rejections = [
            (entity, reason, records)
            for entity, reason, records in engine.execute(
                f"select entity, reason, count(*) as records from {REJECTED_RECORDS} {report.build.where_seen()} "
                "group by entity, reason order by entity, records desc, reason"
            ).rows
        ]
        rules = engine.execute(f"select * from {built}.data_quality_rules")
        for row in rules.rows:
            rule = dict(zip(rules.columns, row, strict=True))
            report.meanings[rule["entity"], rule["rule"]] = rule["meaning"]
        kpis = engine.execute(f"select * from {built}.gold_executive_summary")
        report.kpis = dict(zip(kpis.columns, kpis.rows[0], strict=True))
    for layer, schema, name in tables:
        rows = engine.execute(f"select count(*) from {schema}.{name}").rows[0][0]
        report.rows.append((layer, name, rows))
