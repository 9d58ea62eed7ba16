"""How all of them write: plain tables, and JSON."""

from __future__ import annotations

import json
import math
from typing import Any

from rich.table import Table


def to_json(value: object) -> str:
    """Strict JSON: what is no finite number (a query can return such) becomes null."""
    try:
        return json.dumps(value, indent=2, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        return json.dumps(_only_finite(value), indent=2, ensure_ascii=False, default=str, allow_nan=False)


def _only_finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _only_finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_only_finite(part) for part in value]
    return value


def plain_table(*justify: Any) -> Table:
    table = Table(box=None, show_header=False, pad_edge=True)
    for side in justify:
        table.add_column(justify=side or "left", overflow="fold")
    return table
