"""Small deliveries for Spark, and what they left in the warehouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from goldreel import pipeline
from goldreel.engines.base import Engine
from goldreel.loading import FileOutcome, find_delivery, load_delivery

HEADER = "user_id,age,country,subscription_type,registration_date,total_watch_time_hours"


def deliver(folder: Path, **files: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    return folder


def load(engine: Engine, folder: Path | str) -> list[FileOutcome]:
    return load_delivery(engine, find_delivery(folder, engine.files), pipeline.Silent())


def rows(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    return engine.execute(sql).rows


def csv(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines, ""]).encode()
