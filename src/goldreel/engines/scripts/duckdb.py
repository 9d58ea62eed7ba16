"""Models as a script for DuckDB."""

from __future__ import annotations

from collections.abc import Sequence

from goldreel.engines.scripts.model import Model, one_statement_each

_HOW = (
    "Run it with `goldreel sql` (all in one transaction) or the duckdb shell, as often as you like. Each table is "
    "replaced in one step."
)


def script(name: str, all_models: Sequence[Model], layers: Sequence[str]) -> str:
    models = [model for model in all_models if model.layer in layers]
    return one_statement_each(
        name, models, _HOW, "main", lambda model: f"or replace {'view' if model.is_view else 'table'}"
    )
