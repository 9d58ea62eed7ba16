"""Files that must be refused as a whole, one of each sort; their names say what is wrong with them."""

import gzip
import json
from pathlib import Path

from goldreel.generator.people import USER_COLUMNS
from goldreel.generator.sessions import SESSION_COLUMNS

USER = "U0001,44,Perú,Standard,2023-01-24,360.0"
SESSION = "S000001,U0001,M001,2024-02-16,9,18.8,Televisión,4K"
MOVIE = {"content_id": "M001", "title": "Mañana", "genre": ["Drama"], "duration_minutes": 90}


def write_broken_files(folder: Path) -> list[Path]:
    """Add the files to a delivery."""
    kinds = {
        "users": _broken_csv(USER_COLUMNS, USER),
        "viewing_sessions": _broken_csv(SESSION_COLUMNS, SESSION),
        "content": _broken_content(),
    }
    paths = []
    for kind, files in kinds.items():
        for sort, content in files.items():
            paths.append(folder / f"{kind}_{sort}")
            paths[-1].write_bytes(content)
    return paths


def _broken_csv(columns: tuple[str, ...], record: str) -> dict[str, bytes]:
    header = ",".join(columns)
    text = f"{header}\n{record}\n"
    return {
        "latin1.csv": text.encode("latin-1"),
        "utf16.csv": text.encode("utf-16"),
        "empty.csv": b"",
        "without_header.csv": f"{record}\n".encode(),
        "missing_column.csv": f"{','.join(columns[:-1])}\n{record.rpartition(',')[0]}\n".encode(),
        "renamed_column.csv": text.replace(columns[-1], f"new_{columns[-1]}", 1).encode(),
        "duplicate_column.csv": f"{header},{columns[0]}\n{record},x\n".encode(),
        "truncated.csv.gz": _truncated(text + f"{record}\n" * 1000),
    }


def _broken_content() -> dict[str, bytes]:
    text = json.dumps({"movies": [MOVIE], "series": []}, ensure_ascii=False)
    return {
        "latin1.json": text.encode("latin-1"),
        "utf16.json": text.encode("utf-16"),
        "empty.json": b"",
        "invalid.json": text.replace("]", "", 1).encode(),
        "list.json": json.dumps([MOVIE]).encode(),
        "truncated.json.gz": _truncated(text + "\n" * 1000),
    }


def _truncated(text: str) -> bytes:
    whole = gzip.compress(text.encode(), mtime=0)
    return whole[: len(whole) // 2]
