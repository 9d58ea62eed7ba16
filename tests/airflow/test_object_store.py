"""Deliveries that arrive in an object store: a server that speaks S3's protocol stands in for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow.world import CHAIN, airflow_at_work, differences
from goldreel import pipeline
from goldreel.config import Settings
from goldreel.generator import GeneratorOptions, generate
from sources.exports import EXPORTS

PLACE = "s3://store@deliveries/in"


@dataclass(frozen=True)
class Store:
    """A bucket, and the environment in which Airflow finds it under the connection `store`."""

    client: Any
    environment: dict[str, str]

    def put(self, **files: bytes | str) -> None:
        for name, content in files.items():
            self.client.put_object(Bucket="deliveries", Key=name, Body=content)


@pytest.fixture(scope="module")
def store(scheduler: None) -> Iterator[Store]:
    boto3 = pytest.importorskip("boto3")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    key = {"aws_access_key_id": "a name", "aws_secret_access_key": "a secret", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=address, **key)
    client.create_bucket(Bucket="deliveries")
    connection = {
        "conn_type": "aws",
        "login": key["aws_access_key_id"],
        "password": key["aws_secret_access_key"],
        "extra": {"endpoint_url": address, "region_name": key["region_name"]},
    }
    yield Store(client, {"AIRFLOW_CONN_STORE": json.dumps(connection)})
    server.stop()


LOOKS = """
import json, sys
from goldreel.errors import GoldreelError
from goldreel.orchestration.deliveries import complete_files
found = []
for place, settle in json.loads(sys.argv[1]):
    try:
        found.append(complete_files(place, settle))
    except GoldreelError as error:
        found.append([error.what, error.where, error.remedy])
open(sys.argv[2], "w").write(json.dumps(found))
"""


def looked_at(store: Store, folder: Path, *looks: tuple[str, float]) -> list[Any]:
    """What lies in places that were not changed for so many seconds, or the error; by a process that has Airflow."""
    subprocess.run(
        [sys.executable, "-c", LOOKS, json.dumps(looks), folder / "found.json"],
        env=os.environ | store.environment | {"AIRFLOW_HOME": str(folder / "airflow")},
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return list(json.loads((folder / "found.json").read_text()))


def test_files_are_found_as_in_a_folder_and_a_store_that_cannot_be_looked_at_is_not_empty(
    store: Store, tmp_path: Path
) -> None:
    found_in = "s3://store@deliveries/found"
    store.put(
        **{
            "found/": "",  # how some tools mark a folder
            "found/viewing_sessions.csv.gz": "x",
            "found/day_10/users.csv": "x",
            "found/day_9/content.json": "x",
            "found/day_9/deeper/users.csv": "x",
            "found/day_11.partial/users.csv": "x",
            "found/.hidden/users.csv": "x",
            "found/readme.txt": "x",
        }
    )
    places = (f"{found_in}/later", found_in, f"{found_in}/", "s3://store@nowhere/in", "gs://deliveries/in")
    later, found, slash, nowhere, unknown, unsettled = looked_at(
        store, tmp_path, *((place, 0) for place in places), (found_in, 3600)
    )
    assert later == unsettled == {}
    names = ["viewing_sessions.csv.gz", "day_9/content.json", "day_10/users.csv"]
    assert list(found) == [f"{found_in}/{name}" for name in names]
    assert slash == found
    assert "bucket does not exist" in nowhere[0]
    assert nowhere[1] == "s3://store@nowhere/in"
    assert "check the address" in nowhere[2]
    assert "knows no object store gs://" in unknown[0]
    assert "install the provider" in unknown[2]
    store.put(**{"found/day_10/users.csv": "y"})
    (changed,) = looked_at(store, tmp_path, (found_in, 0))
    assert {file for file in found if found[file] != changed[file]} == {f"{found_in}/day_10/users.csv"}


def test_what_arrives_there_is_published_files_of_others_too(store: Store, tmp_path: Path) -> None:
    options = GeneratorOptions(users=100, sessions=1_000, titles=20, days=30, deliveries=2, dirt=0.02)
    source, export = EXPORTS["netflix-viewing-activity"]
    others = tmp_path / "others"
    others.mkdir()
    export(others)
    days = [*generate(tmp_path / "days", options).folders, others]
    with airflow_at_work(tmp_path / "world", PLACE, more=store.environment | {"GOLDREEL_SOURCE": source}) as world:
        arrived = 0
        for day in days:
            files = sorted(day.iterdir())
            store.put(**{f"in/{day.name}/{file.name}": file.read_bytes() for file in files})
            arrived += 3 if day == others else len(files)  # of its plays: users, sessions and titles
            world.console.wait_for(f"{arrived} files", lambda: len(world.published_loads()) == arrived)  # noqa: B023
        world.console.wait_for_quiet(CHAIN)
        published = world.published()
        assert published is not None
        assert world.messages_told() == []
        settings = Settings(home=tmp_path / "home", source=source)
        pipeline.run(settings, days, date.fromisoformat(published.as_of), pipeline.Silent())
        assert differences(published.location, settings) == []
