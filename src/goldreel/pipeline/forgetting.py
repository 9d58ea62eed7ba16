"""Users are forgotten: their records go, the numbers are built without them, and a certificate says what was done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from goldreel import amend
from goldreel.build_log import last_build
from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.engines.base import Since
from goldreel.errors import GoldreelError, UsageError
from goldreel.loading.ledger import last_amendment
from goldreel.names import readable
from goldreel.os_faults import reason_of
from goldreel.pipeline.state import prepare_warehouse
from goldreel.pipeline.steps import Listener, build_all
from goldreel.publish import publish_build, since_later


def read_ids(file: Path) -> list[str]:
    """Ids of users, one a line.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        reason = reason_of(error)
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    raise UsageError(
        f"The list of users cannot be read: {reason}; nothing was changed.",
        where=readable(str(file)),
        remedy="give a text file in UTF-8 with an id on each line",
    )


def plan_forgetting(settings: Settings, user_ids: Sequence[str]) -> amend.Plan:
    """What `forget` would take away; nothing is changed.

    Raises:
        UsageError: no user is named; one is unknown, or was forgotten already.
        WarehouseInUse: another process works on the warehouse.
    """
    with open_engine(settings) as engine:
        prepare_warehouse(engine)
        return amend.plan_forgetting(engine, user_ids)


def forget(settings: Settings, user_ids: Sequence[str], reason: str, listener: Listener) -> amend.Certificate:
    """Forget users; interrupted and done again with the same ids, it comes to its end.

    Raises:
        UsageError, WarehouseInUse: see `plan_forgetting`.
    """
    with open_engine(settings) as engine:
        prepare_warehouse(engine)
        steps = _Steps(engine, settings, listener)
        erased = amend.forget(engine, user_ids, reason, steps.build, steps.publish, steps.since)
        return amend.certify(engine, erased, reason)


class _Steps:
    """What the pipeline does while users are forgotten."""

    def __init__(self, engine: Engine, settings: Settings, listener: Listener) -> None:
        self._engine, self._settings, self._listener = engine, settings, listener

    def build(self) -> bool | None:
        """Build without them, as of the day of the last build, if anything was built and that is not done already."""
        last = last_build(self._engine)
        if last is None:
            return None
        if last.status == "passed" and (last.seen_amendment or 0) >= last_amendment(self._engine):
            return True
        made, _ = build_all(self._engine, self._settings, date.fromisoformat(last.as_of), self._listener)
        return made.status == "passed"

    def publish(self) -> int | None:
        """Publish that build, where readers have an earlier one and no load is stopped."""
        last = last_build(self._engine)
        if last is None or last.published_version is not None or not self._engine.published_versions():
            return None
        try:
            return publish_build(self._engine, last, self._settings, anew=True).version
        except GoldreelError:
            return None  # a load is stopped, say: readers keep what they have, without those who were forgotten

    def since(self, build_id: int, version: int) -> Since | None:
        """How an earlier build differs from the one that was published."""
        last = last_build(self._engine)
        return since_later(self._engine, last, build_id, version) if last else None
