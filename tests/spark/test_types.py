"""Spark SQL as text. Needs no Spark."""

from __future__ import annotations

import pytest

pytest.importorskip("pyspark")

from goldreel.engines.base import Statement
from goldreel.engines.spark_files import _path, _uri
from goldreel.engines.spark_types import literal, quoted, statements, with_values


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("select 1", [Statement("select 1", 1)]),
        ("select 1;\n\nselect 2;\n", [Statement("select 1", 1), Statement("select 2", 3)]),
        (";;\n ; -- nothing\n", []),
        ("select ';' as a; select \";\"", [Statement("select ';' as a", 1), Statement('select ";"', 1)]),
        (r"select 'it\'s; so'; select 2", [Statement(r"select 'it\'s; so'", 1), Statement("select 2", 1)]),
        ("select `a;b` from t", [Statement("select `a;b` from t", 1)]),
        ("-- a;\nselect 1 -- b;\n;select 2", [Statement("-- a;\nselect 1 -- b;", 1), Statement("select 2", 3)]),
        ("/* a; b */ select 1", [Statement("/* a; b */ select 1", 1)]),
        ("select 'never closed; select 2", [Statement("select 'never closed; select 2", 1)]),
    ],
)  # fmt: skip
def test_a_script_is_split_at_semicolons_that_end_a_statement(script: str, expected: list[Statement]) -> None:
    assert statements(script) == expected


def test_values_take_the_place_of_question_marks() -> None:
    assert with_values("select ? where a = ? or b", [1, "x?'"]) == r"select cast(1 as bigint) where a = 'x?\u0027' or b"
    assert with_values("select '?'", []) == "select '?'"
    with pytest.raises(ValueError, match="argument 2 is longer"):
        with_values("select ?, ?", [1])


def test_a_quote_in_a_literal_or_a_name_ends_neither() -> None:
    assert literal("it's \\ \n", "text") == r"'it\u0027s \u005c \u000a'"
    assert literal(None, "bigint") == "cast(null as bigint)"
    assert quoted("a`b") == "`a``b`"


@pytest.mark.parametrize(
    ("location", "uri", "path"),
    [
        ("/a b/c", "file:///a b/c", "/a b/c"),
        ("s3a://bucket/a/", "s3a://bucket/a/", "/a"),
        ("hdfs:///a:b", "hdfs:///a:b", "/a:b"),
        ("hdfs://namenode:8020/a", "hdfs://namenode:8020/a", "/a"),
        ("file:/a", "file:/a", "/a"),
        ("/a:b/c:d", "file:///a:b/c:d", "/a:b/c:d"),
        ("s3a://bucket", "s3a://bucket", ""),
        ("s3a://bucket/a/../b/", "s3a://bucket/a/../b/", "/b"),
    ],
)
def test_what_is_no_uri_is_a_path_on_this_machine(location: str, uri: str, path: str) -> None:
    assert _uri(location) == uri
    assert _path(uri) == path
