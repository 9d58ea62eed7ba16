"""Measured numbers in the documents, and the results they come from (renewed by python -m tests.documents.figures).

`35.6<!--= big.first.seconds --> s`: the comment, which readers do not see, says where in `benchmarks/results` the
number stands (`big.json`, under `figures`); `/ 1e9` or `* 100` may follow. How many decimals it has is up to the
document.
A number with a unit that was not measured by a program is under `<!-- figures: what they are -->`, which holds for what
follows it under the same heading.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from .markdown import DOCUMENTS, FENCE, REPOSITORY, read

RESULTS = REPOSITORY / "benchmarks" / "results"

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_QUOTED = re.compile(rf"(?P<shown>{_NUMBER})<!--= (?P<path>[\w.-]+)(?: (?P<by>[/*]) (?P<scale>[\d.e]+))? -->")
_WITH_UNIT = re.compile(
    rf"(?<![\w.,]){_NUMBER}(?P<quoted><!--= [^>]+ -->)?\s?(?:ms|s|seconds?|minutes?|[kMGT]B|×|rows/s|%)(?!\w)"
)
_EXCUSE = re.compile(r"<!-- figures: .{10,} -->")


class NoResult(Exception):
    """A document quotes what no result has."""


@cache
def result(name: str) -> dict[str, Any]:
    file = RESULTS / f"{name}.json"
    if not file.is_file():
        raise NoResult(f"there is no {file.relative_to(REPOSITORY)}")
    return dict(json.loads(file.read_text(encoding="utf-8")))


def value(path: str) -> float:
    """The number that a path such as `big.first.seconds` names."""
    name, *keys = path.split(".")
    found: Any = result(name)["figures"]
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            raise NoResult(f"benchmarks/results/{name}.json has no {path}")
        found = found[key]
    return float(found)


def as_measured(match: re.Match[str]) -> str:
    """A quoted number as the result has it, with the decimals of the document."""
    number, scale = value(match["path"]), float(match["scale"] or 1)
    decimals = len(match["shown"].partition(".")[2])
    return f"{number / scale if match['by'] == '/' else number * scale:,.{decimals}f}"


def stale(text: str) -> list[tuple[int, str]]:
    """The quoted numbers that differ from their results: line, and what differs."""
    lines = []
    for match in _QUOTED.finditer(text):
        try:
            measured = as_measured(match)
        except NoResult as error:
            measured = str(error)
        if measured != match["shown"]:
            lines.append((_line(text, match), f"{match['shown']}, and {match['path']} is {measured}"))
    return lines


def renewed(text: str) -> str:
    return _QUOTED.sub(lambda match: as_measured(match) + match[0].removeprefix(match["shown"]), text)


def unexplained(text: str) -> Iterator[tuple[int, str]]:
    """The numbers with a unit that neither come from a result nor are said to be something else: line, and number."""
    text = FENCE.sub(lambda match: "\n" * match[0].count("\n"), text)
    excused = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#"):
            excused = False
        elif _EXCUSE.fullmatch(line.strip()):
            excused = True
        elif not excused:
            for match in _WITH_UNIT.finditer(re.sub(r"`[^`]*`", "", line)):
                if not match["quoted"]:
                    yield number, match[0]


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.start()) + 1


def main() -> int:
    for document in DOCUMENTS:
        text = read(document)
        if renewed(text) != text:
            (REPOSITORY / document).write_text(renewed(text), encoding="utf-8")
            sys.stdout.write(f"renewed: {document}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
