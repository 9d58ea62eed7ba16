"""Users are forgotten: nothing of them is left in anything that goldreel keeps, and others keep all that is theirs."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from amend.home import GONE, HEADER, STAY, Home, of_user
from amend.world import quoted, session, sessions, user
from goldreel import amend
from goldreel.amend.forgetting import Erased
from goldreel.amend.searching import clean_files
from goldreel.amend.wiping import PERSONAL
from goldreel.config import Settings, dbt_project
from goldreel.engines import open_engine
from goldreel.errors import FileRefused, UsageError
from goldreel.loading import ledger
from goldreel.loading.contract import USERS
from goldreel.loading.ledger import record_refusal
from goldreel.pipeline.state import prepare_warehouse


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Two builds, each published; 20 users of whom much is kept, and others who are nearly called like them."""
    settings = Settings(home=tmp_path_factory.mktemp("forget") / "home", threads=1)
    with open_engine(settings) as engine:
        prepare_warehouse(engine)
        grown = Home(engine, settings)
        grown.deliver_lives([f"{user('friendly')},{quoted(GONE[0])}"], enumerate([*GONE, *STAY]))
        grown.build(100)
        grown.publish()
        (later,) = grown.deliver(
            viewing_sessions__csv=sessions(session("shared", GONE[0], 9), session("0-a", GONE[0], 31))
        )
        assert later.load is not None
        refusal = FileRefused(f"a header of {GONE[3]}", "users.csv", "look at it")
        record_refusal(engine, USERS, Path("users.csv"), refusal)
        ledger.record_amendment(engine, "repaired", 1, 0, f"as {GONE[1]} said")
        engine.execute("delete from bronze.amendments")  # but its bytes are in the file
        log = settings.home / "dbt" / "logs" / "dbt.log"
        log.parent.mkdir(parents=True)
        log.write_text(f"could not convert {json.dumps(GONE[4])}")
        (settings.home / "copy_of_mine.duckdb").touch()
        for killed in (".verify-killed/there", "warehouse.duckdb.tmp/duckdb_temp_9999999_storage_DEFAULT-0.tmp"):
            (settings.home / killed).parent.mkdir()
            (settings.home / killed).write_text(GONE[5])
        grown.build(100)
        grown.publish()
        yield grown


@pytest.fixture(scope="module")
def versions_before(home: Home) -> dict[str, dict[str, list[tuple[Any, ...]]]]:
    return home.versions()


@pytest.fixture(scope="module")
def forgotten(home: Home, versions_before: object) -> Erased:
    return home.forget(*GONE)


def everything(home: Home) -> Iterator[tuple[str, str]]:
    """Every text in every table of every database, and where it is."""
    home.engine.execute("checkpoint")
    files = sorted(home.settings.home.rglob("v*.duckdb"))
    assert len(files) == 3
    databases = [(file.name, duckdb.connect(str(file), read_only=True)) for file in files]
    for name, database in [("warehouse", home.engine.connection), *databases]:  # type: ignore[attr-defined]
        tables = database.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
        )
        for schema, table in tables.fetchall():
            for row in database.execute(f'from "{schema}"."{table}"').fetchall():
                yield from ((f"{name} {schema}.{table}", cell) for cell in row if isinstance(cell, str))
        if name != "warehouse":
            database.close()


def test_no_text_in_any_table_names_any_of_them_and_nothing_of_the_others_is_gone(
    home: Home, forgotten: Erased
) -> None:
    found = list(everything(home))
    for name in GONE:
        whole = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-]| b)")
        named = [(place, cell) for place, cell in found if name in cell and whole.search(cell)]
        assert [each for each in named if each[1] not in STAY] == [], name
    for number, name in enumerate(STAY, len(GONE)):
        places = {place for place, cell in found if name in cell}
        assert {
            "warehouse bronze.users",
            "warehouse bronze.rejected_records",
            "v000003.duckdb main.silver_users",
        } <= places
        assert "v000001.duckdb main.silver_viewing_sessions" in {
            place for place, cell in found if cell == f"{number}-b"
        }
    assert home.rows("select duration_minutes from silver_viewing_sessions where session_id = 'shared'") == [(7,)]
    friend = home.rows("select country, _extra from bronze.users where user_id = 'friendly'")
    assert friend == [("Peru", '{"friend": null}')]


