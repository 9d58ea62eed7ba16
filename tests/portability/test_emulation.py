"""The emulation itself: what it takes from T-SQL and from Java."""

from __future__ import annotations

import pytest

from portability.emulation import java_find, tsql_left, tsql_like, tsql_patindex


@pytest.mark.parametrize(
    ("text", "pattern", "matches"),
    [
        ("a", "a", True),
        ("A", "a", False),
        ("ab", "a", False),
        ("ab", "a%", True),
        ("a\nb", "a%b", True),
        ("ab", "a_", True),
        ("a ", "a", False),
        ("a", "a ", False),
        ("5", "[0-9]", True),
        ("٥", "[0-9]", False),
        ("-", "[-+]", True),
        ("+", "[-+]", True),
        (",", "[-+]", False),
        ("x", "[^0-9.]", True),
        (".", "[^0-9.]", False),
        ("1.2", "%.%", True),
        ("12", "%.%", False),
        ("12x", "%[^0-9]%", True),
        ("T", "[T ]", True),
        ("t", "[T ]", False),
    ],
)
def test_like_is_that_of_sql_server(text: str, pattern: str, matches: bool) -> None:
    assert tsql_like(text, pattern) is matches


def test_patindex_counts_from_one_and_is_zero_when_nothing_is_found() -> None:
    assert tsql_patindex("%[-+Z ]%", "10:00Z") == 6
    assert tsql_patindex("%[-+Z ]%", "Z") == 1
    assert tsql_patindex("%[-+Z ]%", "10:00") == 0


def test_a_negative_number_of_characters_is_an_error() -> None:
    assert tsql_left("abc", 0) == ""
    with pytest.raises(ValueError, match="Invalid length"):
        tsql_left("abc", -1)


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\u0085", "\u2028", "\u2029"])
def test_a_dollar_also_stands_before_a_line_separator_at_the_end_in_java(separator: str) -> None:
    assert java_find(f"12{separator}", "^[0-9]+$")
    assert not java_find(f"12{separator}", "(?s)^[0-9]+(?!.)")
    assert not java_find(f"12{separator}3", "^[0-9]+$")
