"""What an engine needs of the machine, beside a warehouse that can be reached; `goldreel doctor` tells it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from importlib.metadata import distributions
from pathlib import Path

from goldreel.config import EngineName, Settings
from goldreel.errors import GoldreelError

_OLDEST_JAVA = 17

PACKAGES: dict[EngineName, tuple[str, ...]] = {
    "duckdb": (),
    "sqlserver": ("dbt-sqlserver", "mssql-python"),
    "spark": ("dbt-spark", "pyspark"),
}
"""The packages that an engine needs beside those of the embedded one."""


def are_installed(engine: EngineName) -> bool:
    """Whether the packages that an engine needs are."""
    return {_plain(name) for name in PACKAGES[engine]} <= {_plain(each.name) for each in distributions()}


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def programs(settings: Settings) -> dict[str, Callable[[Settings], str]]:
    """The programs that the engine of the settings needs, each with what looks for it.

    Raises (what looks for it):
        GoldreelError: it is not there.
    """
    return {"Java": _java} if settings.engine == "spark" else {}


def _java(settings: Settings) -> str:
    if settings.spark_remote.startswith("sc://"):
        return f"not needed here: Spark runs at {settings.spark_server}"
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    remedy = "install Java 17 or newer (Debian: openjdk-17-jre-headless), or set GOLDREEL_SPARK_REMOTE"
    try:
        said = subprocess.run([java or "java", "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        raise GoldreelError("Spark needs Java, and there is none.", home or "PATH", remedy) from None
    found = re.search(r'version "(\d+)[^"]*"', said)
    if found is None or int(found.group(1)) < _OLDEST_JAVA:
        raise GoldreelError(f"Spark needs Java {_OLDEST_JAVA} or newer: {said.splitlines()[0]}", str(java), remedy)
    return f"{said.splitlines()[0]}, {java}"
