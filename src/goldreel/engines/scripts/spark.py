"""Models as Spark gets them."""

from __future__ import annotations

from collections.abc import Sequence

from goldreel.engines.scripts.model import Model, comment, head, other_schemas


def script(name: str, all_models: Sequence[Model], layers: Sequence[str]) -> str:
    models = [model for model in all_models if model.layer in layers]
    how = (
        "For reading, and so that a change to a macro shows what it does to Spark. `goldreel run --engine spark` "
        "builds the models, in the schema whose turn it is, which is called `default` here."
    )
    parts = [head(name, models, how)]
    parts += [f"create schema if not exists {schema};" for schema in other_schemas(models, "default")]
    for model in models:
        kind = "or replace view" if model.is_view else "table"
        create = f"create {kind} {model.full_name} as\n{model.sql};"
        parts.append(f"{comment(f'{model.name}: {model.description}')}\n{create}")
    return "\n\n\n".join(parts) + "\n"
