"""CSV that a spreadsheet shows as it is, and never runs as a formula."""

from __future__ import annotations

import csv
import io
from typing import Any

import pandas as pd

from goldreel.spreadsheet import guarded, safe_text


def safe_csv(table: pd.DataFrame) -> bytes:
    """The table as CSV in UTF-8 with a byte order mark, by which Excel knows UTF-8; missing values are empty."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([safe_text(str(name)) for name in table.columns])
    writer.writerows([_cell(value) for value in row] for row in table.itertuples(index=False))
    return written.getvalue().encode("utf-8-sig")


def repair_csv(records: pd.DataFrame) -> bytes:
    """Rows of `records_to_repair` as `goldreel quarantine` writes them: mended, `goldreel repair` takes them."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow("value" if name == "offending_value" else name for name in records.columns)
    for row in records.itertuples(index=False):
        writer.writerow("" if pd.isna(value) else guarded(value) if isinstance(value, str) else value for value in row)
    return written.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    if pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value == value.normalize() else value.isoformat(sep=" ")
    return safe_text(value) if isinstance(value, str) else value
