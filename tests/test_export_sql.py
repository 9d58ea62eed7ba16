"""The plain scripts: that they are whole, and how those of T-SQL run.

They run on a stand-in for a server that drops nothing that a view reads (Babelfish is one). It knows what is there and
who reads whom, and nothing else: that the numbers are right is tested elsewhere.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from goldreel.cli import cli
from goldreel.config import EngineName, dbt_project
from goldreel.engines import requirements, tsql
from goldreel.engines.scripts import WRITERS, Model, for_reading
from goldreel.export_sql import FOR_READING, SCRIPTS, available_engines, stale_scripts
from goldreel.loading.contract import BRONZE_TABLES

SQL = Path(__file__).parents[1] / "sql"  # test_command.py sees that they are not stale
_NAME = r"\[?(\w+)\]?\.\[?(\w+)\]?"
_DROP = re.compile(rf"(?P<if>if exists \(.*\) )?drop (?P<kind>view|table) (?P<quietly>if exists )?{_NAME}", re.DOTALL)
_VIEW = re.compile(rf"create view {_NAME} as\n(?P<query>.*)", re.DOTALL)
_INTO = re.compile(rf"select \* into {_NAME} from {_NAME}")
_RENAME = re.compile(r"exec sp_rename N'(\w+\.\w+)', N'(\w+)'")
_READ = re.compile(r"\b(?:from|join)\s+(\w+\.\w+)")


class Server:
    """Tables and views by name; of a view, what it reads."""

    def __init__(self) -> None:
        self.tables: set[str] = set()
        self.views: dict[str, set[str]] = {}

    def run(self, script: str, batches: int | None = None) -> None:
        """Run a script, or only its first batches; what a transaction that never ended did is undone."""
        kept = (set(self.tables), dict(self.views))
        is_open = False
        for batch in tsql.batches(script)[:batches]:
            for statement in _statements(batch.text):
                if statement.startswith("begin transaction"):
                    is_open, kept = True, (set(self.tables), dict(self.views))
                elif statement.startswith("commit"):
                    is_open = False
                else:
                    self._execute(statement)
        if is_open:
            self.tables, self.views = kept

    def _execute(self, statement: str) -> None:
        if drop := _DROP.match(statement):
            self._drop(f"{drop[4]}.{drop[5]}", drop["kind"], may_be_missing=bool(drop["if"] or drop["quietly"]))
        elif view := _VIEW.match(statement):
            reads = set(_READ.findall(view["query"]))
            assert reads <= {*self.tables, *self.views}, f"{view[1]}.{view[2]} reads what is not there: {reads}"
            self._add(f"{view[1]}.{view[2]}")
            self.tables.remove(f"{view[1]}.{view[2]}")
            self.views[f"{view[1]}.{view[2]}"] = reads
        elif made := _INTO.match(statement):
            self._add(f"{made[1]}.{made[2]}")
        elif renamed := _RENAME.match(statement):
            self.tables.remove(renamed[1])
            self._add(f"{renamed[1].split('.')[0]}.{renamed[2]}")

    def _add(self, name: str) -> None:
        assert name not in {*self.tables, *self.views}, f"there is already an object named {name}"
        self.tables.add(name)

    def _drop(self, name: str, kind: str, *, may_be_missing: bool) -> None:
        there = self.tables if kind == "table" else set(self.views)
        if name not in there:
            assert may_be_missing, f"{name} is not there"
            return
        readers = sorted(view for view, reads in self.views.items() if name in reads)
        assert not readers, f"cannot drop {kind} {name} because other objects depend on it: {', '.join(readers)}"
        if kind == "table":
            self.tables.remove(name)
        else:
            del self.views[name]


def _statements(batch: str) -> list[str]:
    text = re.sub(r"--[^\n]*", "", batch).strip()
    return [text] if text.startswith("create view") else [each.strip() for each in text.split(";\n")]


@pytest.fixture(scope="module")
def scripts() -> list[str]:
    return [(SQL / "sqlserver" / name).read_text(encoding="utf-8") for name in SCRIPTS]


@pytest.mark.parametrize("engine", WRITERS)
def test_every_model_is_there_for_every_engine(engine: EngineName) -> None:
    """So that a diff shows what a change does to each of them."""
    names = [file.stem for file in (dbt_project() / "models").rglob("*.sql")]
    assert len(names) > 20
    scripts = "\n".join((SQL / engine / name).read_text(encoding="utf-8") for name in SCRIPTS)
    read = "\n".join((SQL / engine / name).read_text(encoding="utf-8") for name in FOR_READING)
    there = {
        name
        for name in names
        if re.search(rf"create (or replace )?(view|table) \w+\.{name}(__query)? as", scripts)
        or re.search(rf"^-- \w+\.{name}: ", read, re.MULTILINE)
    }
    assert set(names) - there == set(), "name the model's folder in goldreel.export_sql: SCRIPTS, or FOR_READING"


def test_engines_whose_packages_are_missing_are_left_out_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(requirements.PACKAGES, "spark", ("no-such-package",))
    monkeypatch.setitem(requirements.PACKAGES, "sqlserver", ("dbt-sqlserver", "no-such-package"))
    assert available_engines() == ["duckdb"]
    assert stale_scripts(tmp_path) == [tmp_path / "duckdb" / name for name in (*SCRIPTS, *FOR_READING)]
    done = CliRunner().invoke(cli, ["export-sql", "--check", "--output", str(tmp_path)], standalone_mode=False)
    assert done.return_value == 1
    assert "pip install 'goldreel[spark]'" in done.stderr
    assert "pip install 'goldreel[sqlserver]'" in done.stderr


@pytest.fixture
def server() -> Server:
    """A server with bronze, and nothing else."""
    server = Server()
    server.tables = {str(table) for table in BRONZE_TABLES}
    return server


def test_the_stand_in_refuses_what_such_a_server_refuses(server: Server) -> None:
    server.run("create view dbo.kept as\nselect * from bronze.users;")
    with pytest.raises(AssertionError, match=r"cannot drop table bronze\.users .* depend on it: dbo\.kept"):
        server.run("drop table bronze.users;")


def test_the_scripts_run_as_often_as_one_likes(server: Server, scripts: list[str]) -> None:
    for script in scripts * 2:
        server.run(script)
    assert "staging.counted_viewing_sessions" in server.views
    assert {"dbo.silver_users", "dbo.gold_user_analytics"} <= server.tables
    assert not [name for name in {*server.tables, *server.views} if "__" in name]


def test_they_run_after_a_build_by_goldreel_and_what_it_published(server: Server, scripts: list[str]) -> None:
    for script in scripts:
        server.run(script)
    tables = {name for name in server.tables if name.startswith("dbo.")}
    server.tables -= tables
    server.tables |= {name.replace("dbo.", "build_a.") for name in tables}
    server.views |= {name: {name.replace("dbo.", "build_a.")} for name in tables}
    for script in scripts * 2:
        server.run(script)
    assert tables <= server.tables


def test_they_run_after_a_run_that_was_stopped_anywhere(server: Server, scripts: list[str]) -> None:
    before = set(server.tables)
    for done, script in enumerate(scripts):
        for batches in range(1, len(tsql.batches(script))):
            server.tables, server.views = set(before), {}
            for earlier in scripts[:done]:
                server.run(earlier)
            server.run(script)
            server.run(script, batches)
            for again in scripts:
                server.run(again)


def test_a_build_by_goldreel_can_drop_staging_after_a_run_that_was_stopped(server: Server, scripts: list[str]) -> None:
    script = scripts[0]
    for batches in range(1, len(tsql.batches(script))):
        server.run(script, batches)
        staging = [name for name in server.views if name.startswith("staging.")]
        server.views = {name: reads for name, reads in server.views.items() if name not in staging}
        server.run("".join(f"drop table {name};\n" for name in sorted(server.tables) if name.startswith("staging.")))


def test_a_remark_on_the_last_line_does_not_take_the_semicolon_in() -> None:
    model = Model(
        "seen", "silver", "main", True, "What was seen.", "select 1 as one -- a remark", False, (), frozenset()
    )
    for engine, write in WRITERS.items():
        assert "select 1 as one -- a remark\n;" in write("script.sql", [model], ("silver",)), engine
    assert "select 1 as one -- a remark\n;" in for_reading("script.sql", [model])
