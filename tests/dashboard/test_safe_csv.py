"""A downloaded table shows in a spreadsheet as it is."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from goldreel.dashboard.safe_csv import repair_csv, safe_csv
from goldreel.spreadsheet import safe_text, unguarded


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd", "-2+3", "@sum(A1)", "\t=1", "\r=1", "\n=1", "=", "-", "  =1+1", "-1e5", "+1,000", "-٣"]
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert safe_text(text) == "'" + text


@pytest.mark.parametrize("text", ["-5", "+5", "-3.25", "3", "", "Peru", "a=b", "2024-01-31", "user@example.com"])
def test_numbers_and_harmless_texts_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text


def test_a_table_is_written_whole_with_empty_cells_for_what_is_missing() -> None:
    table = pd.DataFrame(
        {
            "=title": ["=HYPERLINK(1)", 'say "hi", now', None],
            "change": [-3.5, 2.0, float("nan")],
            "views": [1, -2, 3],
            "day": pd.to_datetime(["2024-01-31", None, "2024-02-01"]),
        }
    )
    written = safe_csv(table)
    assert written.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(written.decode("utf-8-sig")))) == [
        ["'=title", "change", "views", "day"],
        ["'=HYPERLINK(1)", "-3.5", "1", "2024-01-31"],
        ['say "hi", now', "2.0", "-2", ""],
        ["", "", "3", "2024-02-01"],
    ]


def test_a_file_to_repair_names_the_value_and_gives_every_text_back_as_it_was() -> None:
    texts = ["=1+1", "'=1+1", "-5", "'-5", "it's", None, "Perú"]
    rows = pd.DataFrame({"load_id": range(len(texts)), "offending_value": texts})
    header, *lines = csv.reader(io.StringIO(repair_csv(rows).decode("utf-8-sig")))
    assert header == ["load_id", "value"]
    assert [unguarded(value) for _, value in lines] == [text or "" for text in texts]
    assert lines[0][1] == "'=1+1"
