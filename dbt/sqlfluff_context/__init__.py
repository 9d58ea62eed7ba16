"""What the models and macros expect from dbt, for the SQL linter: `adapter`, `dbt`, `target` and `var`.

The linter renders the models without dbt and without a warehouse. `ref`, `source`, `config` and `return` are its own;
what stands here makes the project's macros give the SQL that DuckDB gets, with the variables of `dbt_project.yml`.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from jinja2 import pass_context
from jinja2.runtime import Context

_PROJECT = yaml.safe_load((Path(__file__).parents[1] / "dbt_project.yml").read_text(encoding="utf-8"))


@pass_context
def _dispatch(context: Context, name: str, namespace: str) -> Any:
    """The project's macro for DuckDB: its own when there is one, else the default."""
    return context.get(f"duckdb__{name}") or context[f"default__{name}"]


def _quote(name: str) -> str:
    return f'"{name}"'


def var(name: str) -> Any:
    return _PROJECT["vars"][name]


adapter = SimpleNamespace(dispatch=_dispatch, quote=_quote)
target = SimpleNamespace(type="duckdb", schema="main")
dbt = SimpleNamespace(
    current_timestamp=lambda: "now()",
    dateadd=lambda part, count, day: f"({day} + cast({count} as bigint) * interval 1 {part})",
    datediff=lambda first, last, part: f"date_diff('{part}', {first}, {last})",
)
