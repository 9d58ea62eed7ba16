"""A warehouse with versions for readers, and people in it of whom some are to be forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from amend.world import catalogue, quoted, session, sessions, user
from changes.growing import Growing
from goldreel import amend
from goldreel.amend.forgetting import Erased
from goldreel.engines.base import Since
from goldreel.loading import FileOutcome, find_delivery, ledger, load_delivery
from goldreel.loading.contract import LOADS, REJECTED_RECORDS, USERS
from goldreel.publish import since_later
from loading.delivering import Listening

GONE = [
    "plain-7731", "O'Brien-7732", 'say "hi" 7733', "Zoë-Ünï-7734", "名前七七三五", "semi;colon-7736", "tab\t7737",
    "comma,7738", "back\\slash-7739", "percent%_7740", "prefix7741", "{curly-7742}", "[brackets]-7743", "--dashes-7744",
    "'; drop table users; --7745", "😀-7746", "a b c 7747", "Upper7748", "ann@7749.example", "7750000000007750",
]  # fmt: skip
STAY = ["prefix77410", "prefix7741-1", "prefix7741 b", "upper7748", "plain-77310", "a b c 77470", "x77500000000077500"]
HEADER = f"{','.join(USERS.columns)},friend"


class Home(Growing):
    """A warehouse with versions for readers."""

    def deliver(self, **files: str) -> list[FileOutcome]:
        folder = self.settings.home.with_name(f"delivery_{len(list(self.settings.home.parent.iterdir()))}")
        folder.mkdir()
        for name, content in files.items():
            (folder / name.replace("__", ".")).write_text(content, encoding="utf-8")
        return load_delivery(self.engine, find_delivery(folder), Listening())

    def deliver_lives(self, people: list[str], names: Iterable[tuple[int, str]]) -> None:
        """A delivery of all kinds: people who are given, users by number and name with their sessions, two titles."""
        plays: list[str] = []
        for number, name in names:
            records = of_user(name, number)
            people, plays = people + records[0], plays + records[1]
        plays.append(session("shared", "friendly", 7))
        self.deliver(
            users__csv="\n".join([HEADER, *people, ""]),
            viewing_sessions__csv=sessions(*plays),
            content__json=catalogue("M1", "M2"),
        )

    def publish(self) -> int:
        tables = [("main", name) for name in self.engine.tables("main")]
        of_loads = [(table.schema, table.name) for table in (LOADS, REJECTED_RECORDS)]
        version = max([*self.engine.published_versions(), 0]) + 1
        about = pa.table({"version": [version], "build_id": [self.built[-1].build_id]})
        self.engine.publish(version, tables + of_loads, about, {})
        return version

    def forget(self, *user_ids: str, reason: str = "") -> Erased:
        return amend.forget(self.engine, user_ids, reason, self.build_if_due, self.publish, self.since)

    def since(self, build_id: int, version: int) -> Since | None:
        """As the pipeline does."""
        return since_later(self.engine, self.built[-1], build_id, version)

    def versions(self) -> dict[str, dict[str, list[tuple[Any, ...]]]]:
        """Every row of every version, by file and table."""
        return {file.name: rows_of(file) for file in sorted(self.settings.home.rglob("v*.duckdb"))}

    def build_if_due(self) -> bool:
        """As the pipeline does (goldreel/pipeline/forgetting.py)."""
        is_due = (self.built[-1].seen_amendment or 0) < ledger.last_amendment(self.engine)
        return not is_due or self.build(100).status == "passed"


def rows_of(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(str(file), read_only=True) as version:
        names = version.execute("select table_schema || '.' || table_name from information_schema.tables").fetchall()
        return {name: sorted(version.execute(f"from {name}").fetchall(), key=repr) for (name,) in names}


def of_user(name: str, number: int) -> tuple[list[str], list[str]]:
    """Lines of users and of sessions: valid ones, one that breaks a rule, and one that is no record."""
    plays = [
        session(f"{number}-a", name),
        session(f"{number}-b", f" {name}\t", 12.5, "2024-03-02"),
        session(f"{number}-c", name, 0),
        f"{number}-d,{quoted(name)},M1",
    ]
    return [f"{user(name, 200 + number)},"], plays
