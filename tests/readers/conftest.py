"""Older versions of DuckDB, to read with what is published."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from needs import READERS

ROOT = Path(__file__).parents[2]

READ_ALL = """
import json, sys
import duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
tables = connection.execute(
    "select table_schema, table_name from information_schema.tables order by 1, 2"
).fetchall()
found = {}
for schema, name in tables:
    rows = connection.execute(f'select * from "{schema}"."{name}"').fetchall()
    found[f"{schema}.{name}"] = [len(rows), sum(len(str(value)) for row in rows for value in row if value is not None)]
print(json.dumps({"version": duckdb.__version__, "tables": found}))
"""

Read = Callable[[str, Path], dict[str, object]]


@pytest.fixture(scope="session")
def older_duckdb() -> Read:
    """Reads a file with a DuckDB of another version, that is installed for it."""
    own = ROOT / ".uv" / "bin" / "uv"
    uv = shutil.which("uv") or (str(own) if own.exists() else "")
    if not uv:
        READERS.is_missing("there is no uv, which installs older versions of DuckDB (`make setup` brings it)")

    def read(version: str, file: Path) -> dict[str, object]:
        older = [uv, "run", "--quiet", "--isolated", "--no-project", "--with", f"duckdb=={version}"]
        done = subprocess.run(
            [*older, "python", "-c", READ_ALL, str(file)], capture_output=True, text=True, check=False
        )
        if "Failed to fetch" in done.stderr or "error sending request" in done.stderr:
            READERS.is_missing("the package registry cannot be reached, which has older versions of DuckDB")
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    return read
