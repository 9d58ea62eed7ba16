"""What is published can be opened by an older DuckDB: readers are many, and update when they like."""

from __future__ import annotations

from datetime import date

import pytest

from goldreel import pipeline
from goldreel.config import Settings
from goldreel.engines import open_published
from goldreel.engines.duckdb import OLDEST_READER
from goldreel.generator import GeneratorOptions, generate
from readers.conftest import Read

VERSIONS = [OLDEST_READER, "1.1.3", "1.2.2", "1.3.2", "1.4.4"]


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
