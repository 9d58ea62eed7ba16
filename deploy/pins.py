#!/usr/bin/env python3
"""Pin what is fetched while building and testing, and renew the pins: make pins [WHAT="images actions uv"]

images   base images by digest, in the Dockerfile, the compose file, the manifests and the workflows (asks their
         registries through `docker buildx imagetools`; no daemon is needed)
actions  the workflows' actions by the commit of their newest release (asks github.com through `git ls-remote`)
uv       the installer by the hashes of its wheels, in deploy/uv.txt (asks the package registry through uv)

With --check nothing is asked and nothing written: exit code 1 when something is not pinned. Look at the difference
before you keep it: a pin says what was fetched, not that it is good.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
UV = "deploy/uv.txt"
WITH_IMAGES = (
    "Dockerfile",
    "docker-compose.yaml",
    "deploy/kubernetes/**/*.yaml",
    ".github/workflows/*.yml",
    ".env.example",
)

# The images that are not made here. A digest, where there is one, stands behind the tag.
_IMAGE = re.compile(
    r"(?:(?<=:-)|(?<![\w./-]))(?P<tag>(?:mcr\.microsoft\.com/mssql/server|postgres|python):[\w.-]+)(?P<digest>@sha256:[0-9a-f]{64})?"
)
_ACTION = re.compile(r"uses: (?P<name>[\w.-]+/[\w.-]+)@(?P<at>\S+)(?P<tag> # v[\d.]+)?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}")


class NotReached(Exception):
    """Where a pin comes from does not answer."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=[[], *_RENEW], help="[all]")
    parser.add_argument("--check", action="store_true", help="only say what is not pinned")
    options = parser.parse_args()
    failed = False
    for what in options.what or _RENEW:
        if options.check:
            loose = list(_LOOSE[what]())
            failed = failed or bool(loose)
            print("\n".join(loose) or f"{what}: pinned")
            continue
        try:
            print(f"{what}: {_RENEW[what]()}")
        except NotReached as error:
            failed = True
            print(f"{what}: left as they were: {error}", file=sys.stderr)
    return int(failed)


def _files(patterns: tuple[str, ...]) -> list[Path]:
    return [file for pattern in patterns for file in sorted(ROOT.glob(pattern))]


def _rewrite(files: list[Path], pattern: re.Pattern[str], pinned: Callable[[re.Match[str]], str]) -> int:
    """Replace every match; all is looked up before anything is written. Returns how many files changed."""
    texts = {file: file.read_text(encoding="utf-8") for file in files}
    new = {file: pattern.sub(pinned, text) for file, text in texts.items()}
    changed = [file for file in files if new[file] != texts[file]]
    for file in changed:
        file.write_text(new[file], encoding="utf-8")
    return len(changed)


def _loose(files: list[Path], pattern: re.Pattern[str], is_pinned: Callable[[re.Match[str]], bool]) -> Iterator[str]:
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if line.lstrip().startswith("#"):
                continue
            for match in pattern.finditer(line):
                if not is_pinned(match):
                    yield f"{file.relative_to(ROOT)}:{number}: {match[0].strip()} is not pinned: run `make pins`"


def renew_images() -> str:
    changed = _rewrite(_files(WITH_IMAGES), _IMAGE, lambda match: f"{match['tag']}@{_digest(match['tag'])}")
    return f"renewed in {changed} files"


@cache
def _digest(tag: str) -> str:
    asked = _asked("docker", "buildx", "imagetools", "inspect", tag, "--format", "{{.Manifest.Digest}}").strip()
    if not _DIGEST.fullmatch(asked):
        raise NotReached(f"the registry gave no digest of {tag}: {asked[:200]}")
    return asked


def renew_actions() -> str:
    def pinned(match: re.Match[str]) -> str:
        tag, commit = _newest_release(match["name"])
        return f"uses: {match['name']}@{commit} # {tag}"

    return f"renewed in {_rewrite(_files(('.github/workflows/*.yml',)), _ACTION, pinned)} files"


@cache
def _newest_release(action: str) -> tuple[str, str]:
    """The tag and the commit of an action's newest release."""
    lines = _asked("git", "ls-remote", "--tags", f"https://github.com/{action}").splitlines()
    found: dict[tuple[int, ...], tuple[str, str]] = {}
    for line in lines:
        commit, _, reference = line.partition("\t")
        if release := re.fullmatch(r"refs/tags/(v(\d+)\.(\d+)\.(\d+))(\^\{\})?", reference):
            number = tuple(int(part) for part in release.group(2, 3, 4))
            if release[5] or number not in found:  # an annotated tag's commit is the peeled one
                found[number] = (release[1], commit)
    if not found:
        raise NotReached(f"github.com has no release of {action}")
    return found[max(found)]


def renew_uv() -> str:
    uv = Path(".uv/bin/uv") if (ROOT / ".uv" / "bin" / "uv").exists() else Path("uv")
    head = "# uv by the hashes of its wheels, for pip --require-hashes; renewed by `make pins WHAT=uv`.\n"
    pinned = _asked(str(uv), "pip", "compile", "-", "--generate-hashes", "--no-deps", "--no-header", "-q", given="uv\n")
    text = "".join(line + "\n" for line in pinned.splitlines() if not line.strip().startswith("#"))
    changed = (ROOT / UV).read_text(encoding="utf-8") != head + text if (ROOT / UV).exists() else True
    (ROOT / UV).write_text(head + text, encoding="utf-8")
    return "renewed" if changed else "nothing newer"


def _uv_is_loose() -> Iterator[str]:
    text = (ROOT / UV).read_text(encoding="utf-8") if (ROOT / UV).exists() else ""
    if not re.search(r"^uv==[\d.]+ \\\n(?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+$", text, re.MULTILINE):
        yield f"{UV}: uv is not pinned by hashes: run `make pins WHAT=uv`"


def _asked(*command: str, given: str = "") -> str:
    try:
        done = subprocess.run(command, input=given, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise NotReached(f"{' '.join(command[:2])}: {error}") from error
    if done.returncode:
        raise NotReached(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


_RENEW: dict[str, Callable[[], str]] = {"images": renew_images, "actions": renew_actions, "uv": renew_uv}
_LOOSE: dict[str, Callable[[], Iterator[str]]] = {
    "images": lambda: _loose(_files(WITH_IMAGES), _IMAGE, lambda match: bool(match["digest"])),
    "actions": lambda: _loose(
        _files((".github/workflows/*.yml",)),
        _ACTION,
        lambda match: bool(_COMMIT.fullmatch(match["at"]) and match["tag"]),
    ),
    "uv": _uv_is_loose,
}

if __name__ == "__main__":
    sys.exit(main())
