"""Paths into JSON records, as people write them: `user.id`, `plays[0].at`, `"a.b".c`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

_STEP = re.compile(r'"(?P<quoted>[^"]*)"|\[(?P<place>[0-9]+)\]|(?P<name>[^.\[\]"]+)')


def steps(path: str) -> list[str | int]:
    """The names and places that lead to a value. A path that is none is one name."""
    found: list[str | int] = []
    position = 0
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            return [path]
        found.append(int(step["place"]) if step["place"] else step["quoted"] or step["name"] or "")
        position = step.end()
        if position < len(path) and path[position] == ".":
            position += 1
    return found


def as_json_path(path: str) -> str:
    """A path as DuckDB has it."""
    return json_path_of(steps(path))


def json_path_of(path: Sequence[str | int]) -> str:
    """The same of its steps."""
    return "$" + "".join(
        f"[{step}]" if isinstance(step, int) else f".{json.dumps(step, ensure_ascii=False)}" for step in path
    )


def as_path(path: Sequence[str | int]) -> str:
    """Steps as people write them: what `steps` takes apart."""
    written = ""
    for step in path:
        if isinstance(step, int):
            written += f"[{step}]"
        else:
            name = f'"{step}"' if set(step) & set(".[]") else step
            written += f".{name}" if written else name
    return written
