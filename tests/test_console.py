"""Foreign text on the terminal: whatever a file, a server or a person names is shown as it is, by every command."""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from goldreel.cli import main
from goldreel.console import console, marked, visible
from goldreel.engines.base import Result
from goldreel.report import print_result

SOURCE = Path(__file__).parents[1] / "src" / "goldreel"
HOSTILE = [
    "h[/x]",
    "[red]a[/]",
    "[",
    "[/",
    "]",
    "\\",
    "\\[b]",
    "[link=x]",
    ":smile:",
    "{}",
    "{0}",
    "\ue000",
    "[@click=f]",
]
MARKUP = re.compile(r"\[/\]|\[(bold|dim|red|green|yellow|blue|cyan|italic)\b")


def shown(*parts: object, colour: bool = False) -> str:
    text = io.StringIO()
    written = console(file=text, width=200)
    written._force_terminal = colour
    for part in parts:
        written.print(part, soft_wrap=True)
    return text.getvalue()


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_shown_as_it_is_wherever_it_stands(value: str) -> None:
    assert shown(value) == f"{value}\n"
    assert shown(marked("{}", value)) == f"{value}\n"
    assert shown(marked("[bold]{}[/]: [red]{}[/]{}", value, value, value)) == f"{value}: {value}{value}\n"


def test_a_value_has_the_style_of_its_place() -> None:
    (span,) = marked("a [bold]{}[/] {}", "[red]x[/]", "y").spans
    assert (span.start, span.end, str(span.style)) == (2, 11, "bold")


def test_a_marked_value_keeps_its_own_style() -> None:
    verdict = marked("[red]{}[/]", "no")
    text = marked("[dim]is {}[/], {}", verdict, 1)
    assert text.plain == "is no, 1"
    assert {(span.start, span.end, str(span.style)) for span in text.spans} == {
        (0, 3, "dim"), (3, 5, "dim"), (3, 5, "red"),
    }  # fmt: skip


@pytest.mark.parametrize(("template", "values"), [("{}", ()), ("a", ("b",)), ("{} {}", ("a",))])
def test_as_many_values_as_places(template: str, values: tuple[str, ...]) -> None:
    with pytest.raises((AssertionError, StopIteration)):
        marked(template, *values)


def test_what_a_terminal_would_obey_is_shown_as_an_escape() -> None:
    assert shown(marked("{}", "a\x1b[2Jb\x07\x9bc\rd")) == "a\\x1b[2Jb\\x07\\x9bc\\x0dd\n"
    assert visible("two\nlines\tand a tab") == "two\nlines\tand a tab"


@pytest.mark.parametrize("value", HOSTILE)
def test_a_result_set_shows_names_and_values_as_they_are(value: str) -> None:
    text = io.StringIO()
    print_result(Result((value,), [(value,), ("\x1b[31m",), (None,)]), "table", console(file=text, width=200))
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    assert lines == [value, value, "\\x1b[31m", "null", "3 rows"]


@pytest.fixture
def goldreel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs the command in a folder and a home whose names are hostile; returns what it printed."""
    home = tmp_path / "h[/x]"
    monkeypatch.setenv("GOLDREEL_HOME", str(home))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["goldreel", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert ended.value.code == code, printed.out + printed.err
        return printed.out + printed.err

    return run


def test_every_command_shows_names_with_brackets(goldreel: Callable[..., str], tmp_path: Path) -> None:
    home, folder = str(tmp_path / "h[/x]"), tmp_path / "d[red]"
    assert home in goldreel("doctor")
    assert home in goldreel("status")
    assert home in goldreel("init")
    assert "d[red]/users.csv" in goldreel("generate", "d[red]", "--users", "20", "--sessions", "50", "--titles", "5")
    (folder / "users.csv").rename(folder / "users[red].csv")
    (folder / "users[bold].csv").write_text("no[/header]\n")
    (folder / "read[me].txt").write_text("x")
    loaded = goldreel("load", "d[red]", code=1)
    assert "users[red].csv  20 records loaded" in loaded
    assert "users[bold].csv  refused:" in loaded
    assert "read[me].txt" in loaded
    assert "users[red].csv" in goldreel("status")
    assert "no[/such]" in goldreel("run", "no[/such]", code=2)
    assert "[/x]" in goldreel("sql", "-q", "select 'a[/x]b' as \"[/x]\"")
    assert "[/x]" in goldreel("sql", "-q", 'select "[/x]"', code=1)
    assert "o[/x]/duckdb/bronze_to_silver.sql" in goldreel("export-sql", "--output", "o[/x]", "--check", code=1)


def _modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "console.py")


def test_there_is_one_way_to_make_a_console_and_no_other_way_to_read_markup() -> None:
    offenders = []
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "rich.markup":
                offenders.append(f"{path.name}:{node.lineno} reads markup by itself")
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Console":
                offenders.append(f"{path.name}:{node.lineno} makes a console of its own")
    assert offenders == [], "use goldreel.console"


def test_markup_stands_in_templates_only() -> None:
    offenders = []
    for path in _modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        text = {id(node) for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("print", "add_row", "add_column"):
                printed = [each for argument in node.args for each in _outside_templates(argument) if id(each) in text]
                offenders += [f"{path.name}:{each.lineno}" for each in printed if MARKUP.search(str(each.value))]
    assert offenders == [], 'markup that is printed as it is: marked("[red]{}[/]", value)'


def _outside_templates(node: ast.AST) -> list[ast.Constant]:
    """The constants of an expression that are no arguments of `marked`."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "marked":
        return []
    if isinstance(node, ast.Constant):
        return [node]
    return [each for child in ast.iter_child_nodes(node) for each in _outside_templates(child)]
