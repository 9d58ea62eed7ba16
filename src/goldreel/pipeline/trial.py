"""What a delivery would give, seen in a warehouse apart from any other, which is gone afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.loading.contract import REJECTED_RECORDS
from goldreel.pipeline.steps import Listener, build, load
from goldreel.pipeline.summary import RunReport
from goldreel.scratch import scratch_folder

EXAMPLES = 3


@dataclass(frozen=True)
class Broken:
    """Records that are none, or that break a rule, and some of them.

    Attributes:
        rule: the rule, or why they are no record.
        examples: (file, row, value).
    """

    entity: str
    rule: str
    records: int
    examples: tuple[tuple[str, int, str], ...]


@dataclass
class Trial:
    """What a delivery would give."""

    report: RunReport = field(default_factory=RunReport)
    broken: list[Broken] = field(default_factory=list)


def try_delivery(
    settings: Settings, delivery: Path | str, as_of: date, listener: Listener, sources: Sequence[str] = ()
) -> Trial:
    """Load and build a delivery where nobody sees it. See `load` and `build`."""
    with scratch_folder("trial") as folder:
        apart = settings.model_copy(update={"engine": "duckdb", "home": Path(folder)})
        trial = Trial(load(apart, [delivery], listener, sources=sources))
        if not any(outcome.load and outcome.load.records_loaded for outcome in trial.report.files):
            with open_engine(apart) as engine:
                trial.broken = _rejected(engine)
            return trial
        files, ignored = trial.report.files, trial.report.ignored
        trial.report = build(apart, as_of, listener)
        trial.report.files, trial.report.ignored = files, ignored
        with open_engine(apart) as engine:
            trial.broken = _rejected(engine)
            if trial.report.result is not None and trial.report.result.passed:
                trial.broken += _quarantined(engine)
        return trial


def _rejected(engine: Engine) -> list[Broken]:
    """What is no record, by the reason without the value that it names."""
    rows = engine.execute(
        f"select entity, reason, source_file, source_row, raw from {REJECTED_RECORDS} order by load_id, source_row"
    ).rows
    found: dict[tuple[str, str], list[tuple[str, int, str]]] = {}
    for entity, reason, file, row, raw in rows:
        before, quote, rest = reason.partition("'")
        value, _, behind = rest.rpartition("' ")
        rule = f"{before}{behind}" if quote and behind else reason
        found.setdefault((entity, rule), []).append((file, row, value if quote and behind else raw))
    return [Broken(entity, rule, len(each), tuple(each[:EXAMPLES])) for (entity, rule), each in found.items()]


def _quarantined(engine: Engine) -> list[Broken]:
    schema = engine.build_schema
    counts = engine.execute(
        f"select entity, rule, count(*) from {schema}.quarantine group by entity, rule order by entity, rule"
    ).rows
    found = []
    for entity, rule, records in counts:
        rows = engine.execute(
            f"select source_file, source_row, offending_value from {schema}.quarantine "
            "where entity = ? and rule = ? order by load_id, source_row",
            [entity, rule],
        ).rows[:EXAMPLES]
        found.append(Broken(entity, rule, records, tuple((file, row, value or "nothing") for file, row, value in rows)))
    return found
