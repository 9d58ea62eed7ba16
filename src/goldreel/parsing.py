"""The dbt project as dbt reads it, before anything is built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from goldreel.dbt_calls import call_dbt


def parse_project(arguments: Sequence[str]) -> Any:
    """The project as a `dbtRunnerResult`, from dbt's parse cache where that still holds.

    Without the values of variables: with them the cache held for one day of `as_of` only, and every morning's build
    began with seconds of parsing. No model's configuration asks for them (tests/test_parsing.py).
    """
    return call_dbt(["parse", *arguments])
