"""How long CI takes for each word: `python -m benchmarks.words LOG`, of what `bash .ci/run 2>&1 | tee LOG` wrote.

`.ci/run` says behind each word how long it took. A log of a machine that others used at the same time tells CPU seconds
at most. With --record, its words replace those in `results/words.json`, which CONTRIBUTING quotes; the others stay.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from benchmarks import kept

TOOK = re.compile(r"^make (\S+) took (\d+) s, (\d+) \+ (\d+) CPU s$", re.MULTILINE)
TESTS = re.compile(r"^=+ (?:(\d+) failed, )?(\d+) passed.* in [\d.]+s", re.MULTILINE)
PACKAGES = ("goldreel", "dbt-core", "duckdb", "pytest")


def read(log: str) -> dict[str, dict[str, int]]:
    """What each word took, and how many tests passed under it."""
    found: dict[str, dict[str, int]] = {}
    begin = 0
    for match in TOOK.finditer(log):
        word, seconds, user, system = match[1], *(int(number) for number in match.groups()[1:])
        tests = TESTS.findall(log[begin : match.start()])
        found[word] = {"seconds": seconds, "cpu_seconds": user + system}
        if tests:
            found[word]["tests"] = int(tests[-1][1])
        begin = match.end()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.words", description=__doc__)
    parser.add_argument("log", type=Path, help="what .ci/run wrote")
    kept.add_option(parser)
    options = parser.parse_args()
    found = read(options.log.read_text(encoding="utf-8", errors="replace"))
    for word, took in found.items():
        print(f"make {word:<16}{took['seconds']:>6} s{took['cpu_seconds']:>7} CPU s{took.get('tests', 0):>7} tests")
    print(f"{'in all':<21}{sum(took['seconds'] for took in found.values()):>6} s")
    if options.record and found:
        file = kept.RESULTS / "words.json"
        known = json.loads(file.read_text(encoding="utf-8"))["figures"] if file.exists() else {}
        words = {word.replace("-", "_"): took for word, took in found.items()}
        kept.record("words", known | words, PACKAGES)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
