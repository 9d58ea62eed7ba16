"""What the documents say to type can be typed, and prints what they show."""

from __future__ import annotations

import re
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from .markdown import DOCUMENTS, REPOSITORY, Block, blocks, inline_code
from .renew import renewed
from .sandbox import Sandbox, differences
from .words import commands, known_settings, unknown

RUN = {"bash", "python"}
ALL = [block for document in DOCUMENTS for block in blocks(document)]
SCRIPTS = [block for block in ALL if block.language in RUN]
SAYS = re.compile(r"not run here: .{10,}|needs spark|serves: http://localhost:\d+|output of: .+|illustration: .{10,}")
PATH = re.compile(r"(?:tests|src|docs|deploy|\.github)/[\w./-]+\w")


def named(block: Block) -> str:
    return block.place


@pytest.mark.parametrize("block", ALL, ids=named)
def test_every_block_runs_or_says_why_not(block: Block) -> None:
    hint = f"{block.place}: say above the block what it is (CONTRIBUTING.md, Documents)"
    assert block.language in RUN or block.said, hint
    if block.said:
        assert SAYS.fullmatch(block.said), f"{hint}; it says {block.said!r}"
        gone = [path for path in PATH.findall(block.said) if not (REPOSITORY / path).exists()]
        assert not gone, f"{block.place}: there is no {gone}"


@pytest.mark.parametrize("block", [block for block in SCRIPTS if block.language == "bash"], ids=named)
def test_every_script_is_one_that_the_shell_understands(block: Block) -> None:
    done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    found = [line for words in commands(block.text) for line in unknown(words)]
    assert not found, f"{block.place}: {found}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_in_a_sentence_exists(document: str) -> None:
    found = [
        f"{document}:{line}: `{code}`: {problem}"
        for line, code in inline_code(document)
        if re.match(r"goldreel |make |\.venv/bin/", code)
        for words in commands(re.sub(r"\[.*?\]|…", "", code))
        for problem in unknown(words)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_setting_that_is_named_is_read_somewhere(document: str) -> None:
    named = set(re.findall(r"\b(?:GOLDREEL|MSSQL)_[A-Z][A-Z_]+[A-Z]\b", (REPOSITORY / document).read_text("utf-8")))
    # A setting's name may be put together from its field and the prefix.
    unread = [
        name
        for name in sorted(named)
        if name not in known_settings() and f" {name.partition('_')[2].lower()}: " not in known_settings()
    ]
    assert not unread, f"{document}: {unread}"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return Sandbox.made(tmp_path_factory.mktemp("documents") / "goldreel")


@pytest.fixture(scope="module")
def typed(sandbox: Sandbox) -> Sandbox:
    """After all that the documents say to type here was typed, in their order."""
    for block in SCRIPTS:
        if block.said == "":
            sandbox.run(block)
    return sandbox


def test_all_commands_succeed_in_the_order_of_the_documents(typed: Sandbox) -> None:
    assert len(typed.printed) >= 3


@pytest.mark.parametrize("block", [block for block in ALL if block.is_output], ids=named)
def test_what_is_shown_is_what_is_printed(block: Block, typed: Sandbox) -> None:
    command = block.said.removeprefix("output of: ")
    assert command in typed.printed, f"{block.place}: no block above that runs is {command!r}"
    found = differences(block.text, typed.printed[command])
    assert not found, (
        f"{block.place}: `{command}` prints something else (python -m tests.documents.renew writes it anew):\n"
        + "\n".join(found)
    )


@pytest.mark.parametrize("block", [block for block in SCRIPTS if block.said.startswith("serves: ")], ids=named)
def test_what_serves_answers(block: Block, typed: Sandbox) -> None:
    address = block.said.removeprefix("serves: ")
    if answers(address):
        pytest.skip(f"something else serves {address} on this machine")
    with typed.serving(block) as process:
        for _ in range(600):
            assert process.poll() is None, f"{block.place} ends with {process.returncode}"
            if answers(address):
                return
            time.sleep(0.1)
    pytest.fail(f"{block.place} does not answer at {address}")


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.parametrize("block", [block for block in SCRIPTS if block.said == "needs spark"], ids=named)
def test_commands_on_spark_succeed(block: Block, java: str, tmp_path: Path) -> None:
    Sandbox.made(tmp_path / "goldreel").run(block)


def test_what_is_shown_is_compared_with_what_is_printed() -> None:
    printed = "Preparing …\n  a    1\n  b  2\nload 0.4 s, as of 2024-01-01\n"
    assert differences(" a 1\n\n b 2\nload 9.1 s, as of 2026-02-02\n", printed) == []
    assert differences("a 1\nb 3\nload 9.1 s, as of 2026-02-02\n", printed) == [
        "shown, not printed: b 3",
        "printed, not shown: b 2",
    ]
    assert differences("a 1\nload 9.1 s, as of 2026-02-02\nb 2", printed) == ["the order differs"]


def test_what_is_shown_can_be_renewed() -> None:
    text = "Type\n\n```bash\nmake run\n```\n\n<!-- output of: make run -->\n```\n  a 1\nb 3\n```\n"
    _, shown = blocks("a document", text)
    printed = "Preparing …\n  a   1 \n\nb 2\n"
    again = blocks("a document", renewed(text, shown, printed))[1]
    assert again.text == "  a   1\n\nb 2\n"
    assert differences(again.text, printed) == []


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("goldreel frobnicate", "no command frobnicate"),
        ("goldreel run --fast monday", "no option --fast"),
        ("docker compose run --rm goldreel status --loud", "no option --loud"),
        ("make coffee", "make has no word coffee"),
        (".venv/bin/python -m benchmarks.nothing", "no module benchmarks.nothing"),
        (".venv/bin/nothing", "no .venv/bin/nothing"),
        ("sh deploy/docker/nothing.sh && true", "no deploy/docker/nothing.sh"),
    ],
)
def test_a_command_that_does_not_exist_is_found(command: str, problem: str) -> None:
    (found,) = [line for words in commands(command) for line in unknown(words)]
    assert problem in found