def test_no_byte_of_any_file_is_left_of_them(home: Home, forgotten: Erased) -> None:
    home.engine.execute("checkpoint")
    kept = [file for file in home.settings.home.rglob("*") if file.is_file()]
    assert {"warehouse.duckdb", "v000001.duckdb", "current.duckdb", "forgotten.salt"} <= {file.name for file in kept}
    begin_others = [name for name in GONE if any(name in other for other in STAY)]
    for file in kept:
        data = file.read_bytes()
        for name in GONE:
            in_json = json.dumps(name)[1:-1]
            for wanted in {name.encode(), name.encode("utf-16-le"), in_json.encode()}:
                assert wanted not in data or name in begin_others, f"{name} in {file}"


def test_older_versions_keep_their_numbers_and_lose_no_row_but_theirs(
    home: Home, forgotten: Erased, versions_before: dict[str, dict[str, list[tuple[Any, ...]]]]
) -> None:
    of_theirs = re.compile(r"1?[0-9]-[a-d](,.*)?").fullmatch  # ids and lines of their sessions
    texts = {"bronze.rejected_records", "main.load_checks", "main.changed_records"}
    after = home.versions()
    assert set(after) == {*versions_before, "v000003.duckdb"}
    for file, tables in versions_before.items():
        assert set(after[file]) == set(tables)
        for table, rows in tables.items():
            theirs = [row for row in rows if any(str(cell) in GONE or of_theirs(str(cell)) for cell in row)]
            if table in texts:  # these bear a pseudonym
                assert len(after[file][table]) == len(rows) - (20 if table == "bronze.rejected_records" else 0)
            else:
                assert after[file][table] == [row for row in rows if row not in theirs], f"{file} {table}"
    assert len(after["v000001.duckdb"]["main.silver_viewing_sessions"]) == 2 * len(STAY) + 1
    assert after["v000001.duckdb"]["main.publication"] == versions_before["v000001.duckdb"]["main.publication"]


def test_the_account_balances_and_every_test_of_it_passes(home: Home, forgotten: Erased) -> None:
    assert home.rows("select entity, records from gold_data_quality where outcome = 'forgotten' order by 1") == [
        ("users", 20), ("viewing_sessions", 82),
    ]  # fmt: skip
    delivered = "select entity, sum(records_delivered) from bronze.loads group by entity order by entity"
    assert home.rows("select entity, sum(records) from gold_data_quality group by 1 order by 1") == home.rows(delivered)
    assert home.rows("select load_id, sum(records_loaded), sum(records_rejected) from bronze.forgotten_records "
                     "group by 1 order by 1") == [(1, 20, 0), (2, 60, 20), (4, 2, 0)]  # fmt: skip


def test_only_what_they_touched_was_built_and_their_changes_say_so_without_them(home: Home, forgotten: Erased) -> None:
    assert [build.built_on for build in home.built] == [None, 1, 2]
    changes = home.rows(
        "select entity, cause, count(*), count(distinct record_key), min(record_key[:10]), count(before_user_id), "
        "count(before_country), count(before_watch_date), count(load_id), sum(before_duration_minutes) "
        "from changed_records where build_id = 3 group by all order by all"
    )
    assert changes == [
        ("users", "forgotten", 20, 20, "forgotten-", 0, 0, 0, 0, None),
        ("viewing_sessions", "forgotten", 41, 41, "forgotten-", 0, 0, 0, 0, 19 * 30 + 31 + 20 * 12.5 + 9),
    ]
    (shared,) = home.rows(
        "select before_user_id, before_duration_minutes, after_user_id, after_duration_minutes from changed_records "
        "where build_id = 3 and record_key = 'shared'"
    )
    assert shared == (None, 9, "friendly", 7)
    in_all = "select sum(part) from change_totals where kpi = 'total_watch_hours'"
    assert home.rows(in_all)[0][0] == pytest.approx(
        home.rows("select total_watch_hours from gold_executive_summary")[0][0]
    )
    was_new = home.rows(
        "select distinct cause from changed_records where record_key like 'forgotten-%' and build_id < 3"
    )
    assert sorted(was_new) == [("corrected",), ("new",)]


