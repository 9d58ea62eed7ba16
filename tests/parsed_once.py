"""dbt's reading of the project, made once in each process of the tests and not once for each home (2 CPU seconds);
and the Python that it makes of the templates in it.

The project does not change while tests run. What dbt finds in it depends on the target, and on the few variables of
the environment that profiles and configuration ask for; both are the key here. `tests/test_parsing.py` says that the
values of dbt variables do not matter, and uses dbt as it is, as all that starts goldreel in a process of its own does.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from dbt_common.clients.jinja import MacroFuzzEnvironment

from goldreel import parsing

really_parse = parsing.parse_project

really_compile = MacroFuzzEnvironment.compile

_NOT_ASKED = ("--target-path", "--log-path", "--log-level", "--log-level-file")  # what is found does not depend on them
_READ = ("GOLDREEL_", "MSSQL_")
_NOT_READ = (
    "GOLDREEL_HOME",
    "GOLDREEL_DUCKDB_FILE",
    "GOLDREEL_SEEN_LOAD_ID",
    "GOLDREEL_BUILT_LOAD_ID",
    "GOLDREEL_LAST_TURN",
)
_found: dict[tuple[Any, ...], Any] = {}


def parse_project(arguments: Sequence[str]) -> Any:
    """In the place of `goldreel.parsing.parse_project`."""
    words = [word for word in arguments if word not in ("--quiet", "--no-use-colors", "--no-write-json")]
    for option in set(_NOT_ASKED).intersection(words):
        at = words.index(option)
        del words[at : at + 2]
    environment = {
        name: value for name, value in os.environ.items() if name.startswith(_READ) and name not in _NOT_READ
    }
    key = (*sorted(words), *sorted(environment.items()))
    if key not in _found:
        result = really_parse(arguments)
        if not result.success:
            return result
        _found[key] = result
    return _found[key]


_compiled: dict[tuple[Any, ...], Any] = {}


def compile_template(environment: MacroFuzzEnvironment, source: Any, *rest: Any, **named: Any) -> Any:
    """In the place of dbt's, which makes the same Python of the same templates in each run (a twelfth of a build)."""
    key = (type(environment), source, *rest, *sorted(named.items()))
    if key not in _compiled:
        _compiled[key] = really_compile(environment, source, *rest, **named)
    return _compiled[key]
