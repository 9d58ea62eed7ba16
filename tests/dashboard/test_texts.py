"""Delivered text in running text: shown, and never read as Markdown."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from goldreel import dashboard
from goldreel.dashboard.texts import LONGEST, as_prose, as_text, enumerated, inserted

SPEAKS_MARKDOWN = {
    "badge", "caption", "error", "exception", "header", "html", "info", "link_button", "markdown", "page_link",
    "success", "subheader", "title", "toast", "warning", "write",
}  # fmt: skip

# What a page gives that is no constant, and still goldreel's own words: the style, the page's name, and how old it is.
OUR_OWN = (["_STYLE"], ["title"], ["f':red[**{age.told}**]'"])


@pytest.mark.parametrize(
    "name", ["Peru", "Côte d'Ivoire", "Bosnia and Herz.", "Åland", "日本", "snake_case_name", "3,141"]
)
def test_a_name_as_people_write_it_is_shown_as_it_is(name: str) -> None:
    assert as_text(name) == name


@pytest.mark.parametrize(
    "value",
    [
        "![x](http://foreign.test/p.png)", "[Peru](http://foreign.test)", "US$ or A$", ":red[x]", ":smile:", "<b>x</b>",
        "# x", "* x", "1. x", "http://foreign.test", "www.foreign.test", "a -> b", "a -- b", "**x**", "a | b", "&amp;",
        "x@foreign.test", "~~x~~", "> x", "[^1]", "\\[x\\]",
    ],
)  # fmt: skip
def test_what_could_mean_something_is_code(value: str) -> None:
    assert as_text(value) == f"`{value}`"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("``x", "``` ``x ```"),
        (" x", "`  x `"),
        ("a\n\n# b", r"`a\n\n# b`"),
        ("x\u202egnp.exe", r"`x\u202egnp.exe`"),
        ("", "(empty)"),
    ],
)
def test_nothing_ends_the_code_from_within_and_what_is_unseen_is_escaped(value: str, shown: str) -> None:
    assert as_text(value) == shown


def test_a_long_value_is_cut() -> None:
    assert as_text("x" * 100_000) == f"`{'x' * LONGEST}…`"


def test_a_sentence_keeps_its_words_and_its_commands() -> None:
    said = as_prose("What is in /tmp/a*b is no warehouse (see `goldreel doctor`): run `goldreel run FOLDER` first.")
    assert said == ("What is in `/tmp/a*b` is no warehouse (see `goldreel doctor`): run `goldreel run FOLDER` first.")


def test_values_are_text_and_the_template_is_markdown() -> None:
    assert inserted("**{name}** is {count}", name="*x*", count=3) == "**`*x*`** is 3"
    assert inserted("Not {names}.", names=["Peru", "*, x*"]) == "Not Peru, `*, x*`."


def test_a_long_list_says_how_much_is_left_out() -> None:
    assert enumerated(range(3)) == "0, 1, 2"
    assert enumerated(range(1_030), most=2) == "0, 1, and 1,028 more"


def test_pages_write_their_own_words_only_and_leave_values_to_the_frame() -> None:
    """What a page gives to Streamlit as Markdown stands there word for word: `frame` puts values in, as text."""
    package = Path(dashboard.__file__).parent
    calls = 0
    for file in [*(package / "views").glob("*.py"), package / "app.py"]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in SPEAKS_MARKDOWN and ast.unparse(node.func.value) == "st":
                calls += 1
                words = [ast.unparse(argument) for argument in node.args]
                own = words in OUR_OWN or all(isinstance(each, ast.Constant) for each in node.args)
                assert own, f"{file.name}: {ast.unparse(node)}"
            if ast.unparse(node.func) in ("frame.note", "frame.inform"):
                calls += 1
                strings = [
                    part for part in ast.walk(node.args[0]) if isinstance(part, ast.JoinedStr | ast.FormattedValue)
                ]
                assert strings == [], f"{file.name}: {ast.unparse(node)}"
    assert calls > 10
