"""Runs a SQL script on an engine: statement by statement, in one transaction, with variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from goldreel.engines.base import Engine, Result
from goldreel.errors import GoldreelError, UsageError

_VARIABLE = re.compile(r"\$\((\w+)\)")


@dataclass(frozen=True)
class Script:
    """SQL to run.

    Attributes:
        name: where it comes from, for messages: a file, or `-q`.
    """

    name: str
    text: str

    def with_variables(self, variables: Mapping[str, str]) -> Script:
        """The script with each `$(name)` replaced by its value.

        Raises:
            UsageError: a variable has no value.
        """
        missing = sorted({name for name in _VARIABLE.findall(self.text) if name not in variables})
        if missing:
            raise UsageError(
                f"The script uses variables that have no value: {', '.join(missing)}.",
                where=self.name,
                remedy="give each one: " + " ".join(f"--var {name}=…" for name in missing),
            )
        return Script(self.name, _VARIABLE.sub(lambda match: variables[match.group(1)], self.text))


def run_script(engine: Engine, script: Script) -> Iterator[Result]:
    """Run all statements in one transaction; yields the result of each one that returns columns.

    The transaction is committed when the last result was taken.

    Raises:
        GoldreelError: a statement failed; names the script, the statement and its line. Nothing was changed.
    """
    position = 0
    statements = engine.statements(script.text) if script.text.strip() else []
    with engine.transaction():
        for number, statement in enumerate(statements, start=1):
            start = max(script.text.find(statement.strip(), position), position)
            line = script.text.count("\n", 0, start) + 1
            position = start + len(statement.strip())
            try:
                result = engine.execute(statement)
            except engine.errors as error:
                raise GoldreelError(
                    f"Statement {number} of {len(statements)} failed: {str(error).strip()}",
                    where=f"{script.name}, line {line}",
                    remedy="correct the script; none of its changes were kept",
                ) from error
            if result.columns:
                yield result
