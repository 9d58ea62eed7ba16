"""Models as Spark gets them."""

from __future__ import annotations

from collections.abc import Sequence

from goldreel.engines.scripts.model import Model, one_statement_each

_HOW = (
    "For reading, and so that a change to a macro shows what it does to Spark. `goldreel run --engine spark` builds "
    "the models, in the schema whose turn it is, which is called `default` here."
)


def script(name: str, all_models: Sequence[Model], layers: Sequence[str]) -> str:
    models = [model for model in all_models if model.layer in layers]
    return one_statement_each(
        name, models, _HOW, "default", lambda model: "or replace view" if model.is_view else "table"
    )
