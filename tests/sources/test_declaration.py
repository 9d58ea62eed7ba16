"""What a source says is checked before anything is read; errors name line and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from goldreel.errors import UsageError
from goldreel.sources import find_source, parse_source
from goldreel.sources.reference import reference
from sources.giving import sessions_source


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("user_id: who", "userid: who", r"no column 'userid'.*line 10.*did you mean user_id"),
        ("user_id: who", "", r"not said what .* made of: user_id.*line 8.*`user_id: null`"),
        ("user_id: who", "user_id: who\n          user_id: id", r"'user_id' is said twice.*line 11"),
        ("user_id: who", "user_id: {form: who}", r"'form' is not known in user_id.*line 10.*did you mean from"),
        ("user_id: who", "user_id: {constant: a, from: who}", r"made of from and constant.*line 10"),
        ("user_id: who", "user_id: {default: a}", r"made of nothing.*line 10"),
        ("user_id: who", "user_id: {from: who, duration: minutes}", r"no length of time.*line 10"),
        ("user_id: who", "user_id: {from: who, zone: UTC}", r"'zone' says nothing without 'date'.*line 10"),
        ("user_id: who", "user_id: {from: who, take: sum}", r"without 'one_per'.*line 10"),
        ("user_id: who", "user_id: [who]", r"user_id cannot be used.*line 10"),
        ("user_id: who", "user_id: {from: who, unfit: guess}", r"unfit cannot be used.*line 10"),
        ("{type: csv}", "{type: tsv}", r"type cannot be used.*line 4.*json_lines"),
        ("{type: csv}", "{type: parquet, delimiter: ;}", r"'delimiter' says nothing of parquet.*line 4"),
        ("{type: csv}", "{type: csv, encoding: utf-9}", r"encoding 'utf-9' is not known.*line 4"),
        ("{type: csv}", "{type: csv, encoding: base64}", r"encoding 'base64' is not known"),
        ("{type: csv}", "{type: csv, header: false}", r"named by the header.*line 4"),
        ("{type: csv}", '{type: csv, delimiter: "::"}', r"goes with no quotes.*line 4"),
        ("{type: csv}", "{type: sqlite}", r"has tables.*line 4"),
        (
            "files:",
            "thresholds: {active_hours: 0}\nfiles:",
            r"'active_hours' is no threshold.*line 2.*active_user_hours",
        ),
        ("files:", "files: [", r"no YAML.*line \d+, column"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line(old: str, new: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_source("it.source.yml", sessions_source().replace(old, new, 1), "it")
    assert re.search(told, str(refused.value), re.DOTALL), str(refused.value)


def test_a_draft_is_refused_with_all_that_is_open_in_it() -> None:
    text = sessions_source(user_id="TODO which column is it?", device_type='"TODO"')
    with pytest.raises(UsageError, match=r"2 places are not decided yet.*line 10 \(TODO which .*line 15 \(TODO\)"):
        parse_source("it.source.yml", text, "it")


def test_texts_are_what_is_written() -> None:
    text = sessions_source(user_id="{from: who, map: {no: yes, 012: 1.50, 2024-01-01: on}}")
    (rule,) = parse_source("it.source.yml", text, "it").files
    (column,) = (each for each in rule.sections[0].columns if each.name == "user_id")
    assert column.says["map"] == {"no": "yes", "012": "1.50", "2024-01-01": "on"}


def test_a_file_need_not_have_values_for_what_is_made_of_nothing_or_of_optional_columns() -> None:
    (rule,) = find_source("plays-mongoexport").files
    optional = {section.entity.name: rule.optional_columns(section) for section in rule.sections}
    assert optional["users"] == ("age", "country", "subscription_type")
    assert optional["viewing_sessions"] == ("completion_percentage", "device_type", "quality_level")
    assert {"genre", "content_type", "rating"} <= set(optional["content"])


def test_the_reference_is_that_of_the_schema() -> None:
    page = Path(__file__).parents[2] / "docs" / "guide" / "sources.md"
    renew = "renew it: python -m goldreel.sources.reference"
    assert page.read_text(encoding="utf-8") == reference(), renew
