"""What a query returned."""

from __future__ import annotations

import csv
import io
from typing import Literal

from rich.console import Console
from rich.table import Table

from goldreel.console import marked, visible
from goldreel.engines.base import Result
from goldreel.report.writing import require_encodable, to_json


def print_result(result: Result, form: Literal["table", "csv", "json"], console: Console) -> None:
    """A result set, for people or for scripts; a result without columns is nothing but messages, told elsewhere."""
    if not result.columns:
        return
    if form == "json":
        console.file.write(to_json([dict(zip(result.columns, row, strict=True)) for row in result.rows]) + "\n")
    elif form == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(result.columns)
        writer.writerows(result.rows)
        require_encodable(text.getvalue(), console.file)
        console.file.write(text.getvalue())
    else:
        numeric = [
            bool(result.rows) and all(isinstance(row[position], int | float | None) for row in result.rows)
            for position in range(len(result.columns))
        ]
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name, is_number in zip(result.columns, numeric, strict=True):
            table.add_column(visible(name), justify="right" if is_number else "left", overflow="fold")
        for row in result.rows:
            table.add_row(*(marked("[dim]null[/]") if value is None else visible(value) for value in row))
        console.print(table)
        count = f"{len(result.rows):,} {'row' if len(result.rows) == 1 else 'rows'}"
        console.print(marked("[dim]{}[/]", count))
