"""Small deliveries, and what they left in the warehouse."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from goldreel.engines import Engine
from goldreel.loading import DeliveredFile, FileOutcome
from goldreel.loading.contract import ENTITIES, LOADS, REJECTED_RECORDS, USERS, VIEWING_SESSIONS

USER_HEADER = ",".join(USERS.columns)
SESSION_HEADER = ",".join(VIEWING_SESSIONS.columns)
USER = "U1,44,Peru,Standard,2023-01-24,360.0"
SESSION = "S1,U1,M1,2024-02-16,9,18.8,Mobile,4K"
CATALOGUE = json.dumps({"movies": [{"content_id": "M1", "duration_minutes": 90}], "series": []})


class Listening:
    """Hears how a load goes on."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []

    def file_started(self, file: DeliveredFile, size: int) -> None:
        self.heard.append((file.name, size))

    def bytes_read(self, count: int) -> None:
        self.heard.append(("read", count))

    def file_ended(self) -> None:
        self.heard.append(("end", 0))


def users(*lines: str) -> str:
    return "\n".join([USER_HEADER, *lines, ""])


def sessions(*lines: str) -> str:
    return "\n".join([SESSION_HEADER, *lines, ""])


Deliver = Callable[[dict[str, str | bytes]], list[FileOutcome]]


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    return engine.execute(query).rows


def counts(engine: Engine) -> dict[str, int]:
    """Rows of every table that a load fills."""
    tables = [*(entity.table for entity in ENTITIES), LOADS, REJECTED_RECORDS]
    return {table.name: rows(engine, f"select count(*) from {table}")[0][0] for table in tables}
