"""What was done when users were forgotten, for whoever has to show it. It names them by their hashes only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import goldreel
from goldreel.amend.forgetting import Erased
from goldreel.durable import write_durably
from goldreel.engines import Engine
from goldreel.loading.forgotten import SALT_FILE
from goldreel.loading.ledger import last_amendment, now, who

FOLDER = "certificates"


@dataclass(frozen=True)
class Certificate:
    """What was done, what was looked through, and what is out of reach.

    Attributes:
        amendment: its number in `bronze.amendments`.
        users: hashes of those who were forgotten.
        loads: which loads had delivered how many records of theirs.
        removed: rows that went, or lost a text, by where they were.
        found: where something of theirs still is: nothing, or the forgetting is not complete.
        elsewhere: where the same text stands as something else, a country or a title say.
        build: whether the numbers were made without them.
        stays: what goldreel keeps, and why.
        outside: what it cannot reach.
        file: where this is kept.
    """

    amendment: int
    users: tuple[str, ...]
    forgotten_at: datetime
    forgotten_by: str
    reason: str
    goldreel_version: str
    engine: str
    warehouse: str
    loads: list[dict[str, Any]]
    removed: Mapping[str, int]
    searched: Mapping[str, int]
    found: Mapping[str, int]
    elsewhere: Mapping[str, int]
    build: str
    stays: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    file: str = ""

    @property
    def is_complete(self) -> bool:
        return not self.found

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self) | {"complete": self.is_complete}


def certify(engine: Engine, erased: Erased, reason: str) -> Certificate:
    """The certificate of what was done, kept in a file under `GOLDREEL_HOME` too."""
    loads = [each._asdict() for each in erased.plan.loads()]
    builds = {
        None: "nothing was built before",
        True: "the numbers were made anew without them",
        False: "the build without them did not pass: `goldreel build` tells why; nothing of them is in what it left",
    }
    published = f", and published as version {erased.version}" if erased.version is not None else ""
    number = last_amendment(engine)
    file = engine.home / FOLDER / f"forgotten-{number:06}.json"
    certificate = Certificate(
        amendment=number,
        users=erased.hashes,
        forgotten_at=now(),
        forgotten_by=who(),
        reason=reason,
        goldreel_version=goldreel.__version__,
        engine=engine.name,
        warehouse=engine.location,
        loads=loads,
        removed=dict(erased.rows),
        searched={
            "tables": erased.search.tables,
            "rows": erased.search.rows,
            "files": erased.search.files,
            "bytes": erased.search.bytes,
        },
        found=dict(erased.search.found),
        elsewhere=dict(erased.search.elsewhere),
        build=builds[erased.built] + published,
        stays=_stays(engine),
        outside=_outside(loads, erased),
        file=str(file),
    )
    write_durably(file, json.dumps(certificate.as_dict(), indent=2, ensure_ascii=False, default=str) + "\n")
    return certificate


def _stays(engine: Engine) -> list[str]:
    salt = engine.home / SALT_FILE
    return [
        "how many records of each load are gone (bronze.forgotten_records), so that the account still balances",
        f"a hash of each user (bronze.forgotten_users), by which they are kept out; its salt is {salt}",
        "numbers that were counted over many users, in versions that were published before",
        "of changes of numbers: hours of a user, title and minutes of a session, a salted hash in the place of its id",
    ]


def _outside(loads: list[dict[str, Any]], erased: Erased) -> list[str]:
    files = sorted({f"{load['source_file']} (load {load['load_id']}, sha256 {load['sha256']})" for load in loads})
    return [
        *(f"the delivered file {file} still has their records" for file in files),
        "backups and snapshots of the warehouse and its folder, free space of the disk, temporary files elsewhere",
        "files that people made of what they read: exports, repairs, notebooks, tables that others loaded",
        "programs that have an older version open or in memory (start a dashboard again), and their logs",
        "where the ids were typed or listed: the terminal's history, the scheduler's log, the file given with --from",
        *(f"the database {file}, which was not looked into" for file in erased.search.unread),
        *([f"not done: {erased.not_done}"] if erased.not_done else []),
    ]
