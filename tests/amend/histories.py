"""Random histories of deliveries that turn out to be wrong: delivered, withdrawn, repaired, forgotten."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from amend.world import World, catalogue, session, sessions, user, users
from goldreel.amend import Repaired, Wanted
from goldreel.errors import UsageError

KINDS = {"users": "users_{}__csv", "viewing_sessions": "viewing_sessions_{}__csv", "content": "content_{}__json"}


@dataclass
class Deliveries:
    """What is delivered: few keys, so that records meet; some break a rule, some lines are no records."""

    chance: random.Random
    standing: dict[int, tuple[str, str]] = field(default_factory=dict)  # by load: name and content of the file
    forgotten: set[str] = field(default_factory=set)

    def without_forgotten(self, name: str, content: str) -> str:
        """A file without the records of users who were forgotten."""
        if not self.forgotten or not name or name.startswith("content"):
            return content
        at = 0 if name.startswith("users") else 1
        kept = io.StringIO(newline="")
        rows = csv.reader(io.StringIO(content, newline=""))
        csv.writer(kept).writerows(
            row for row in rows if row[at : at + 1] != [] and row[at].strip() not in self.forgotten
        )
        return kept.getvalue()

    def file(self, number: int) -> tuple[str, str]:
        kind = self.chance.choice(["users", "users", "viewing_sessions", "viewing_sessions", "content"])
        return KINDS[kind].format(number), getattr(self, kind)()

    def users(self) -> str:
        pick = self.chance.choice
        keys = [pick(["U1", "U2", " U2 ", "u1", "U3", 'O\'Brien, "Ann"', "Zoë", ""]) for _ in range(5)]
        return users(*(user(key, pick([50, 150, 320.5, 600, "x"]), pick(["Peru", "Chile"])) for key in keys), "U9,torn")

    def viewing_sessions(self) -> str:
        pick = self.chance.choice
        days = ["2024-03-01", "2024-03-02", "2024-04-09", "never"]
        keys = [f"S{self.chance.randint(1, 9)}" for _ in range(6)]
        people = ["U1", "U2", "u1", 'O\'Brien, "Ann"', "Zoë", "nobody"]
        return sessions(
            *(session(key, pick(people), pick([5, 30.5, 0]), pick(days), pick(["M1", "M2"])) for key in keys)
        )

    def content(self) -> str:
        return catalogue("M1", *self.chance.sample(["M2", "M3"], 1), minutes=self.chance.choice([80, 90, "long"]))


def repaired(chance: random.Random, line: Mapping[str, str]) -> dict[str, str]:
    """A line of the export, mended, or not well enough."""
    mended = dict(line)
    if line["entity"] == "users":
        mended |= {"user_id": chance.choice(["U1", "U7", ""]), "registration_date": "2023-02-02"}
        mended |= {"total_watch_time_hours": chance.choice(["250", "x"])}
    elif line["entity"] == "viewing_sessions":
        mended |= {"watch_date": "2024-03-03", "watch_duration_minutes": chance.choice(["12", "0"])}
    else:
        mended |= {"duration_minutes": chance.choice(["100", "-1"])}
    return mended


def mend(world: World, lines: list[dict[str, str]]) -> list[Repaired]:
    """Load repairs; where an original and a try to mend it stand in one file, without the lines that are told."""
    try:
        return world.repair(lines)
    except UsageError as refused:
        told = {int(row) for row in re.findall(r"row (\d+): load \d+, row \d+ is a try", refused.what)}
        if not told:
            raise
        return mend(world, [line for row, line in enumerate(lines, 1) if row not in told])


def live(chance: random.Random, world: World) -> Deliveries:
    """Deliver, withdraw, repair, forget and build; returns the files whose loads count."""
    deliveries = Deliveries(chance)
    standing = deliveries.standing
    for number in range(chance.randint(5, 9)):
        name, content = deliveries.file(number)
        standing[world.load(**{name: content})] = (name, content)
        if chance.random() < 0.3:
            load = chance.choice(list(standing))
            world.withdraw(load)
            name, content = standing.pop(load)
            if name and chance.random() < 0.4:  # the same file again
                standing[world.load(**{name: content})] = (name, content)
        if chance.random() < 0.4:
            world.build()
            wrong = world.wrong_lines(Wanted())
            chosen = [line for line in wrong if chance.random() < 0.5]
            for done in mend(world, [repaired(chance, line) for line in chosen]) if chosen else []:
                standing[done.load.load_id] = ("", done.load.entity)
        if chance.random() < 0.25:
            known = world.rows("select user_id from bronze.users union select user_id from bronze.viewing_sessions")
            if people := sorted({user_id.strip() for (user_id,) in known} - {""}):
                deliveries.forgotten.add(chance.choice(people))
                world.forget(*deliveries.forgotten & set(people))
    return deliveries


def differences(seed: int, new_world: Callable[[], World]) -> list[str]:
    """Live a history, and compare it with a fresh warehouse; what is wrong.

    Args:
        new_world: makes an empty warehouse; the one before may be gone then.
    """
    world = new_world()
    deliveries = live(random.Random(seed), world)
    world.build()
    wrong = [f"history {seed}: {each}" for each in world.out_of_balance()]
    found = world.numbers()
    remaining = [
        {name: deliveries.without_forgotten(name, content)} if name else world.as_delivered(load, content)
        for load, (name, content) in sorted(deliveries.standing.items())
    ]
    fresh = new_world()
    for files in remaining:
        fresh.load(**files)
    fresh.build()
    wanted = fresh.numbers()
    tables = sorted({*found, *wanted})
    return wrong + [f"history {seed}: {name}" for name in tables if found.get(name) != wanted.get(name)]
