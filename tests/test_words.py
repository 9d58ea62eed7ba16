"""Which word runs which test: each test has one, and CI says them all."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from dealing import LONG, TOGETHER, group_of
from needs import NEEDS, Need

pytest_plugins = ["pytester"]

TESTS = Path(__file__).parent
ROOT = TESTS.parent
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
ONE_OF_EACH = "\n".join(
    [
        "import pytest",
        *(f"@pytest.fixture\ndef {need.fixture}(): pass" for need in NEEDS),
        "@pytest.fixture",
        f"def through_another({NEEDS[0].fixture}): pass",
        "def test_that_needs_nothing(tmp_path): pass",
        *(f"def test_that_needs_{need.name}({need.fixture}): pass" for need in NEEDS),
        "def test_that_needs_it_through_another(through_another): pass",
        f"def test_that_needs_two({NEEDS[2].fixture}, {NEEDS[-1].fixture}): pass",
    ]
)


def recipe(word: str) -> str:
    """What `make WORD` runs."""
    found = re.search(rf"^{word}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert found, f"add a target {word} to the Makefile: tests/needs.py names what it is for"
    return found[1]


def selected(pytester: pytest.Pytester, word: str) -> set[str]:
    """The tests that a word runs, of a file with one of each kind."""
    marks = re.search(r'-m (?:"([^"]+)"|(\w+))', recipe(word))
    arguments = ["-m", marks[1] or marks[2]] if marks else []
    done = pytester.runpytest_inprocess("--collect-only", "-q", "-p", "no:cacheprovider", *arguments)
    return {line.partition("::")[2] for line in done.outlines if "::" in line}


@pytest.fixture
def one_of_each(pytester: pytest.Pytester) -> pytest.Pytester:
    """A file of tests beside our own conftest."""
    pytester.makepyfile(test_one_of_each=ONE_OF_EACH)
    pytester.makeconftest((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    pytester.makeini(f"[pytest]\nmarkers =\n    {'    '.join(f'{need.name}: x{chr(10)}' for need in NEEDS)}")
    pytester.syspathinsert(ROOT / "tests")
    return pytester


def test_every_test_runs_under_some_word_and_under_test_all(one_of_each: pytest.Pytester) -> None:
    everything = selected(one_of_each, "test-all")
    assert len(everything) == len(NEEDS) + 3
    words = ["test", *(f"test-{need.name}" for need in NEEDS)]
    ran = {word: selected(one_of_each, word) for word in words}
    assert set().union(*ran.values()) == everything
    assert ran["test"] == {"test_that_needs_nothing"}
    assert sum(map(len, ran.values())) == len(everything), "a test runs under one word"


def test_a_test_is_marked_by_what_it_uses_directly_or_not(one_of_each: pytest.Pytester) -> None:
    through = {"test_that_needs_it_through_another", f"test_that_needs_{NEEDS[0].name}"}
    assert selected(one_of_each, f"test-{NEEDS[0].name}") == through


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.name)
def test_who_says_a_word_wants_its_tests_to_run(need: Need) -> None:
    assert f"{need.required}=1" in recipe(f"test-{need.name}")


def test_no_test_is_marked_by_hand() -> None:
    marks = "|".join(need.name for need in NEEDS)
    by_hand = re.compile(rf"pytest\.mark\.({marks})\b")
    found = [str(file.relative_to(ROOT)) for file in ROOT.glob("tests/**/*.py") if by_hand.search(file.read_text())]
    assert found == [], f"use one of the fixtures {[need.fixture for need in NEEDS]} in place of a mark"


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.name)
def test_the_fixture_that_stands_for_a_need_can_be_used_wherever_it_is_asked_for(need: Need) -> None:
    defined = re.compile(rf"^def {need.fixture}\(", re.MULTILINE)
    homes = [file.parent for file in TESTS.glob("**/conftest.py") if defined.search(file.read_text(encoding="utf-8"))]
    assert homes, need
    asked = re.compile(rf"^def \w+\([^)]*\b{need.fixture}: ", re.MULTILINE)
    lost = [
        str(file.relative_to(ROOT))
        for file in TESTS.glob("**/*.py")
        if asked.search(file.read_text(encoding="utf-8")) and not any(home in file.parents for home in homes)
    ]
    assert lost == [], f"move the fixture {need.fixture} to tests/conftest.py"


def test_ci_says_every_word() -> None:
    said = set(re.findall(r"\bmake (test[a-z-]*)", CI))
    assert said == {"test", *(f"test-{need.name}" for need in NEEDS)}
    assert CI.index("make test\n") < CI.index("make test-"), "the short verdict first"


def test_ci_is_a_script_that_the_shell_can_read() -> None:
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)


def test_the_groups_that_are_begun_first_are_there() -> None:
    """A file that was moved or renamed would lose its place without a word."""
    files = [file.relative_to(TESTS).as_posix() for file in TESTS.rglob("test_*.py")]
    assert set(LONG) <= {group_of(TESTS / name) for name in files}
    assert all(any(name == shared or name.startswith(f"{shared}/") for name in files) for shared in TOGETHER)
    assert "--dist loadfile --no-loadscope-reorder" in MAKEFILE
