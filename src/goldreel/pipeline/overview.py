"""What is in the warehouse, and what readers get."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from goldreel.amend import unfinished_hashes
from goldreel.build_log import BUILDS, Build, last_build, was_interrupted
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.errors import GoldreelError, RightMissing, WarehouseInUse, WarehouseMissing
from goldreel.load_checks import LoadCheck, Repaired, alarms, repaired
from goldreel.loading.contract import LOADS
from goldreel.loading.forgotten import count_forgotten
from goldreel.loading.ledger import REFUSED_FILES, Amendment, Load, amendments
from goldreel.pipeline.due import Due, what_is_due
from goldreel.pipeline.state import has_ledger
from goldreel.publish import Publication, current_publication


@dataclass(frozen=True)
class WarehouseStatus:
    """What is in the warehouse, and what readers get.

    Attributes:
        loads: the ledger, newest first.
        refused: (refused_at, source_file, what, place), newest first.
        in_use: who works on the warehouse just now; then only the publication may be known.
        hidden: what this login may not see, and may be there even so: "loads: missing is …".
        due: what the warehouse asks for, and why.
        alarms: what is not ok in the loads of the last build.
        repaired: values in them that were not taken as they came, by load and column.
        account: of the last build, if it passed: rows of gold_data_quality (entity, outcome, rule, records).
        amendments: what was changed of loads that were there, newest first.
        forgotten: how many users were forgotten.
        unfinished: how many of them were begun to be, and something of them may still be there.
    """

    location: str
    loads: list[Load] = field(default_factory=list)
    refused: list[tuple[datetime, str, str, str]] = field(default_factory=list)
    last_build: Build | None = None
    publication: Publication | None = None
    in_use: str = ""
    hidden: tuple[str, ...] = ()
    due: Due = field(default_factory=Due)
    alarms: list[LoadCheck] = field(default_factory=list)
    account: list[tuple[str, str, str | None, int]] = field(default_factory=list)
    repaired: list[Repaired] = field(default_factory=list)
    amendments: list[Amendment] = field(default_factory=list)
    forgotten: int = 0
    unfinished: int = 0

    @property
    def build_stands(self) -> str:
        """How the last build stands: its status, but for one that nobody is at work on."""
        build = self.last_build
        if build is None or build.status != "running" or self.in_use:
            return build.status if build else ""
        if build.has_tested_silver:
            return "half done: its silver is tested, its gold is not, and no process is at work on it"
        return "left unfinished: no process is at work on it"


def status(settings: Settings) -> WarehouseStatus:
    """Look at the warehouse without changing it, or waiting for it."""
    opened = open_engine(settings, "look")
    try:
        with opened as engine:
            hidden: list[str] = []
            publication = _published(settings, hidden)
            loads = refused = []
            if has_ledger(engine):
                loads = engine.execute(f"select {', '.join(Load._fields)} from {LOADS} order by load_id desc").rows
            elif missing := engine.missing_right(LOADS.schema):
                hidden.append(f"What is loaded cannot be seen: missing is {missing}.")
            if engine.has_table(REFUSED_FILES.schema, REFUSED_FILES.name):
                refused = engine.execute(
                    f"select refused_at, source_file, what, place from {REFUSED_FILES} order by refused_at desc"
                ).rows
            build = last_build(engine)
            if build is not None and was_interrupted(engine, build):
                build = build._replace(status="interrupted")
            if build is None and (missing := engine.missing_right(BUILDS.schema)):
                hidden.append(f"What was built cannot be seen: missing is {missing}.")
            in_use = "The warehouse is in use by another goldreel process." if engine.has_writer() else ""
            found: list[LoadCheck] = []
            account: list[tuple[Any, ...]] = []
            of_columns: list[Repaired] = []
            if build is not None and build.status == "passed":
                found = alarms(engine, build)
                of_columns = repaired(engine, build)
                if engine.has_table(build.schema_name, "gold_data_quality"):
                    account = engine.execute(f"select * from {build.schema_name}.gold_data_quality").rows
            return WarehouseStatus(
                engine.location,
                [Load(*row) for row in loads],
                refused,
                build,
                publication,
                in_use,
                tuple(hidden),
                what_is_due(engine) if loads else Due(),
                found,
                account,
                of_columns,
                amendments(engine),
                count_forgotten(engine),
                len(unfinished_hashes(engine)),
            )
    except (WarehouseMissing, RightMissing, WarehouseInUse) as error:
        hidden = [f"{error.what} {error.where}"] if isinstance(error, RightMissing) else []
        in_use = error.what if isinstance(error, WarehouseInUse) else ""
        published = _published(settings, hidden)
        return WarehouseStatus(opened.location, publication=published, in_use=in_use, hidden=tuple(hidden))


def _published(settings: Settings, hidden: list[str]) -> Publication | None:
    try:
        return current_publication(settings)
    except RightMissing as error:
        hidden.append(error.what)
    except GoldreelError as error:  # what is loaded can be told all the same
        hidden.append(f"{error.what} {error.where}: {error.remedy}")
    return None