def test_gold_is_what_a_fresh_warehouse_gets_from_the_deliveries_without_them(
    home: Home, forgotten: Erased, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", threads=1)
    with open_engine(settings) as engine:
        prepare_warehouse(engine)
        fresh = Home(engine, settings)
        fresh.deliver_lives([f"{user('friendly')},"], enumerate(STAY, len(GONE)))
        fresh.build(100)
        wanted = fresh.tables()
    found = home.tables()
    same = [name for name in wanted if name.startswith(("silver_", "gold_", "dim_", "fact_", "bridge_"))]
    assert len(same) > 20
    assert {name: found[name] for name in same if name != "gold_data_quality"} == {
        name: wanted[name] for name in same if name != "gold_data_quality"
    }


def test_it_is_told_what_was_done_and_what_is_out_of_reach(home: Home, forgotten: Erased) -> None:
    certificate = amend.certify(home.engine, forgotten, "because")
    assert certificate.is_complete
    assert len(certificate.users) == 20
    assert certificate.elsewhere == {}
    assert certificate.removed["bronze.viewing_sessions"] == 62
    assert certificate.removed["version 1, main.silver_users"] == 20
    assert certificate.removed[str(home.settings.home / "dbt" / "logs" / "dbt.log")] == 1
    assert certificate.removed["ops.refused_files"] == 1
    assert [load["records"] + load["not_readable"] for load in certificate.loads] == [20, 80, 2]
    assert sum("still has their records" in line for line in certificate.outside) == 3
    unread = [line for line in certificate.outside if "not looked into" in line]
    assert unread == [f"the database {home.settings.home / 'copy_of_mine.duckdb'}, which was not looked into"]
    kept = json.loads(Path(certificate.file).read_text(encoding="utf-8"))
    assert kept["complete"] is True
    assert kept["searched"]["bytes"] > 1_000_000
    assert not any(name in Path(certificate.file).read_text(encoding="utf-8") for name in GONE)
    assert (home.settings.home / "forgotten.salt").stat().st_mode & 0o777 == 0o600


def test_who_is_delivered_again_stays_out(home: Home, forgotten: Erased) -> None:
    people, plays = of_user(GONE[1], 90)
    others = of_user(STAY[0], 91)
    first, second = home.deliver(
        users__csv="\n".join([HEADER, *people, *others[0], ""]), viewing_sessions__csv=sessions(*plays, *others[1])
    )
    assert first.remarks == ("1 records are of users who were forgotten, and are not stored",)
    assert first.load is not None
    assert second.load is not None
    assert (first.load.records_loaded, second.load.records_loaded, second.load.records_rejected) == (2, 6, 2)
    loads = f"({first.load.load_id}, {second.load.load_id})"
    stored = home.rows(
        f"select user_id from bronze.users where _load_id in {loads} "
        f"union all select trim(user_id, chr(9) || ' ') from bronze.viewing_sessions where _load_id in {loads}"
    )
    assert stored == [(STAY[0],)] * 4
    assert home.rows(f"select count(*) from bronze.rejected_records where load_id in {loads}") == [(1,)]
    assert home.build(100).status == "passed"
    assert home.rows("select sum(records) from gold_data_quality where outcome = 'forgotten'") == [(107,)]
    with pytest.raises(UsageError, match="Forgotten already: 'plain-7731'; nothing was changed"):
        home.forget(GONE[0])


STEPS = (
    *("_begin", "_take_out", "build", "wipe", "publish"),
    *("clean_copy", "delete_rows", "leave_no_traces", "clean_files", "search"),
)


def test_whoever_is_interrupted_anywhere_comes_to_the_same_end(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def kill(name: str, place: object) -> Callable[..., Any]:
        real = getattr(place, name)

        def killed(*given: Any, **named: Any) -> Any:
            done = real(*given, **named)
            if name != "delete_rows" or given[-1].startswith("load_id is not null"):
                raise Killed
            return done

        return killed

    for name in STEPS:
        of = {"build": small, "publish": small, "clean_copy": small.engine, "leave_no_traces": small.engine}
        place = of.get(name, small.engine if name == "delete_rows" else amend.forgetting)
        named = {"build": "build_if_due"}.get(name, name)
        with monkeypatch.context() as patch:
            patch.setattr(place, named, kill(named, place))
            with pytest.raises(Killed):
                small.forget("A")
        assert amend.unfinished_hashes(small.engine), name
    done = small.forget("A")
    assert done.search.found == {}
    assert amend.unfinished_hashes(small.engine) == set()
    assert small.rows("select load_id, sum(records_loaded), sum(records_rejected) from bronze.forgotten_records "
                      "group by 1 order by 1") == [(1, 1, 0), (2, 2, 1)]  # fmt: skip
    assert small.rows("select user_id from silver_users") == [("B",)]
    assert small.rows("select cause, count(*) from changed_records where cause = 'forgotten' group by 1") == [
        ("forgotten", 2)
    ]


def test_what_cannot_be_forgotten_is_told_and_changes_nothing(small: Home) -> None:
    for ids, told in (
        ([], "No user is named"),
        (["", " \t"], "No user is named"),
        (["A", "nobody"], "no record of: 'nobody'"),
        (["a"], "no record of: 'a'"),
    ):
        with pytest.raises(UsageError, match=told):
            small.forget(*ids)
    with pytest.raises(UsageError, match="names a user"):
        small.forget("A", reason="A wrote to us")
    assert small.rows("select count(*) from bronze.forgotten_users") == [(0,)]
    assert small.rows("select count(*) from bronze.being_forgotten") == [(0,)]
    assert not (small.settings.home / "forgotten.salt").exists()
    assert small.rows("select count(*) from bronze.viewing_sessions") == [(3,)]


def test_without_the_salt_nothing_is_loaded(small: Home) -> None:
    small.forget("A")
    (small.settings.home / "forgotten.salt").unlink()
    with pytest.raises(UsageError, match="the salt that tells who cannot be read"):
        small.deliver(users__csv="\n".join([HEADER, f"{user('A')},", ""]))
    assert small.rows("select count(*) from bronze.users") == [(1,)]


def test_earlier_changes_keep_no_more_of_a_person_than_those_that_are_made() -> None:
    macro = (dbt_project() / "macros" / "rules" / "changes.sql").read_text()
    (listed,) = re.findall(r"macro personal_weights\(\) %}\s*{{ return\((\[.*?\])\) }}", macro)
    assert ast.literal_eval(listed) == list(PERSONAL)


def test_files_of_tables_are_no_caches(tmp_path: Path) -> None:
    told = {name: tmp_path / name for name in ("dbt/logs/dbt.log", "spark/scratch/a/part", "spark/spark.log")}
    kept = {name: tmp_path / name for name in ("spark/tables/bronze.db/users/_delta_log/0.json", "spark/metastore/c1")}
    for file in (*told.values(), *kept.values()):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("by O'Brien", encoding="utf-8")
    place = told["spark/spark.log"].stat().st_ino
    assert clean_files(tmp_path, ["O'Brien"]) == {str(file): 1 for file in told.values()}
    assert [name for name, file in told.items() if file.exists()] == ["spark/spark.log"]
    assert (told["spark/spark.log"].stat().st_ino, told["spark/spark.log"].read_bytes()) == (place, b"")
    assert {file.read_text(encoding="utf-8") for file in kept.values()} == {"by O'Brien"}
