"""Models as plain scripts, in the words of each engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from goldreel.config import EngineName
from goldreel.engines.scripts import duckdb, spark, sqlserver
from goldreel.engines.scripts.model import Model, for_reading

__all__ = ["WRITERS", "Model", "for_reading"]

WRITERS: dict[EngineName, Callable[[str, Sequence[Model], Sequence[str]], str]] = {
    "duckdb": duckdb.script,
    "sqlserver": sqlserver.script,
    "spark": spark.script,
}
"""What writes the script of a name, of those of all models that stand in the given layers."""
