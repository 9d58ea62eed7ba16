"""Tells Airflow when a delivery has arrived. Runs in Airflow's triggerer; imports Airflow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from goldreel.errors import GoldreelError
from goldreel.orchestration.deliveries import Snapshot, complete_files

log = logging.getLogger(__name__)


class DeliveryTrigger(BaseEventTrigger):
    """Fires whenever the complete files in the folder of deliveries are others than before.

    It remembers nothing beyond its own life: after a restart of the triggerer it fires once for what lies there, and
    the loads find that all of it is known.

    Args:
        folder: where deliveries arrive, or the address of one in an object store; may be missing for now.
        kinds: of the files that count: users, viewing_sessions, content.
        settle: seconds that a file must have been unchanged; also how often it looks, at most every second.
        sources: what reads files of others, by file or name.
    """

    def __init__(self, folder: str, kinds: list[str], settle: float, sources: Sequence[str] = ()) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.folder = folder
        self.kinds = kinds
        self.settle = settle
        self.sources = list(sources)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        kept = {"folder": self.folder, "kinds": self.kinds, "settle": self.settle}
        kept |= {"sources": self.sources} if self.sources else {}
        return "goldreel.orchestration.watcher.DeliveryTrigger", kept

    async def run(self) -> AsyncIterator[TriggerEvent]:
        before: Snapshot = {}
        said = ""
        while True:
            try:
                found = await asyncio.to_thread(self._look)
            except GoldreelError as error:
                # A store that cannot be reached just now, or a source; the look tells it, too.
                if said != (said := str(error)):
                    log.warning("%s", error)
                await asyncio.sleep(max(10.0, self.settle))
                continue
            if found.items() - before.items():
                files = [file for file in found if found[file] != before.get(file)]
                yield TriggerEvent({"files": files})  # type: ignore[no-untyped-call]
            before, said = found, ""
            await asyncio.sleep(max(1.0, self.settle / 2))

    def _look(self) -> Snapshot:
        return complete_files(self.folder, self.settle, self.kinds, sources=self.sources)
