"""The same seed gives the same bytes; options, progress, odd sizes."""

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from generator.reading import bytes_of, table
from goldreel.generator import GeneratorOptions, generate


@pytest.mark.parametrize("compress", [False, True])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_data(tmp_path: Path, compress: bool) -> None:
    written = []
    for name, seed in (("first", 7), ("second", 7), ("third", 8)):
        options = GeneratorOptions(
            users=300,
            sessions=2_000,
            titles=60,
            seed=seed,
            dirt=0.05,
            deliveries=3,
            gzip=compress,
            broken_files=True,
        )
        generate(tmp_path / name, options)
        written.append(bytes_of(tmp_path / name))
    assert written[0] == written[1]
    assert written[0].keys() == written[2].keys()
    assert not {name for name in written[0] if written[0][name] == written[2][name]} - broken(written[0])


def broken(files: dict[str, bytes]) -> set[str]:
    sound = (
        "users.csv",
        "users_2.csv",
        "viewing_sessions.csv",
        "viewing_sessions_2.csv",
        "content.json",
        "content_2.json",
    )
    return {name for name in files if not Path(name.removesuffix(".gz")).name.startswith(sound)}


def test_a_compressed_delivery_holds_the_same_text_as_a_plain_one(tmp_path: Path) -> None:
    small: dict[str, Any] = {"users": 100, "sessions": 500, "titles": 30}
    generate(tmp_path / "plain", GeneratorOptions(**small))
    packed = generate(tmp_path / "packed", GeneratorOptions(**small, gzip=True))
    for path in packed.files:
        assert path.read_bytes()[3:8] == bytes(5), "neither a file name nor a time"
        assert gzip.decompress(path.read_bytes()) == (tmp_path / "plain" / path.stem).read_bytes()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"users": -1}, "users is -1"),
        ({"sessions": -1}, "sessions is -1"),
        ({"titles": -5}, "titles is -5"),
        ({"seed": -1}, "seed is -1"),
        ({"dirt": 1.5}, "dirt is 1.5"),
        ({"dirt": -0.1}, "dirt is -0.1"),
        ({"dirt": float("nan")}, "dirt is nan"),
        ({"days": 0}, "days is 0"),
        ({"deliveries": 0}, "deliveries is 0"),
        ({"days": 3, "deliveries": 4}, "deliveries is 4.*give 1 to 3"),
        ({"days": 4_000, "deliveries": 367}, "give 1 to 366"),
        ({"users": 0}, "users is 0"),
        ({"titles": 0}, "titles is 0"),
        ({"start": date(9999, 12, 1)}, "start is 9999-12-01"),
        ({"start": date(2999, 1, 1)}, "ends in the future"),
        ({"days": 100_000}, "ends in the future.*an earlier start"),
        ({"start": date(1, 1, 1)}, "start is 0001-01-01"),
    ],
)
def test_options_that_cannot_be_fulfilled_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GeneratorOptions(**wrong)


@pytest.mark.parametrize(
    "size",
    [
        {"users": 0, "sessions": 0, "titles": 0},
        {"users": 0, "sessions": 0, "titles": 0, "dirt": 1.0, "deliveries": 3, "gzip": True},
        {"users": 1, "sessions": 1, "titles": 1, "days": 1},
        {"users": 1, "sessions": 50, "titles": 2, "days": 2, "deliveries": 2},
        {"users": 30, "sessions": 0, "titles": 5},
        {"users": 40, "sessions": 60, "titles": 10, "dirt": 1.0},
        {"users": 40, "sessions": 400, "titles": 10, "days": 40, "deliveries": 40},
    ],
)
def test_odd_sizes_work(tmp_path: Path, size: dict[str, Any]) -> None:
    written = generate(tmp_path, GeneratorOptions(**size))
    assert all(path.stat().st_size > 0 for path in written.files)
    if not size.get("dirt"):
        assert written.records["viewing_sessions"] >= size["sessions"]


def test_no_sessions_give_a_file_with_a_header_only(tmp_path: Path) -> None:
    generate(tmp_path, GeneratorOptions(users=3, sessions=0, titles=0))
    assert len((tmp_path / "viewing_sessions.csv").read_text("utf-8").splitlines()) == 1
    assert json.loads((tmp_path / "content.json").read_text("utf-8")) == {"movies": [], "series": []}


def test_ids_grow_wider_with_the_size(tmp_path: Path) -> None:
    generate(tmp_path, GeneratorOptions(users=12_000, sessions=10, titles=3))
    users = table(tmp_path, "users")
    assert (users[0]["user_id"], users[-1]["user_id"]) == ("U00001", "U12000")


def test_progress_adds_up_to_the_sessions_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldreel.generator.sessions.BLOCK", 1_000)
    steps: list[int] = []
    written = generate(tmp_path, GeneratorOptions(users=50, sessions=2_500, titles=20), steps.append)
    assert steps == [1_000, 1_000, 500]
    ids = [session["session_id"] for session in table(tmp_path, "viewing_sessions")]
    assert ids == [f"S{n:06}" for n in range(1, 2_501)]
    assert written.records["viewing_sessions"] == 2_500


def test_a_folder_that_holds_a_delivery_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "users_old.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match="give another directory"):
        generate(tmp_path, GeneratorOptions(users=3, sessions=0, titles=0))
    assert [path.name for path in tmp_path.iterdir()] == ["users_old.csv"]
