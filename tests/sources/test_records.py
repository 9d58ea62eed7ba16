"""What a foreign record gives: expressions, conditions, one record for many."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldreel import limits
from goldreel.errors import UsageError
from goldreel.sources import mapping
from goldreel.sources.expressions import NoExpression, safe, sandbox
from sources.giving import PLAYS, give, pieces_of, sessions_source, source_record

USERS = """
files:
  - match: plays*
    format: {type: csv}
    records:
      users:
        one_per: user_id
        columns:
          user_id: who
          age: null
          country: {from: what, take: first}
          subscription_type: {take: count}
          registration_date: {from: at, date: YYYY-MM-DD, take: min}
          total_watch_time_hours: {from: long, duration: "h:m:s", take: sum}
"""


def test_expressions_see_the_columns_as_text(tmp_path: Path) -> None:
    source = sessions_source(
        session_id="""{sql: "'S' || id"}""",
        watch_date="""{sql: '"at"::date + 1'}""",
        watch_duration_minutes="""{sql: "id::double / 3"}""",
        device_type="""{sql: "string_split(who, 'n')"}""",
    )
    found = give(tmp_path, source, {"plays.csv": PLAYS})
    assert found.of("session_id", "watch_date", "device_type") == [
        ("S1", "2024-03-06", "A, a"),
        ("S2", "2024-03-07", "Be, "),
    ]
    assert float(found.sessions[0]["watch_duration_minutes"]) == pytest.approx(1 / 3)


def test_a_record_on_which_an_expression_fails_is_rejected_and_no_other(tmp_path: Path) -> None:
    content = PLAYS + "x,Eva,Dune,2024-03-05,1\n,Eva,Dune,2024-03-05,1\n"
    found = give(tmp_path, sessions_source(session_id="{sql: \"nullif(id, '')::int\"}"), {"plays.csv": content})
    assert found.reasons == [(3, "session_id: the expression fails")]
    assert found.of("session_id") == [("1",), ("2",), (None,)]


@pytest.mark.parametrize(
    "text",
    [
        *("(select 1)", "exists (select 1)", "id in (select 1)", "id = any(['x'])", "*", "columns('i')"),
        *("count(*)", "sum(id)", "row_number() over ()", "first(id)", "unnest([1])", "1) from (select 2"),
        *(
            "read_text('/etc/passwd')",
            "glob('*')",
            "getenv('HOME')",
            "query('select 1')",
            "error('x')",
            "write_log('x')",
        ),
        *(
            "now()",
            "random()",
            "uuid()",
            "age(id::date)",
            "current_setting('threads')",
            "nextval('s')",
            "getvariable('x')",
        ),
        *("id, who", "id as x", "1; drop table t", "$1", "?", "#1", "id from piece", ""),
    ],
)
def test_nothing_but_an_expression_over_one_record_goes_through(text: str) -> None:
    with sandbox() as connection, pytest.raises(NoExpression):
        safe(connection, text, lambda name: name)


@pytest.mark.parametrize(
    "statement",
    [
        *("from '/etc/passwd'", "from read_text('/etc/passwd')", "attach '/tmp/x.db'", "copy (select 1) to '/tmp/x'"),
        *("install httpfs", "load httpfs", "set enable_external_access = true", "set threads = 1", "from python_table"),
    ],
)
def test_the_database_of_the_expressions_reaches_nothing(statement: str) -> None:
    import duckdb

    python_table = [1]
    with sandbox() as connection, pytest.raises(duckdb.Error):
        connection.execute(statement).fetchall()
    assert python_table


def test_columns_in_expressions_are_those_of_the_file_and_names_of_a_lambda_its_own() -> None:
    with sandbox() as connection:
        made = safe(connection, 'list_transform([id], lambda x: x || id)[1] || "a b"', lambda name: f"<{name}>")
    assert made.count("<id>") == 2
    assert "<a b>" in made
    assert "<x>" not in made


def test_an_unusable_expression_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"count_star is no function of one record.*it.source.yml, line 15"):
        give(tmp_path, sessions_source(device_type='{sql: "count(*)"}'), {"plays.csv": PLAYS})
    with pytest.raises(UsageError, match=r"expression of device_type cannot be evaluated.*it.source.yml, line 15"):
        give(tmp_path, sessions_source(device_type='{sql: "id + who"}'), {"plays.csv": PLAYS})


def test_records_that_the_source_does_not_want_are_counted(tmp_path: Path) -> None:
    found = give(tmp_path, sessions_source(more="where: who <> 'Ana'"), {"plays.csv": PLAYS})
    assert found.of("user_id") == [("Ben",)]
    assert found.remarks == ["1 of 2 records of the file are left out: who <> 'Ana'"]


def test_users_are_made_of_plays(tmp_path: Path) -> None:
    content = PLAYS + "3,Ana,Heat,2024-02-01,25:30:00\n4,,Heat,2024-02-01,1:00:00\n5,Ana,Heat,nay,1:00:00\n"
    found = give(tmp_path, USERS, {"plays.csv": content})
    ana, ben, nobody = found.records["users"]
    assert (ana["user_id"], ana["country"], ana["registration_date"]) == ("Ana", "Dune", "2024-02-01")
    assert (float(ana["total_watch_time_hours"]), ana["subscription_type"]) == (26.0, "2")
    assert (ben["user_id"], float(ben["total_watch_time_hours"])) == ("Ben", 1.0)
    assert not nobody["user_id"]
    assert source_record(ana).keys() == {"who", "what", "at", "long"}
    assert [(each.source_row, each.reason) for each in found.rejected["users"]] == [
        (5, "registration_date: 'nay' is no date written YYYY-MM-DD")
    ]


def test_one_record_for_many_does_not_depend_on_how_the_file_is_cut(tmp_path: Path) -> None:

    content = PLAYS + "".join(
        f"{at},{'AnaBenEva'[at % 3 * 3 :][:3]},T{at},2024-03-{at % 28 + 1:02},0:{at % 60}:00\n" for at in range(300)
    )
    whole = give(tmp_path, USERS, {"plays.csv": content}).records["users"]
    with pieces_of(64):
        cut = give(tmp_path, USERS, {"plays.csv": content}).records["users"]
    assert [{**user, "total_watch_time_hours": round(float(user["total_watch_time_hours"]), 6)} for user in cut] == [
        {**user, "total_watch_time_hours": round(float(user["total_watch_time_hours"]), 6)} for user in whole
    ]


def test_records_of_many_keys_are_taken_together_a_part_of_the_keys_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = PLAYS + "".join(f"{at},W{at % 12},T{at},2024-03-{at % 28 + 1:02},00:30:00\n" for at in range(48))
    content += "99,,Nobody,2024-03-01,00:30:00\n"  # a key that is empty is one, too
    whole = give(tmp_path, USERS, {"plays.csv": content}).records["users"]
    assert len(whole) == 15
    monkeypatch.setattr(mapping, "_COMPACT_AT", 4)
    monkeypatch.setattr(mapping, "_KEYS_AT_ONCE", 3)
    with pieces_of(400):
        assert give(tmp_path, USERS, {"plays.csv": content}).records["users"] == whole


def test_what_is_known_of_keys_goes_to_disk_where_memory_ends_and_nothing_of_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "memory", lambda: 1)  # half a gigabyte is the least that is taken
    spilled = tmp_path / "spilled"
    with sandbox(ordered=True, spill_to=str(spilled)) as connection:
        connection.execute(
            "create table kept as select i, repeat(md5(i::varchar), 40) as text from range(450_000) t(i)"
        )
        assert any(spilled.iterdir())
        assert connection.execute("select sum(length(text)) from kept").fetchall() == [(450_000 * 40 * 32,)]
    assert not spilled.exists() or not any(spilled.iterdir())


def test_a_title_is_a_movie_or_a_series(tmp_path: Path) -> None:
    source = """
files:
  - match: plays*
    format: {type: csv}
    records:
      content:
        columns: {content_id: id, title: what, genre: null, content_type: who, duration_minutes: null,
          release_year: null, rating: null, views_count: null, production_budget: null}
"""
    found = give(tmp_path, source, {"plays.csv": "id,who,what\n1,movie,Dune\n2,film,Heat\n3,,Alien\n"})
    assert [title["content_id"] for title in found.records["content"]] == ["1"]
    assert [each.source_row for each in found.rejected["content"]] == [2, 3]
