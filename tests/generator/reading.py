"""Generated deliveries, read back as plain Python."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from goldreel.generator import GeneratedDelivery, GeneratorOptions

Rows = list[dict[str, str]]

CLEAN = GeneratorOptions(users=2_000, sessions=60_000, titles=150)
DIRTY = GeneratorOptions(users=200, sessions=400, titles=200, dirt=0.02, broken_files=True)
SERIAL = GeneratorOptions(users=1_500, sessions=20_000, titles=200, deliveries=4)


def table(folder: Path, kind: str) -> Rows:
    with (folder / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def titles(folder: Path) -> dict[str, dict[str, Any]]:
    document = json.loads((folder / "content.json").read_text(encoding="utf-8"))
    return {title["content_id"]: title for section in document.values() for title in section}


def dirty_rows(delivery: GeneratedDelivery, kind: str) -> Iterator[tuple[list[str], list[str]]]:
    """Header and fields of every record of both files of a kind."""
    for name in (f"{kind}.csv", f"{kind}_2.csv"):
        with (delivery.folders[0] / name).open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        yield from ((header, row) for row in rows if "".join(row).strip())


def dirty_values(delivery: GeneratedDelivery, kind: str, column: str) -> list[str]:
    records = dirty_rows(delivery, kind)
    return [dict(zip(header, row, strict=True))[column] for header, row in records if len(row) == len(header)]


def dirty_titles(delivery: GeneratedDelivery, section: str) -> list[Any]:
    files = [delivery.folders[0] / name for name in ("content.json", "content_2.json")]
    return [element for file in files for element in json.loads(file.read_text("utf-8-sig"))[section]]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
