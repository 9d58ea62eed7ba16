"""Models as a script for DuckDB."""

from __future__ import annotations

from collections.abc import Sequence

from goldreel.engines.scripts.model import Model, comment, head, other_schemas


def script(name: str, all_models: Sequence[Model], layers: Sequence[str]) -> str:
    models = [model for model in all_models if model.layer in layers]
    how = (
        "Run it with `goldreel sql` (all in one transaction) or the duckdb shell, as often as you like. Each table is "
        "replaced in one step."
    )
    parts = [head(name, models, how)]
    parts += [f"create schema if not exists {schema};" for schema in other_schemas(models, "main")]
    for model in models:
        kind = "view" if model.is_view else "table"
        create = f"create or replace {kind} {model.schema}.{model.name} as\n{model.sql};"
        parts.append(f"{comment(f'{model.name}: {model.description}')}\n{create}")
    return "\n\n\n".join(parts) + "\n"
