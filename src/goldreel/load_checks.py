"""Loads as a whole: what `load_checks` found, what it stops, and who let it pass.

A load that is stopped keeps the build from being published until someone accepts it. Who, when and why stays in
`ops.load_acceptances`; the verdict stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from goldreel.build_log import Build
from goldreel.engines import Engine
from goldreel.engines.base import Column, Table
from goldreel.errors import LoadsStopped, UsageError
from goldreel.for_readers import copy_for_readers
from goldreel.loading.contract import LOADS
from goldreel.loading.ledger import now, who

ACCEPTANCES = Table(
    "ops",
    "load_acceptances",
    (
        Column("load_id", "bigint"),
        Column("reason", "document"),
        Column("accepted_by", "text"),
        Column("accepted_at", "timestamp"),
    ),
)

_VALUES_LOOKED_AT = 10_000
_FORMATS = {
    "D/M/YYYY": r"(0?[1-9]|[12]\d|3[01])/(0?[1-9]|1[0-2])/\d{4}",
    "M/D/YYYY": r"(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])/\d{4}",
    "D.M.YYYY": r"(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.\d{4}",
    "D-M-YYYY": r"(0?[1-9]|[12]\d|3[01])-(0?[1-9]|1[0-2])-\d{4}",
    "M-D-YYYY": r"(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])-\d{4}",
    "YYYY/M/D": r"\d{4}/(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])",
    "YYYYMMDD": r"\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])",
    "H:MM:SS": r"\d{1,3}:[0-5]\d:[0-5]\d",
    "H:MM": r"\d{1,3}:[0-5]\d",
    "a decimal comma": r"[+-]?\d+,\d+",
    "thousands separated": r"[+-]?\d{1,3}([,. ]\d{3})+([,.]\d+)?",
    "a number in powers of ten": r"[+-]?\d+(\.\d+)?[eE][+-]?\d+",
    "seconds since 1970": r"1\d{9}",
    "milliseconds since 1970": r"1\d{12}",
}


class LoadCheck(NamedTuple):
    """A row of `load_checks`, and who accepted the load, if someone did.

    Attributes:
        formats: what the values that broke the rule all look like.
    """

    load_id: int
    entity: str
    source_file: str
    check_name: str
    observed: str
    expected: str
    verdict: str
    example: str | None
    meaning: str
    remedy: str
    accepted_by: str | None = None
    accepted_because: str | None = None
    formats: tuple[str, ...] = ()

    @property
    def stops(self) -> bool:
        """Whether it keeps the build from being published."""
        return self.verdict == "stopped" and self.accepted_by is None


class Repaired(NamedTuple):
    """A column of a load in which values were not taken as they came: they are null, a default, or the nearest bound.

    Attributes:
        records: of the load; of a catalogue those of the sections that have the column.
        repaired_values: how many of them.
        first_row: the first record with one.
    """

    load_id: int
    entity: str
    source_file: str
    column_name: str
    records: int
    repaired_values: int
    first_row: int

    @property
    def share(self) -> float:
        return self.repaired_values / self.records


def repaired(engine: Engine, build: Build) -> list[Repaired]:
    """What was repaired in the loads of a build that passed: new loads first, of each the largest share first."""
    if not engine.has_table(build.schema_name, "load_columns"):
        return []  # built by an earlier goldreel
    rows = engine.execute(
        "select counted.load_id, counted.entity, loads.source_file, counted.column_name, counted.records, "
        f"counted.repaired_values, counted.first_repaired_row from {build.schema_name}.load_columns as counted "
        f"inner join {LOADS} as loads on counted.load_id = loads.load_id where counted.repaired_values > 0"
    ).rows
    found = [Repaired(*row) for row in rows]
    return sorted(found, key=lambda each: (-each.load_id, -each.share, each.column_name))


def alarms(engine: Engine, build: Build) -> list[LoadCheck]:
    """What is not ok in the loads of a build that passed: first what stops it, and new loads before old ones."""
    if not engine.has_table(build.schema_name, "load_checks"):
        return []  # built by an earlier goldreel
    columns = LoadCheck._fields[:10]
    rows = engine.execute(
        f"select {', '.join(columns)} from {build.schema_name}.load_checks where verdict <> 'ok' "
        "order by load_id desc, check_name"
    ).rows
    accepted = {}
    if engine.has_table(ACCEPTANCES.schema, ACCEPTANCES.name):
        found = engine.execute(f"select load_id, accepted_by, reason from {ACCEPTANCES} order by accepted_at").rows
        accepted = {load_id: (who, why) for load_id, who, why in found}
    checks = []
    for row in rows:
        check = LoadCheck(*row)
        if check.verdict == "stopped" and check.load_id in accepted:
            who, why = accepted[check.load_id]
            check = check._replace(accepted_by=who, accepted_because=why)
        if check.check_name == "broken_share":
            check = check._replace(formats=_formats(engine, build, check))
        checks.append(check)
    return sorted(checks, key=lambda check: not check.stops)


def _formats(engine: Engine, build: Build, check: LoadCheck) -> tuple[str, ...]:
    """What all values look like that broke the rule that most of the load's records broke."""
    table = f"{build.schema_name}.quarantine"
    found = engine.execute(
        f"select offending_value from {table} where load_id = ? and offending_value is not null", [check.load_id]
    ).rows
    return formats_that_fit([str(value) for (value,) in found[:_VALUES_LOOKED_AT]])


