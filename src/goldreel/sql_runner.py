"""Runs a SQL script on an engine: statement by statement, in one transaction, with variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
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


def run_script(engine: Engine, script: Script, *, transaction: bool = True) -> Iterator[Result]:
    """Run a script, statement by statement (T-SQL: batch by batch); yields each result that has columns or messages.

    Args:
        transaction: run all in one transaction, committed when the last result was taken, if the engine has them.

    Raises:
        GoldreelError: a statement failed; names the script, the statement and its line. In a transaction nothing
            was changed; without, what came before it stays.
    """
    statements = engine.statements(script.text)
    transaction = transaction and engine.has_transactions
    with engine.transaction() if transaction else nullcontext():
        for number, statement in enumerate(statements, start=1):
            for _ in range(statement.times):
                try:
                    yield from engine.results(statement.text)
                except engine.errors as error:
                    kept = "none of its changes were kept" if transaction else "what ran before it was kept"
                    raise GoldreelError(
                        f"Statement {number} of {len(statements)} failed: {str(error).strip()}",
                        where=f"{script.name}, line {statement.line}",
                        remedy=f"correct the script; {kept}",
                    ) from error
