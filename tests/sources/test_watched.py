"""Files of others in the folder that the DAGs watch: the same functions, without Airflow."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from goldreel import pipeline
from goldreel.config import Settings
from goldreel.engines import open_engine
from goldreel.errors import UsageError
from goldreel.loading import FileOutcome
from goldreel.orchestration.deliveries import complete_files
from sources.exports import EXPORTS
from sources.giving import PLAYS, sessions_source

OF_DAG_1, OF_DAG_2 = ["users", "viewing_sessions"], ["content"]
KINDS = [*OF_DAG_1, *OF_DAG_2]
OWN_USERS = (
    "user_id,age,country,subscription_type,registration_date,total_watch_time_hours\nU1,30,Peru,Basic,2024-01-01,9\n"
)


@dataclass
class Watched:
    """A watched folder, and a warehouse that is read by sources."""

    folder: Path
    settings: Settings

    def put(self, name: str, content: str | bytes = PLAYS) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def export(self, name: str, folder: str) -> None:
        (self.folder / folder).mkdir(parents=True)
        EXPORTS[name][1](self.folder / folder)

    def found(self, kinds: list[str]) -> dict[str, str]:
        return complete_files(self.folder, 0, kinds, sources=self.settings.sources)

    def names(self, kinds: list[str]) -> list[str]:
        return [each.removeprefix(f"{self.folder}/") for each in self.found(kinds)]

    def load(self, kind: str) -> list[FileOutcome]:
        """What the task of a kind does."""
        return pipeline.load_arrived(self.settings, self.found([kind]), kind, pipeline.Silent()).files

    def load_all(self) -> list[tuple[str, str, str]]:
        return [(file.entity, file.path.name, file.status) for kind in KINDS for file in self.load(kind)]

    def due(self) -> list[str]:
        """What the look from time to time finds that is not loaded yet."""
        return pipeline.look_out(self.settings, self.found(KINDS)).files


def watched(home: Path, *sources: str) -> Watched:
    folder = home / "deliveries"
    folder.mkdir(exist_ok=True)
    return Watched(folder, Settings(home=home / "home", threads=2, source=",".join(sources)))


@pytest.fixture
def plays(tmp_path: Path) -> Watched:
    """A folder that a source of sessions reads, which stands elsewhere."""
    (tmp_path / "plays.source.yml").write_text(sessions_source(match="plays*.csv"))
    return watched(tmp_path, str(tmp_path / "plays.source.yml"))


def test_a_file_that_gives_several_kinds_of_record_arrives_for_each_dag_and_is_loaded_as_each_once(
    tmp_path: Path,
) -> None:
    place = watched(tmp_path, "netflix-viewing-history")
    place.export("netflix-viewing-history", "january")
    file = "january/NetflixViewingHistory.csv"
    assert place.names(OF_DAG_1) == [f"{file} → users", f"{file} → viewing_sessions"]
    assert place.names(OF_DAG_2) == [f"{file} → content"]
    assert [(kind.entity, kind.status) for kind in place.load("users")] == [("users", "loaded")]
    assert [each.rpartition("/")[2] for each in place.due()] == [
        "NetflixViewingHistory.csv → viewing_sessions",
        "NetflixViewingHistory.csv → content",
    ]
    assert place.load_all() == [
        ("viewing_sessions", "NetflixViewingHistory.csv", "loaded"),
        ("content", "NetflixViewingHistory.csv", "loaded"),
    ]
    assert (place.due(), place.load_all()) == ([], [])


@pytest.mark.parametrize("export", ["netflix-viewing-activity", "jellyfin-database"])
def test_what_is_loaded_from_there_is_what_a_command_without_a_source_loads(export: str, tmp_path: Path) -> None:
    place = watched(tmp_path, EXPORTS[export][0])
    place.export(export, "it")
    place.put("it/users_own.csv", OWN_USERS)
    place.load_all()
    other = place.settings.model_copy(update={"home": tmp_path / "other"})
    pipeline.load(other, [place.folder / "it"], pipeline.Silent())
    assert _bronze(other) == _bronze(place.settings)
    assert {kind: len(rows) for kind, rows in _bronze(other).items()} == {
        "users": 3, "viewing_sessions": 60, "content": 6,
    }  # fmt: skip


def _bronze(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    with open_engine(settings) as engine:
        return {
            kind: engine.execute(
                f"select * exclude (_load_id, _loaded_at) from bronze.{kind} order by _source_file, _source_row"
            ).rows
            for kind in KINDS
        }


def test_goldreels_own_files_beside_them_count_as_before(plays: Watched) -> None:
    plays.put("users.csv", OWN_USERS)
    plays.put("day/plays_1.csv")
    plays.put("day/other.csv")
    plays.put("day/.plays_2.csv")
    plays.put("day/plays_3.csv.part")
    assert plays.names(KINDS) == ["users.csv", "day/plays_1.csv → viewing_sessions"]
    assert plays.names(OF_DAG_2) == []
    assert plays.load_all() == [("users", "users.csv", "loaded"), ("viewing_sessions", "plays_1.csv", "loaded")]
    without = Watched(plays.folder, plays.settings.model_copy(update={"source": ""}))
    assert without.names(KINDS) == ["users.csv"]
    assert without.due() == []


def test_own_entities_as_parquet_need_no_source(tmp_path: Path) -> None:
    place = watched(tmp_path)
    file = place.put("users.parquet", b"")
    with open_engine(Settings(home=tmp_path / "scratch")) as engine:
        engine.execute(f"copy (select 'U1' as user_id, 30 as age, 'Peru' as country, 'Basic' as subscription_type, "
                       f"date '2024-01-01' as registration_date, 9 as total_watch_time_hours) to '{file}'")  # fmt: skip
    assert place.load_all() == [("users", "users.parquet", "loaded")]
    assert place.due() == []


def test_a_file_that_is_refused_is_told_once_and_tried_again_when_the_source_is_mended(plays: Watched) -> None:
    plays.put("plays.csv", PLAYS.replace("long", "minutes"))
    (refused,) = plays.load("viewing_sessions")
    assert refused.refusal is not None
    assert "long" in refused.refusal.what
    assert (plays.due(), plays.load("viewing_sessions")) == ([], [])
    Path(plays.settings.source).write_text(
        sessions_source(match="plays*.csv", watch_duration_minutes="minutes"), encoding="utf-8"
    )
    assert plays.load_all() == [("viewing_sessions", "plays.csv", "loaded")]


def test_a_source_that_is_set_later_finds_what_lies_there(plays: Watched) -> None:
    without = Watched(plays.folder, plays.settings.model_copy(update={"source": ""}))
    plays.put("plays.csv")
    assert without.load_all() == []
    assert plays.load_all() == [("viewing_sessions", "plays.csv", "loaded")]


def test_a_source_that_lies_in_the_folder_is_no_file_of_its_own(tmp_path: Path) -> None:
    place = watched(tmp_path, str(tmp_path / "deliveries" / "it.source.yml"))
    place.put("it.source.yml", sessions_source(match="*"))
    place.put("plays.csv")
    assert place.names(KINDS) == ["plays.csv → viewing_sessions"]


def test_an_archive_is_opened_when_it_is_loaded(plays: Watched) -> None:
    archive = plays.put("export.zip", b"")
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("a/plays_1.csv", PLAYS)
        content.writestr("a/plays_2.csv", PLAYS.replace("Dune", "Alien"))
        content.writestr("a/profiles.csv", "name\nAna\n")
    plays.put("broken.zip", "PK no archive")
    assert plays.names(KINDS) == ["broken.zip → viewing_sessions", "export.zip → viewing_sessions"]
    broken, first, second = plays.load("viewing_sessions")
    assert (first.status, second.status) == ("loaded", "loaded")
    assert [first.path.name, second.path.name] == ["export.zip/a/plays_1.csv", "export.zip/a/plays_2.csv"]
    assert broken.refusal is not None
    assert "is no ZIP archive" in broken.refusal.what
    assert str(plays.folder / "broken.zip") in broken.refusal.where
    assert (plays.due(), plays.load("viewing_sessions")) == ([], [])


def test_a_file_that_two_sources_want_is_refused_and_the_others_are_loaded(plays: Watched, tmp_path: Path) -> None:
    other = tmp_path / "other.source.yml"
    other.write_text(sessions_source(match="*_both.csv"))
    both = Watched(plays.folder, plays.settings.model_copy(update={"source": f"{plays.settings.source}, {other}"}))
    both.put("plays_both.csv")
    both.put("plays_one.csv", PLAYS.replace("Dune", "Alien"))
    refused, loaded = both.load("viewing_sessions")
    assert loaded.status == "loaded"
    assert refused.refusal is not None
    assert plays.settings.source in refused.refusal.what
    assert str(other) in refused.refusal.what
    assert both.due() == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("netflix-viewing-histroy", "did you mean netflix-viewing-history?"),
        ("/nowhere/plays.source.yml", "give a file NAME.source.yml, or one of"),
    ],
)
def test_a_source_that_is_none_is_one_clear_error_wherever_it_is_asked_for(
    source: str, told: str, tmp_path: Path
) -> None:
    place = watched(tmp_path, "plays-csv", source)
    place.put("plays.csv")
    for ask in (
        lambda: place.found(KINDS),
        lambda: pipeline.load_arrived(place.settings, {}, "users", pipeline.Silent()),
        lambda: pipeline.load(place.settings, [place.folder], pipeline.Silent()),
    ):
        with pytest.raises(UsageError) as raised:
            ask()
        assert raised.value.what == "The source cannot be read: no such file or directory."
        assert raised.value.where == f"{source}, of GOLDREEL_SOURCE=plays-csv,{source}"
        assert told in raised.value.remedy
    assert not place.settings.home.exists()


def test_a_command_takes_what_is_given_before_what_lies_in_the_delivery_before_what_is_set(
    plays: Watched, tmp_path: Path
) -> None:
    def devices(folder: Path, *given: str) -> set[str]:
        home = tmp_path / f"home_{len(list(tmp_path.iterdir()))}"
        settings = plays.settings.model_copy(update={"home": home})
        pipeline.load(settings, [folder], pipeline.Silent(), sources=given)
        with open_engine(settings) as engine:
            return {row[0] for row in engine.execute("select device_type from bronze.viewing_sessions").rows}

    mine = tmp_path / "mine.source.yml"
    mine.write_text(sessions_source(device_type="{constant: given}"))
    plays.put("plays.csv")
    assert devices(plays.folder) == {None}
    plays.put("it.source.yml", sessions_source(device_type="{constant: lies there}"))
    assert devices(plays.folder) == {"lies there"}
    assert devices(plays.folder, str(mine)) == {"given"}


def test_a_source_that_is_set_need_not_find_a_file_in_every_delivery(plays: Watched) -> None:
    plays.put("own/users.csv", OWN_USERS)
    (outcome,) = pipeline.load(plays.settings, [plays.folder / "own"], pipeline.Silent()).files
    assert outcome.status == "loaded"
    plays.put("neither/readme.txt", "x")
    with pytest.raises(UsageError, match=r"The source plays finds none of its files \(plays\*\.csv\)"):
        pipeline.load(plays.settings, [plays.folder / "neither"], pipeline.Silent())
