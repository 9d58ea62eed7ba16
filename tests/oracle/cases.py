"""Deliveries small enough to work out by hand."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from oracle import SESSIONS, USERS
from oracle.tables import Row

AS_OF = date(2024, 9, 1)
USER_HEADER = ",".join(USERS)
SESSION_HEADER = ",".join(SESSIONS)


def users(*lines: str) -> str:
    return "\n".join([USER_HEADER, *lines])


def sessions(*lines: str) -> str:
    return "\n".join([SESSION_HEADER, *lines])


def content(movies: list[Any] | None = None, series: list[Any] | None = None) -> str:
    return json.dumps({"movies": movies or [], "series": series or []})


def movie(content_id: str, **values: Any) -> Row:
    return {
        "content_id": content_id,
        "title": content_id,
        "genre": ["Drama"],
        "duration_minutes": 90,
        **values,
    }


def deliver(folder: Path, /, **files: str | bytes) -> Path:
    """A delivery folder; `users_csv="..."` becomes users.csv."""
    folder.mkdir(parents=True)
    for name, body in files.items():
        path = folder / name.replace("_csv", ".csv").replace("_json", ".json").replace("_gz", ".gz")
        path.write_bytes(body.encode() if isinstance(body, str) else body)
    return folder


def one(rows: list[Row]) -> Row:
    (row,) = rows
    return row


def pick(rows: list[Row], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]
