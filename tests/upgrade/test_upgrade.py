"""Warehouses that earlier versions wrote: opened, loaded into, built, published and rolled back by the code of today.

Each `warehouse-VERSION.tar.xz` here is the GOLDREEL_HOME that this version left, with three of four deliveries in it
(dirty, and with files that were refused), and those deliveries. `make-warehouse` wrote it, from that version's code.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from goldreel import pipeline
from goldreel.config import Settings
from oracle import account_for, differences

AS_OF = date(2024, 9, 30)
ARCHIVES = sorted(Path(__file__).parent.glob("warehouse-*.tar.xz"))
REFUSED = 4
KPIS = "active_users_100h_plus, total_viewing_sessions, total_watch_hours, data_through"


@dataclass(frozen=True)
class Upgraded:
    """A warehouse of an earlier version, and what happened when today's code went on with it."""

    settings: Settings
    deliveries: list[Path]
    status: str
    published_before: list[int]
    kpis_before: dict[int, Any]
    report: pipeline.RunReport


def query(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def published(settings: Settings) -> list[int]:
    return sorted(int(file.stem[1:]) for file in settings.published.glob("v*.duckdb"))


def kpis(file: Path) -> list[tuple[Any, ...]]:
    return query(
        file, "select active_users_100h_plus, total_viewing_sessions, data_through from gold_executive_summary"
    )


@pytest.fixture(scope="module", params=ARCHIVES, ids=lambda archive: archive.name.removesuffix(".tar.xz"))
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Upgraded:
    folder = tmp_path_factory.mktemp("earlier")
    with tarfile.open(request.param) as archive:
        archive.extractall(folder, filter="data")
    settings = Settings(home=folder / "home")
    deliveries = sorted((folder / "deliveries").iterdir())
    status = subprocess.run(
        [sys.executable, "-m", "goldreel", "status"],
        env=os.environ | {"GOLDREEL_HOME": str(settings.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert status.returncode == 0, status.stderr
    versions = published(settings)
    before = {version: kpis(settings.published / f"v{version:06}.duckdb") for version in versions}
    report = pipeline.run(settings, deliveries[-1:], AS_OF, pipeline.Silent())
    return Upgraded(settings, deliveries, status.stdout, versions, before, report)


def test_there_is_a_warehouse_of_an_earlier_version_and_it_is_small() -> None:
    assert ARCHIVES
    assert max(archive.stat().st_size for archive in ARCHIVES) < 2_000_000


def test_its_status_is_told(upgraded: Upgraded) -> None:
    assert "viewing_sessions_2.csv" in upgraded.status
    assert f"version {max(upgraded.published_before)} " in upgraded.status


def test_a_further_delivery_is_loaded_built_and_published(upgraded: Upgraded) -> None:
    assert {outcome.status for outcome in upgraded.report.files} == {"loaded"}
    assert upgraded.report.exit_code == 0
    assert upgraded.report.publication is not None
    assert upgraded.report.publication.version == max(upgraded.published_before) + 1


def test_old_and_new_loads_together_are_what_the_contract_says(upgraded: Upgraded) -> None:
    expected = account_for(upgraded.deliveries, AS_OF)
    assert len(expected.refused) == REFUSED
    assert expected.tables["quarantine"]
    assert expected.tables["bronze.rejected_records"]
    with duckdb.connect(str(upgraded.settings.warehouse_file), read_only=True) as connection:
        assert differences(connection, expected) == []


def test_files_that_the_earlier_version_loaded_or_refused_are_still_known(upgraded: Upgraded) -> None:
    report = pipeline.load(upgraded.settings, upgraded.deliveries, pipeline.Silent())
    statuses = [outcome.status for outcome in report.files]
    assert (statuses.count("refused"), statuses.count("loaded")) == (REFUSED, 0)
    assert statuses.count("known") == len(statuses) - REFUSED


def test_readers_can_be_rolled_back_to_what_the_earlier_version_published(upgraded: Upgraded) -> None:
    settings, latest = upgraded.settings, max(published(upgraded.settings))
    kept = [version for version in published(settings) if version in upgraded.published_before]
    assert len(kept) >= 2
    for version in [*kept, latest]:
        publication = pipeline.publish(settings, version=version)
        assert publication.version == version
        assert query(settings.published / "current.duckdb", "select version from publication") == [(version,)]
        if version in kept:
            assert kpis(settings.published / "current.duckdb") == upgraded.kpis_before[version]
