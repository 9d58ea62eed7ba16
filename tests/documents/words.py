"""Whether a command in a document is one that exists: its words, its options, and the files that it names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from goldreel.cli import cli

from .markdown import REPOSITORY

_ROOMS = tuple(
    f"{name}/" for name in ("benchmarks", "dags", "dbt", "deploy", "docs", "notebooks", "sql", "src", "tests")
)
_ELLIPSIS = re.compile(r"\[[^\]]*…?\]|…")


def commands(text: str) -> list[list[str]]:
    """The commands of a shell script, each as its words; continued lines are one, comments are left out."""
    found = []
    for line in re.sub(r"\\\n", " ", text).splitlines():
        for part in re.split(r"&&|\||;|\$\(|>>?|<(?!<)", line):
            try:
                words = shlex.split(part, comments=True)
            except ValueError:  # half of what stands in quotes
                continue
            while words and re.fullmatch(r"\w+=.*", words[0]):
                words = words[1:]
            if words:
                found.append(words)
    return found


def unknown(words: list[str]) -> Iterator[str]:
    """What a command names and is not there."""
    program, *arguments = words
    if program in ("docker", "kubectl") and {"goldreel", "run"} <= set(arguments) and "--entrypoint" not in arguments:
        program, *arguments = arguments[arguments.index("goldreel") :]
    if program in ("goldreel", ".venv/bin/goldreel"):
        yield from _unknown_to_goldreel(arguments)
    elif program == "make":
        targets = [word for word in arguments if re.fullmatch(r"[a-z-]+", word)]
        yield from (f"make has no word {word}" for word in targets if word not in _make_words())
    elif program == ".venv/bin/python" and arguments[:1] == ["-m"]:
        modules = [folder / arguments[1].replace(".", "/") for folder in (REPOSITORY, REPOSITORY / "src")]
        if not any(each.with_suffix(".py").is_file() or (each / "__main__.py").is_file() for each in modules):
            yield f"there is no module {arguments[1]}"
    elif program.startswith(".venv/bin/") and not (REPOSITORY / program).exists():
        yield f"there is no {program}"
    for word in words:
        path = word.removeprefix("./").split(":")[0]
        if path.startswith(_ROOMS) and not any(sign in path for sign in "*…<>{") and not (REPOSITORY / path).exists():
            yield f"there is no {path}"


def _unknown_to_goldreel(arguments: list[str]) -> Iterator[str]:
    arguments = [word.strip("[]") for word in arguments]
    name = next((word for word in arguments if not word.startswith("-")), None)
    command = cli.commands.get(name) if name else cli
    if command is None:
        yield f"goldreel has no command {name}"
        return
    options = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h", "--version"}
    for word in arguments:
        if re.match(r"--?[a-z]", word) and word.split("=")[0] not in options:
            yield f"goldreel {name or ''} has no option {word}"


@cache
def _make_words() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@cache
def known_settings() -> str:
    """All text in which a variable of the environment may be read or handed on."""
    places = ("src", "tests", "deploy", "dags", ".ci", ".github", "Dockerfile", "docker-compose.yaml", ".env.example")
    files: list[Path] = []
    for place in places:
        path = REPOSITORY / place
        files += [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    texts = (file.read_bytes().decode("utf-8", "ignore") for file in files if file.stat().st_size < 1_000_000)
    return "\n".join(texts)
