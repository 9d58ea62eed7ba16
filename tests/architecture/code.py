"""The code of the repository, as the tests of its architecture read it: without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "goldreel"


def modules(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*.py") if "__pycache__" not in file.parts)


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def place(file: Path, node: ast.AST) -> str:
    """File and line, as editors open them."""
    return f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def room(file: Path) -> str:
    """The module or package directly below `goldreel` that a file belongs to; "" for `goldreel` itself."""
    first = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imports(file: Path) -> Iterator[tuple[ast.stmt, str]]:
    """What a file imports, anywhere in it: `package.module.name`, or the module where all of it is imported."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from ((node, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level and file.is_relative_to(PACKAGE):
                above = file.relative_to(PACKAGE.parent).with_suffix("").parts[: -node.level]
                module = ".".join([*above, *([module] if module else [])])
            yield from ((node, f"{module}.{each.name}") for each in node.names)


def require_none(found: Iterable[str], remedy: str) -> None:
    """Fail with all that was found, line by line, and what to do about it."""
    lines = list(found)
    assert not lines, "\n".join(["", *lines, f"What to do: {remedy}."])
