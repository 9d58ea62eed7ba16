"""Write the skeleton of a gold table, in every place that a gold table stands in: make new-gold NAME=gold_…

It builds, and its tests pass, from the beginning, on a formula that stands in for yours. What is to be written is
marked TODO, and the tests refuse the table (tests/gold_tables) until no mark is left.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from pathlib import Path

from .parts import DASHBOARD, GOLD, KEYS, VERIFY, Repository, todos

SKELETON = Path(__file__).parent / "skeleton"
PAGES = ("overview", "audience", "content", "retention", "data_quality")


class Unusable(Exception):
    """The table cannot be begun; nothing was written."""


def begin(root: Path, table: str, page: str = "overview") -> list[str]:
    """Write the skeleton of a table; returns the files written or changed.

    Args:
        page: the page of the dashboard that shows it.

    Raises:
        Unusable: such a table cannot be made, or a file is not as this program knows it.
    """
    if not re.fullmatch(r"gold_[a-z][a-z0-9_]{2,34}", table):
        raise Unusable(
            f"{table}: name it gold_ and what it is about, in small letters, 40 at most: NAME=gold_device_quality"
        )
    if table in Repository(root).tables():
        raise Unusable(f"{table} is there already: {GOLD}/{table}.sql")
    if page not in PAGES:
        raise Unusable(f"{page} is no page of the dashboard: choose one of {', '.join(PAGES)}")
    changes: dict[str, Callable[[str, str], str]] = {
        KEYS: _in_keys,
        "tests/oracle/gold.py": _in_numbers,
        "tests/oracle/silver.py": _in_build,
        VERIFY: _in_verify,
        f"{DASHBOARD}/views/{page}.py": _in_view,
        "README.md": _in_readme,
        "CHANGELOG.md": _in_changelog,
    }
    written = {f"{GOLD}/{table}{suffix}": _filled(f"model{suffix}", table) for suffix in (".sql", ".yml")}
    for path, change in changes.items():
        try:
            written[path] = change((root / path).read_text(encoding="utf-8"), table)
        except LookupError as error:
            raise Unusable(f"{path} has no {error}: correct {Path(__file__).name}, which looks for it") from error
    for path, text in written.items():
        (root / path).write_text(text, encoding="utf-8")
    return list(written)


def _filled(skeleton: str, table: str) -> str:
    text = (SKELETON / skeleton).read_text(encoding="utf-8")
    return text.replace("{table}", table).replace("{name}", table.removeprefix("gold_"))


def _in_keys(text: str, table: str) -> str:
    lines = f'    # TODO({table}): the columns that identify a row\n    "{table}": ("device_type",),\n'
    return _after_last(text, r'    "gold_\w+": \(.*\n', lines)


def _in_numbers(text: str, table: str) -> str:
    return text.rstrip("\n") + "\n" + _filled("oracle.py.txt", table)


def _in_build(text: str, table: str) -> str:
    name = table.removeprefix("gold_")
    imported = _found(r"from oracle\.gold import \(\n((?:    \w+,\n)+)\)", text)
    names = sorted([*imported[1].splitlines(), f"    {name},"])
    text = text[: imported.start(1)] + "\n".join(names) + "\n" + text[imported.end(1) :]
    at = _found(r'^    tables\["gold_data_quality"\] = ', text).start()  # what follows the numbers
    mark = f"    # TODO({table}): what it is made from\n"
    return f'{text[:at]}{mark}    tables["{table}"] = {name}(counted)\n{text[at:]}'


def _in_verify(text: str, table: str) -> str:
    text = _after_last(text, r"        \(3, 'gold', 'dbo', '\w+'\),\n", f"        (3, 'gold', 'dbo', '{table}'),\n")
    line = f"    union all select 3, 'gold', '{table}', count_big(*) from dbo.{table}\n"
    return _after_last(text, r"    union all select 3, 'gold', .*\n", line)


def _in_view(text: str, table: str) -> str:
    name = table.removeprefix("gold_")
    functions = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    if "show" not in functions or f"_{name}" in functions:
        raise LookupError(f"function show, or has a function _{name} already")
    lines = text.splitlines(keepends=True)
    end = functions["show"].end_lineno
    title = name.replace("_", " ").capitalize()
    lines.insert(end or 0, f'    frame.section("{title}", lambda: _{name}(publication))\n')
    return "".join(lines).rstrip("\n") + "\n" + _filled("dashboard.py.txt", table)


def _in_readme(text: str, table: str) -> str:
    last = _found(r"^( {40,})gold_\w+\n(?!\1)", text)
    return f"{text[: last.end()]}{last[1]}{table}\n{text[last.end() :]}"


def _in_changelog(text: str, table: str) -> str:
    unreleased = _found(r"^## Unreleased\n", text).end()
    line = f"- **`{table}`**: TODO({table}): what it tells, in a line.\n"
    features = re.compile(r"\n### Features\n\n").match(text, unreleased) or re.compile(
        r"(?:(?!^## ).*\n)*?### Features\n\n", re.MULTILINE
    ).match(text, unreleased)
    if features is None:
        return f"{text[:unreleased]}\n### Features\n\n{line}{text[unreleased:]}"
    return text[: features.end()] + line + text[features.end() :]


def _found(pattern: str, text: str) -> re.Match[str]:
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise LookupError(f"line like {pattern}")
    return match


def _after_last(text: str, pattern: str, line: str) -> str:
    matches = list(re.finditer(pattern, text))
    if not matches:
        raise LookupError(f"line like {pattern}")
    return text[: matches[-1].end()] + line + text[matches[-1].end() :]


def main(arguments: list[str]) -> int:
    root = Path(__file__).parents[2]
    try:
        written = begin(root, *arguments)
    except Unusable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(
        "Written:\n"
        + "".join(f"  {path}\n" for path in written)
        + "To do, until `.venv/bin/pytest tests/gold_tables` passes (CONTRIBUTING.md, A gold table, step by step):\n"
        + "".join(f"  {place}: {what}\n" for place, what in todos(root))
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
