"""What is published can be opened by an older DuckDB: readers are many, and update when they like."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from goldreel import pipeline
from goldreel.config import Settings
from goldreel.engines import open_published
from goldreel.engines.duckdb import OLDEST_READER
from goldreel.generator import GeneratorOptions, generate
from needs import READERS

ROOT = Path(__file__).parents[2]
VERSIONS = [OLDEST_READER, "1.1.3", "1.2.2", "1.3.2", "1.4.4"]

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


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("readers")
    generate(folder / "delivery", GeneratorOptions(users=200, sessions=2_000, titles=30, dirt=0.05))
    settings = Settings(home=folder / "home", threads=2)
    assert pipeline.run(settings, [folder / "delivery"], date(2024, 9, 30), pipeline.Silent()).exit_code == 0
    return settings


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_duckdb_reads_every_published_table(older_duckdb: Read, published: Settings, version: str) -> None:
    told = older_duckdb(version, published.published / "current.duckdb")
    with open_published(published) as engine:
        tables = engine.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_catalog = current_database() order by 1"
        ).rows
        rows = {name: engine.execute(f"select count(*) from {name}").rows[0][0] for (name,) in tables}
    found = told["tables"]
    assert isinstance(found, dict)
    assert told["version"] == version
    assert {name: counted for name, (counted, _) in found.items()} == rows
    assert len(rows) > 20
    assert sum(length for _, length in found.values()) > 100_000