def formats_that_fit(values: Sequence[str]) -> tuple[str, ...]:
    """The formats that all of the values have, of those that people's tools write; none when there is no value."""
    texts = [value.strip() for value in values if value.strip()]
    return tuple(name for name, form in _FORMATS.items() if texts and all(re.fullmatch(form, text) for text in texts))


def stopped_loads(engine: Engine, build: Build) -> list[int]:
    """The loads that keep a build that passed from being published, new loads first."""
    return list(dict.fromkeys(check.load_id for check in alarms(engine, build) if check.stops))


def refuse_stopped(engine: Engine, build: Build) -> None:
    """Make sure that no load stops the build.

    Raises:
        LoadsStopped: some do; says which, why, and what can be done.
    """
    stopped = [check for check in alarms(engine, build) if check.stops]
    if stopped:
        told = "; ".join(f"load {check.load_id} ({check.source_file}): {described(check)}" for check in stopped)
        raise LoadsStopped(
            f"Build {build.build_id} is not published: {told}.", engine.location, ways_out(stopped[0].load_id)
        )


def described(check: LoadCheck) -> str:
    """What was found, with an example and what it looks like."""
    text = f"{check.check_name}: {check.observed}"
    if check.example:
        text += f", for instance {check.example}"
    if check.formats:
        text += f"; all values look like {' or '.join(check.formats)}"
    return text


def ways_out(load_id: int) -> str:
    """What can be done about a load that is stopped."""
    return (
        f"look at the file; if it is right as it is: goldreel publish --accept {load_id} --reason TEXT; "
        f"if it is not: goldreel withdraw {load_id} --reason TEXT"
    )


def accept(engine: Engine, build: Build, load_ids: Sequence[int], reason: str) -> None:
    """Note that stopped loads are right as they are.

    Raises:
        UsageError: one of them is not stopped, or no reason is given.
    """
    stopped = stopped_loads(engine, build)
    wrong = [load_id for load_id in load_ids if load_id not in stopped]
    if wrong:
        raise UsageError(
            f"Load {wrong[0]} is not stopped.",
            "--accept",
            f"those that are: {', '.join(map(str, sorted(stopped))) or 'none'}",
        )
    if not reason.strip():
        raise UsageError("A load is accepted for a reason.", "--reason", "say in a few words why the load is right")
    engine.create_missing([ACCEPTANCES])
    rows = [
        {"load_id": load_id, "reason": reason.strip(), "accepted_by": who(), "accepted_at": now()}
        for load_id in dict.fromkeys(load_ids)
    ]
    engine.append(ACCEPTANCES, ACCEPTANCES.of_rows(rows))


def show_acceptances(engine: Engine, build: Build) -> None:
    """Copy who accepted which load, and why, to where a build is, for its readers."""
    engine.create_missing([ACCEPTANCES])
    copy_for_readers(engine, ACCEPTANCES, build.schema_name)
