"""How all of them write: plain tables, and JSON."""

from __future__ import annotations

import json
from typing import Any

from rich.table import Table


def to_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def plain_table(*justify: Any) -> Table:
    table = Table(box=None, show_header=False, pad_edge=True)
    for side in justify:
        table.add_column(justify=side or "left", overflow="fold")
    return table
