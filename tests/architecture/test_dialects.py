"""Dialects stay where they belong, in `macros/cross_engine/` and `engines/`; all else is SQL of all engines.

`tests/portability` reads every compiled model as T-SQL and as Spark. This looks at what is written: a word that only
one engine knows, or means otherwise, and whatever asks which engine it is.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from architecture.code import PACKAGE, ROOT, modules, place, require_none, room, tree

DBT = ROOT / "dbt"
HOME = DBT / "macros" / "cross_engine"

# Types, functions and clauses. Each alternative is one engine's, or another thing on another engine.
WORDS = re.compile(
    r"""
    \b(
      # DuckDB
      qualify | unnest | read_(?:csv|json|parquet)\w* | list_\w+ | struct_pack | arg_m(?:ax|in) | date_diff
      | date_trunc | strptime | strftime | string_agg | regexp_\w+ | ilike | try_cast | varchar | double
      | boolean | exclude\s*\( | describe\s
      # T-SQL
      | nvarchar | datetime2 | charindex | patindex | string_split | openjson | json_value | (?:cross|outer)\s+apply
      | isnull\s*\( | iif\s*\( | dateadd | datediff | datepart | getdate | sysutcdatetime | try_convert | collate
      | sp_\w+ | top\s*\(
      # Spark
      | explode | rlike | lateral\s+view | collect_(?:set|list) | array_\w+ | date_(?:add|sub) | timestamp_ntz
      | tblproperties | using\s+(?:parquet|delta|iceberg) | sequence\s*\(
    )"""
    r"|::\s*\w",
    re.VERBOSE | re.IGNORECASE,
)
ASKS = re.compile(r"\btarget\.(?:type|name)\b|\badapter\.dispatch\b|\b(?:duckdb|sqlserver|spark|default)__\w+")
# A contract names each column's type by engine, and yml can call no macro: the types stand in dbt_project.yml.
TYPE_OF_THE_ENGINE = re.compile(r"\{\{ var\('types'\)\[target\.type\]\.\w+ \}\}")


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def sql_without_texts(text: str) -> str:
    """SQL whose comments and texts are blanked out, the rest in its place."""
    return re.sub(r"\{#.*?#\}|--[^\n]*|'(?:[^']|'')*'", _blank, text, flags=re.DOTALL)


def jinja_of(text: str) -> str:
    """What dbt runs in a yml: the rest of it are words for people."""
    kept = TYPE_OF_THE_ENGINE.sub(_blank, text)
    return "".join(
        piece if piece.startswith(("{{", "{%")) else re.sub(r"[^\n]", " ", piece)
        for piece in re.split(r"(\{\{.*?\}\}|\{%.*?%\})", kept, flags=re.DOTALL)
    )


def found_in(file: Path, text: str, pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {match.group().strip()}"
        for match in pattern.finditer(text)
    ]


SQL_FILES = [file for file in sorted(DBT.rglob("*.sql")) if HOME not in file.parents and "target" not in file.parts]
YML_FILES = sorted(DBT.joinpath("models").rglob("*.yml"))


def test_models_rules_and_data_tests_are_written_in_words_of_all_engines() -> None:
    assert len(SQL_FILES) > 40
    words = [each for file in SQL_FILES for each in found_in(file, sql_without_texts(file.read_text()), WORDS)]
    require_none(words, "call a macro of macros/cross_engine/, or add one there that says it on every engine")


def test_nothing_in_the_dbt_project_asks_which_engine_it_is() -> None:
    asked = [each for file in SQL_FILES for each in found_in(file, sql_without_texts(file.read_text()), ASKS)]
    asked += [each for file in YML_FILES for each in found_in(file, jinja_of(file.read_text()), ASKS)]
    require_none(asked, "dispatch in macros/cross_engine/, and call that macro")


def _texts(file: Path) -> list[ast.Constant]:
    """The texts of a module that are no docstrings."""
    docstrings = {
        id(node.value)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


QUERY = re.compile(r"\b(select|insert|delete|update|create|drop|alter)\b.*\b(from|into|table|view|set)\b", re.DOTALL)


def test_queries_outside_the_engines_are_written_in_words_of_all_engines() -> None:
    words = [
        f"{place(file, node)}: {match.group().strip()}"
        for file in modules(PACKAGE)
        if room(file) != "engines"
        for node in _texts(file)
        if QUERY.search(str(node.value))
        for match in WORDS.finditer(sql_without_texts(str(node.value)))
    ]
    require_none(
        words, "add to goldreel.engines.base.Engine what is asked here, and let each engine say it its own way"
    )


@pytest.mark.parametrize(
    ("written", "caught"),
    [
        ("select a from t qualify row_number() over (order by a) = 1", True),
        ("select a::int as b from t", True),
        ("select dateadd(day, 1, a) as b from t", True),
        ("select explode(split(a, ',')) as b from t", True),
        ("select cast(a as nvarchar(10)) as b from t", True),
        ("select a from t -- qualify is not portable\nwhere b = 'explode(x)'", False),
        ("select {{ as_text('a') }} as b, coalesce(a, 0) as c from {{ ref('t') }} {# no varchar #}", False),
    ],
)
def test_a_word_of_one_engine_is_caught_and_a_comment_or_a_text_is_not(written: str, caught: bool) -> None:
    assert bool(WORDS.search(sql_without_texts(written))) == caught


def test_asking_is_caught_and_the_type_of_a_column_is_not() -> None:
    column = "data_type: \"{{ var('types')[target.type].text }}\"\ndescription: the target.type of it\n"
    assert not ASKS.search(jinja_of(column))
    assert ASKS.search(jinja_of(column + "enabled: \"{{ target.type == 'spark' }}\""))
    assert ASKS.search(sql_without_texts("{% if target.type == 'duckdb' %} select 1 as a {% endif %}"))
