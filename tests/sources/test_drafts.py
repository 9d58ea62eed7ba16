"""`goldreel adopt` on exports in the shapes that people download: what is drafted is right, or asked with figures."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from goldreel.sources.adopting import Draft
from goldreel.sources.adopting.guess import _units, how
from goldreel.sources.adopting.names import called
from goldreel.sources.adopting.profile import Column, profile
from goldreel.sources.columns import Fields
from goldreel.sources.mapping import Piece
from sources.giving import Given, given
from sources.test_adopting import draft_of


def answered(draft: Draft, folder: Path, **answers: str) -> Given:
    """What a draft gives when each TODO of a column has its answer."""
    lines = draft.text.splitlines()
    for at, line in enumerate(lines):
        ours = line.strip().partition(":")[0]
        if "TODO" in line and not line.strip().startswith("#"):
            lines[at] = line.partition(":")[0] + f": {answers[ours]}"
    draft.path.write_text("\n".join(lines))
    return given(folder)


def said(draft: Draft, ours: str) -> str:
    """What the draft says of a column of ours, the last time."""
    return [line for line in draft.text.splitlines() if line.strip().startswith(f"{ours}:")][-1].strip()


def columns_of(**values: list[str]) -> dict[str, Column]:
    """Columns with such values, as they are looked at."""
    records = pa.table({"row": [1, 2, 3], **{f"c{at}": each for at, each in enumerate(values.values())}})
    found = profile(Fields(tuple(values), "it"), iter([Piece(records, [])]))
    return {column.name: column for column in found.columns}


NUMBERS = {
    "german": (["1.100,5", "20", "2,5"], "number: {decimal: ',', thousands: '.'}"),
    "english": (["1,100.5", "20", "2.5"], "number: {thousands: ','}"),
    "french": (["1 100,5", "20", "2,5"], "number: {decimal: ',', thousands: ' '}"),
    "swiss": (["1'100.5", "20", "2.5"], "number: {thousands: ''''}"),
    "comma": (["20,5", "1,25", "2"], "number: {decimal: ','}"),
    "small": (["0.125", "20", "3"], ""),
    "point": (["1.125", "20.5", "3"], ""),
    "dots": (["1.100", "20", "3"], "1 of 3 can be read as either: 1.100 is 1.100, or 1100"),
    "commas": (["1,100", "2,250", "3"], "2 of 3 can be read as either: 1,100 is 1.100, or 1100"),
    "percent": (["20 %", "30 %", "5"], "TODO how are these numbers written? 1 of 3 fit {}; e.g. 20 %, 30 %, 5"),
}


def test_numbers_are_read_as_they_are_written_or_asked_for_with_figures() -> None:
    columns = columns_of(**{name: values for name, (values, _) in NUMBERS.items()})
    for name, (_, says) in NUMBERS.items():
        said, _ = how("views_count", columns[name])
        assert says in said
        assert ("number" in said) is bool(says)
        assert ("TODO" in said) is (name in ("dots", "commas", "percent"))
        length, _ = how("watch_duration_minutes", columns[name])
        assert ("TODO" in length) is True  # no unit is named


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("ms_played", "milliseconds"),
        ("durationMs", "milliseconds"),
        ("durationms", "milliseconds"),
        ("Runtime (mins)", "minutes"),
        ("Seconds Viewed", "seconds"),
        ("play_time_secs", "seconds"),
        ("hoursWatched", "hours"),
        ("streams", ""),
        ("programs", ""),
        ("time_remaining", ""),
        ("admin_time", ""),
    ],
)
def test_a_unit_is_a_word_of_a_name(name: str, unit: str) -> None:
    column = Column(name, (name,), 1, 1, 1, ("1",), {}, {}, {}, {}, {}, 0, 0, 0, {})
    assert _units(column) == [unit] * bool(unit)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (("show", "title"), ("title", "showtitle")),
        (("user", "id"), ("userid",)),
        (("_id", "$oid"), ("id",)),
        (("startedAt", "$date", "$numberLong"), ("startedat",)),
        (("Date Watched",), ("datewatched",)),
    ],
)
def test_what_stands_in_an_object_is_called_by_it_too(path: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert called(Column("x", path, 1, 1, 1, (), {}, {}, {}, {}, {}, 0, 0, 0, {})) == names


def test_the_scale_of_a_rating_is_asked_for_whatever_it_looks_like() -> None:
    columns = columns_of(
        five=["4.5", "3", "5"], ten=["8", "9", "10"], hundred=["85", "90", "12"], comma=["4,5", "5", ""]
    )
    spans = {
        "five": "from 3 to 5, 3",
        "ten": "from 8 to 10, 3",
        "hundred": "from 12 to 90, 3",
        "comma": "from 4.5 to 5, 2",
    }
    for name, span in spans.items():
        asked = "TODO 1 (of five), 0.5 (of ten) or 0.05 (of a hundred)? ours goes to 5, these"
        assert f'times: "{asked} {span} different"' in how("rating", columns[name])[0]
    assert (
        "TODO what makes a percentage of it? these go from 12 to 190"
        in (how("completion_percentage", columns_of(done=["12", "190", "50"])["done"])[0])
    )


def test_a_certificate_is_no_rating(tmp_path: Path) -> None:
    rows = "".join(f"{at},T{at},movie,{rating},9\n" for at, rating in enumerate(("PG-13", "TV-MA", "7")))
    draft = draft_of(tmp_path, {"titles.csv": f"id,title,type,rating,votes\n{rows}"})
    assert said(draft, "rating").startswith("rating: null")
    assert said(draft, "views_count").startswith("views_count: null")


def test_a_list_of_titles_with_seasons_among_its_lengths(tmp_path: Path) -> None:
    content = "show_id,type,title,country,date_added,release_year,rating,duration,listed_in\n"
    content += 's1,Movie,Salt,Peru,"September 25, 2021",2020,PG-13,90 min,Documentaries\n'
    content += 's2,TV Show,Harbor Lights,,"September 24, 2021",2021,TV-MA,2 Seasons,"Crime TV, TV Dramas"\n'
    draft = draft_of(tmp_path, {"titles.csv": content})
    assert draft.open == []
    assert "# 1 of 2 are numbers of seasons, and no lengths" in said(draft, "duration_minutes")
    columns = ("content_id", "content_type", "genre", "duration_minutes", "seasons")
    found = given(tmp_path).records["content"]
    assert [tuple(title[name] for name in columns) for title in found] == [
        ("s1", "movie", "Documentaries", "90.0", None),
        ("s2", "series", "Crime TV, TV Dramas", None, "2"),
    ]


def test_ratings_of_one_person_are_a_list_of_titles(tmp_path: Path) -> None:
    content = "Const,Your Rating,Date Rated,Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes\n"
    content += 'tt1,8,2024-03-01,Salt,x,Movie,6.4,100,2010,"Action, Crime",300000\n'
    draft = draft_of(tmp_path, {"ratings.csv": content})
    assert [what[:13] for _, what in draft.open] == ["TODO 1 (of fi"]
    (title,) = answered(draft, tmp_path, rating="{from: IMDb Rating, times: 0.5}").records["content"]
    assert (title["content_id"], title["duration_minutes"], title["rating"]) == ("tt1", "100.0", "3.2")
    assert title["views_count"] is None


PRIME = """Date Watched;Type;Title;Episode Title;Path
2024-03-15 20:01:02.123;Series;Harbor Lights - Season 1;"Low; Tide";/detail/1
2024-03-14 20:01:02.5;Movie;Salt;;/detail/3
"""
LETTERBOXD = """Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date
2024-03-02,Salt,2010,https://boxd.it/1,3.5,,,2024-03-01
2024-03-05,Heat,1995,https://boxd.it/2,5,Yes,,2024-03-04
"""
SIMKL = """SIMKL_ID,Title,Type,Year,Watchlist,LastEpWatched,WatchedDate,Rating
1,Salt,movie,2010,completed,,2024-03-01,8
2,Heat,movie,1995,completed,,2024-03-02,9
"""
TRAKT = json.dumps(
    [
        {"id": 1, "watched_at": "2023-05-01T20:11:00.000Z", "action": "watch", "type": "episode"}
        | {"episode": {"season": 1, "number": 2, "title": "Fog", "ids": {"trakt": 11}}}
        | {"show": {"title": "Harbor Lights", "year": 2020, "ids": {"trakt": 7, "slug": "harbor-lights"}}},
        {"id": 2, "watched_at": "2023-05-02T20:11:00.000Z", "action": "scrobble", "type": "movie"}
        | {"movie": {"title": "Salt", "year": 2019, "ids": {"trakt": 9, "slug": "salt-2019"}}},
    ]
)


@pytest.mark.parametrize(
    ("name", "content", "days", "titles"),
    [
        ("w.csv", PRIME, ["2024-03-14", "2024-03-15"], {("Harbor Lights - Season 1", "series"), ("Salt", "movie")}),
        ("w.csv", LETTERBOXD, ["2024-03-01", "2024-03-04"], {("Salt", "movie"), ("Heat", "movie")}),
        ("w.csv", SIMKL, ["2024-03-01", "2024-03-02"], {("Salt", "movie"), ("Heat", "movie")}),
        ("w.json", TRAKT, ["2023-05-01", "2023-05-02"], {("Harbor Lights", "series"), ("Salt", "movie")}),
    ],
)
def test_a_diary_is_of_plays(
    name: str, content: str, days: list[str], titles: set[tuple[str, str]], tmp_path: Path
) -> None:
    draft = draft_of(tmp_path, {name: content})
    assert {line.strip() for line in draft.text.splitlines() if line.strip() in ("users:", "viewing_sessions:")} == {
        "users:",
        "viewing_sessions:",
    }
    hour = "{constant: 60}"
    answers = {"user_id": "{constant: Ana}", "watch_duration_minutes": hour, "duration_minutes": hour}
    found = answered(draft, tmp_path, **answers, total_watch_time_hours="{take: count}")
    assert sorted(session["watch_date"][:10] for session in found.sessions) == days
    assert {(title["title"], title["content_type"]) for title in found.records["content"]} == titles
    ids = {title["content_id"] for title in found.records["content"]}
    assert {session["content_id"] for session in found.sessions} == ids
    assert {user["user_id"] for user in found.records["users"]} == {"Ana"}


def test_titles_with_days_that_may_be_anything_are_asked_about(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, {"list.csv": "title,type,date\nSalt,movie,2024-03-01\nSalt,movie,2024-03-02\n"})
    asked = "TODO content (a list of titles) or viewing_sessions (plays)? 2 records have 1 different titles, and 2"
    assert draft.open[0][1].startswith(asked)


def test_who_watched_is_never_taken_for_a_catalogue(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, {"plays.csv": "user,title,date,date,minutes\nAna,Salt,2024-03-01,2024-03-02,30\n"})
    assert [what for _, what in draft.open] == ["TODO users, viewing_sessions or content? or take this file out"]


def test_plays_that_nothing_tells_apart_are_asked_about_and_whole_repeats_are_told(tmp_path: Path) -> None:
    header = "user,title,date,episode,minutes\n"
    draft = draft_of(tmp_path, {"plays.csv": f"{header}Ana,Salt,2024-03-01,1,30\nAna,Salt,2024-03-01,2,30\n"})
    assert "? 1 of 2 records would be repeats of others: name more columns there" in said(draft, "session_id")
    draft.path.unlink()
    draft = draft_of(tmp_path, {"plays.csv": header + "Ana,Salt,2024-03-01,1,30\n" * 2})
    assert "1 records are repeats of others as a whole" in said(draft, "session_id")
    draft.path.unlink()
    rows = "id,user,title,date,minutes\n7,Ana,Salt,2024-03-01,1\n7,Ben,Dune,2024-03-02,2\n"
    draft = draft_of(tmp_path, {"plays.csv": rows})
    assert "TODO id? 1 different values in 2 records" in said(draft, "session_id")
    assert said(draft, "user_id").startswith("user_id: user")


def test_a_column_that_no_name_tells_is_asked_about(tmp_path: Path) -> None:
    rows = "user,title,gesehen,wie lange\nAna,Salt,13.03.2024,00:30:00\n"
    draft = draft_of(tmp_path, {"plays.csv": rows})
    assert "TODO {from: gesehen, date: 'DD.MM.YYYY'}? no name tells" in said(draft, "watch_date")
    assert "TODO {from: wie lange, duration: 'h:m:s'}? no name tells" in said(draft, "watch_duration_minutes")


def test_days_with_am_and_pm_may_be_day_or_month_first_too(tmp_path: Path) -> None:
    rows = "user,title,date,minutes\nAna,Salt,03/04/2024 08:15:00 PM,30\n"
    draft = draft_of(tmp_path, {"plays.csv": rows})
    assert "0 of 1 dates fit only DD/MM/YYYY hh:mm:ss AM, 0 only MM/DD/YYYY hh:mm:ss AM, 1 fit both" in str(draft.open)


def test_genres_that_are_objects_are_asked_about(tmp_path: Path) -> None:
    title = {"id": 1, "title": "Salt", "genres": [{"id": 28, "name": "Action"}], "year": 2010}
    draft = draft_of(tmp_path, {"titles.json": json.dumps([title])})
    assert "TODO 1 of 1 are lists of objects" in said(draft, "genre")


def test_values_in_several_columns_of_one_name_are_asked_about(tmp_path: Path) -> None:
    title = {"movie": {"title": "Salt", "year": 2010}, "list": {"title": "Best"}, "genre": "Action"}
    draft = draft_of(tmp_path, {"titles.json": json.dumps([title])})
    assert "TODO which of movie.title, list.title? records have values in several" in said(draft, "title")


@pytest.mark.parametrize("header", ["user,title,date,minutes", "user,title,date,minutes,"])
def test_a_delimiter_at_the_end_of_records_makes_no_column(header: str, tmp_path: Path) -> None:
    draft = draft_of(tmp_path, {"plays.csv": f"{header}\nAna,Salt,2024-03-01,30,\nBen,Dune,2024-03-02,40,\n"})
    assert draft.open == []
    assert given(tmp_path).of("user_id", "watch_duration_minutes") == [("Ana", "30.0"), ("Ben", "40.0")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf_16_is_found_with_and_without_its_mark(encoding: str, tmp_path: Path) -> None:
    content = "user\ttitle\tdate\tminutes\nAna\tDüne\t2024-03-01\t30\n".encode(encoding)
    draft = draft_of(tmp_path, {"plays.csv": content})
    assert f"encoding: {encoding}" in draft.text
    assert ("no byte order mark; 47 of 47" in draft.text) is (encoding != "utf-16")
    assert draft.open == []
    assert given(tmp_path).of("user_id", "watch_date") == [("Ana", "2024-03-01")]


def test_quotes_that_are_letters_of_titles_are_none(tmp_path: Path) -> None:
    rows = 'user\ttitle\tdate\tminutes\nAna\tThe "Boss" Baby\t2024-03-01\t30\nBen\t"Dune\t2024-03-02\t40\n'
    draft = draft_of(tmp_path, {"plays.tsv": rows + "Eve\t'Salem's Lot\t2024-03-03\t20\n"})
    assert 'delimiter: "\\t", quote: ""' in draft.text
    titles = {title["title"] for title in given(tmp_path).records["content"]}
    assert titles == {'The "Boss" Baby', '"Dune', "'Salem's Lot"}


def test_lines_that_are_no_records_repeat_nothing(tmp_path: Path) -> None:
    play = '{"user": "Ana", "title": "Salt", "date": "2024-03-01"}\n'
    rows = f"{play}{play.replace('Ana', 'Ben')}no json\n[1]\n"
    assert said(draft_of(tmp_path, {"plays.jsonl": rows}), "session_id").startswith("session_id: {hash: [user, title")
