"""Results that the documents quote: each benchmark, with --record, writes its own to `results/NAME.json`.

A number in a document is followed by a comment that names where it stands here; tests/documents holds it against the
file, and `python -m tests.documents.figures` writes the documents anew after a measurement.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def add_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--record", action="store_true", help="keep the result as the one that the documents quote")


def record(name: str, figures: dict[str, object], packages: tuple[str, ...]) -> None:
    """Keep a result.

    Args:
        figures: the numbers, in seconds, bytes, rows and ratios, nested as documents name them.
        packages: those whose versions matter.
    """
    average = os.getloadavg()[0]
    kept = {
        "written_by": " ".join(["python -m", f"benchmarks.{Path(sys.argv[0]).stem}".removesuffix(".__main__")]),
        "measured_on": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{len(os.sched_getaffinity(0))} cores, {platform.system()} {platform.machine()}",
        "load_before": round(average, 1),
        "versions": {"python": platform.python_version()} | {package: version(package) for package in packages},
        "figures": figures,
    }
    file = RESULTS / f"{name}.json"
    file.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    print(f"\nKept: {file} (documents: python -m tests.documents.figures)")
