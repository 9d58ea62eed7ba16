"""What counts as a complete delivery, and what a failure says."""

from __future__ import annotations

import os
from pathlib import Path

from goldreel.orchestration.deliveries import complete_files
from goldreel.orchestration.settings import OrchestrationSettings, with_message

NOW = 1_700_000_000.0


def _deliver(file: Path, age: float) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("user_id\n")
    os.utime(file, (NOW - age, NOW - age))
    return file


def test_a_file_that_was_just_written_to_is_not_picked_up(tmp_path: Path) -> None:
    settled = _deliver(tmp_path / "users.csv", age=11)
    _deliver(tmp_path / "users_2.csv", age=9)
    assert list(complete_files(tmp_path, 10, now=NOW)) == [str(settled)]


def test_a_file_from_a_clock_that_is_ahead_is_picked_up(tmp_path: Path) -> None:
    ahead = _deliver(tmp_path / "users.csv", age=-3600)
    assert list(complete_files(tmp_path, 10, now=NOW)) == [str(ahead)]


def test_unfinished_hidden_and_foreign_names_are_passed_over(tmp_path: Path) -> None:
    for name in (
        "users.csv.part",
        ".users.csv",
        "users.tmp.csv",
        "readme.txt",
        ".day/users.csv",
        "day.partial/users.csv",
    ):
        _deliver(tmp_path / name, age=100)
    assert complete_files(tmp_path, 10, now=NOW) == {}


def test_the_folder_itself_comes_first_then_the_folders_in_it_by_name(tmp_path: Path) -> None:
    for name in ("b/users.csv", "a/content.json", "viewing_sessions.csv.gz", "a/deeper/users.csv"):
        _deliver(tmp_path / name, age=100)
    found = [str(Path(file).relative_to(tmp_path)) for file in complete_files(tmp_path, 10, now=NOW)]
    assert found == ["viewing_sessions.csv.gz", "a/content.json", "b/users.csv"]


def test_numbers_in_names_of_folders_and_files_count_by_their_value(tmp_path: Path) -> None:
    for name in ("day_10/users.csv", "day_9/users_10.csv", "day_9/users_9.csv"):
        _deliver(tmp_path / name, age=100)
    found = [str(Path(file).relative_to(tmp_path)) for file in complete_files(tmp_path, 10, now=NOW)]
    assert found == ["day_9/users_9.csv", "day_9/users_10.csv", "day_10/users.csv"]


def test_a_folder_that_is_not_there_yet_holds_nothing(tmp_path: Path) -> None:
    assert complete_files(tmp_path / "later", 10, now=NOW) == {}


def test_the_message_takes_its_place_in_a_notifiers_arguments_whatever_is_in_it() -> None:
    message = 'line one\nline "two" \\ {message}'
    assert with_message({"text": "failed: {message}", "blocks": [{"text": "{message}"}], "to": 1}, message) == {
        "text": f"failed: {message}",
        "blocks": [{"text": message}],
        "to": 1,
    }


def test_the_task_without_a_second_try_waits_as_long_as_the_others_do() -> None:
    assert OrchestrationSettings(retries=2, retry_delay=30).patience == 30 + 60
    assert OrchestrationSettings(retries=6, retry_delay=60).patience == 60 + 120 + 240 + 480 + 900 + 900
    assert OrchestrationSettings(retries=0).patience == 0
