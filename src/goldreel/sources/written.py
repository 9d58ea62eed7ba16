"""YAML as a person wrote it: values, and the line that each stands on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from goldreel.errors import UsageError

Path = tuple[str | int, ...]
TODO = "TODO"

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")


@dataclass
class Written:
    """A YAML document.

    Attributes:
        value: what it says. Plain whole numbers, `true`, `false` and `null` are what they are; all else is text, as it
            is written: `no` is a country, and `2024-01-01` no object.
        lines: the line of each value, from 1, by its path.
        open: the lines with a TODO, and what it says there.
    """

    location: str
    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    open: list[tuple[int, str]] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of a value, or of what it would stand in."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)

    def unusable(self, what: str, path: Path, remedy: str) -> UsageError:
        return UsageError(what, f"{self.location}, line {self.line(path)}", remedy)


def read_yaml(location: str, text: str) -> Written:
    """Read a document.

    Raises:
        UsageError: it is no YAML, or says the same thing twice.
    """
    written = Written(location)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{location}, line {mark.line + 1}, column {mark.column + 1}" if mark else location
        said = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise UsageError(
            f"The source is no YAML: {said}.", place, "correct it there; a text with `: ` or `#` in it wants quotes"
        ) from None
    if node is None:
        raise UsageError("The source is empty.", location, "`goldreel adopt FOLDER` writes a draft")
    written.value = _value(written, node, (), 0)
    return written


def _value(written: Written, node: yaml.Node, path: Path, depth: int) -> Any:
    written.lines.setdefault(path, node.start_mark.line + 1)
    if depth > 30:
        raise written.unusable("The source is nested too deeply.", path, "write it flatter")
    if isinstance(node, yaml.ScalarNode):
        if node.value.startswith(TODO):
            written.open.append((node.start_mark.line + 1, node.value))
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(written, each, (*path, at), depth + 1) for at, each in enumerate(node.value)]
    values: dict[str, Any] = {}
    for key, value in node.value:
        name = key.value
        if not isinstance(name, str):
            raise written.unusable("A name is no text.", path, "write names as text")
        written.lines[*path, name] = key.start_mark.line + 1
        if name in values:
            raise written.unusable(f"{name!r} is said twice.", (*path, name), "say it once")
        values[name] = _value(written, value, (*path, name), depth + 1)
    return values


def _scalar(node: yaml.ScalarNode) -> str | int | bool | None:
    text: str = node.value
    if node.style is not None:  # in quotes, or a block
        return text
    if text in ("null", "~", ""):
        return None
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _WHOLE.fullmatch(text) else text
