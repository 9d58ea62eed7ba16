"""What a build can stand on: whether it takes the tables that the last one left, and judges only what came since.

It does where these are certain to be what a build in full would make of the same loads. Otherwise everything is made
anew, and the reason is told. What a build rests on besides new loads is noted when it has passed (`Build.made_of`): a
build that failed or was killed leaves nothing to stand on, and none stands on what was there before it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import goldreel
from goldreel.build_log import Build, last_build
from goldreel.config import Settings, dbt_project
from goldreel.engines import Engine
from goldreel.loading.contract import ENTITIES, LOADS
from goldreel.loading.ledger import FORGOTTEN, amendments

JUDGED = tuple(f"judged_{entity.name}" for entity in ENTITIES)
PARTIALS = ("title_days", "user_days", "user_genres", "user_titles", "user_totals")
"""What gold is added up from."""

KEPT = JUDGED + PARTIALS
"""The tables in `staging` that builds add to; in `dbt/models` they are `materialized: incremental`."""


@dataclass(frozen=True)
class Basis:
    """What a build stands on.

    Attributes:
        build: the one whose tables it takes; None: it is made in full.
        why_in_full: then why, as the end of a sentence that says that it is.
    """

    build: Build | None
    why_in_full: str = ""


def choose_basis(engine: Engine, settings: Settings) -> Basis:
    """What the build that comes can stand on. `build_schema` is where the last one was made."""
    last = last_build(engine)
    if not engine.adds_what_is_new:
        return Basis(None, f"on {engine.title} every build is")
    if last is None:
        return Basis(None, "it is the first build")
    if last.status != "passed":
        return Basis(None, f"build {last.build_id} did not pass")
    if not last.made_of or last.seen_load_id is None:
        return Basis(None, f"build {last.build_id} was made by an earlier goldreel")
    was = json.loads(last.made_of)
    now = _made_of(engine, settings, last) | {"amendments": _amended(engine, was.get("amendments"))}
    for what, told in _TOLD.items():
        if was.get(what) != now[what] or (what == "tables" and not now[what]):
            return Basis(None, told.format(_difference(was.get(what), now[what])) + f" since build {last.build_id}")
    return Basis(last)


def _amended(engine: Engine, before: int | None) -> int | None:
    """The last amendment since one, but for those that a build follows: it takes out the records of forgotten users."""
    since = [each for each in amendments(engine) if each.amendment_id > (before or 0) and each.kind != FORGOTTEN]
    return max((each.amendment_id for each in since), default=before)


# What must be as it was, in the order in which it is told.
_TOLD = {
    "goldreel": "goldreel changed",
    "rules": "the rules changed",
    "settings": "settings changed{}",
    "loads": "loads that were built before changed (one was taken back, say)",
    "amendments": "records were repaired, or loads withdrawn",
    "tables": "tables in the warehouse changed",
}


def left_by(engine: Engine, settings: Settings, build: Build) -> Build:
    """A build that has just passed, with what the next one needs to know to stand on it."""
    if not engine.adds_what_is_new:
        return build
    reached = engine.execute(f"select data_through from {build.schema_name}.gold_executive_summary").rows[0][0]
    made_of = _made_of(engine, settings, build) | {"amendments": build.seen_amendment or 0}
    return build._replace(made_of=json.dumps(made_of), data_through=reached and reached.isoformat())


def _made_of(engine: Engine, settings: Settings, build: Build) -> dict[str, Any]:
    variables = {name: value for name, value in settings.dbt_variables("").items() if name != "as_of"}
    return {
        "goldreel": goldreel.__version__,
        "rules": _fingerprint_of_rules(),
        "settings": variables,
        "loads": _fingerprint_of_loads(engine, build),
        "tables": _tables(engine, build),
    }


def _fingerprint_of_rules() -> str:
    """Of all that dbt reads: formulas, rules and what they are called with."""
    project, digest = dbt_project(), hashlib.sha256()
    for folder in ("models", "macros", "tests"):
        for file in sorted((project / folder).rglob("*")):
            if file.suffix in (".sql", ".yml"):
                digest.update(f"{file.relative_to(project)}\n".encode() + file.read_bytes())
    digest.update((project / "dbt_project.yml").read_bytes())
    return digest.hexdigest()


def _fingerprint_of_loads(engine: Engine, build: Build) -> str:
    """Of what the ledger says of the loads that a build is made of."""
    found = engine.execute(f"select * from {LOADS} {build.where_seen()} order by load_id")
    digest = hashlib.sha256()
    for row in found.rows:
        known = {name: str(value) for name, value in zip(found.columns, row, strict=True) if value is not None}
        digest.update(json.dumps(known, sort_keys=True).encode())
    return digest.hexdigest()


def _tables(engine: Engine, build: Build) -> dict[str, Any]:
    """Which build made the tables, and how many records (of which outcome) they hold: dbt may have run since.

    Who runs it, or a script, by hand does not say which loads there were: `judged_with_load_id` is empty then.
    """
    there = set(engine.tables("staging"))
    if not there.issuperset(KEPT) or not engine.has_table(build.schema_name, "compared_builds"):
        return {}
    made_by = engine.execute(f"select build_id, is_running from {build.schema_name}.compared_builds").rows
    records = "outcome, count(*), count(judged_with_load_id)"
    counts = {
        name: engine.execute(f"select {records} from staging.{name} group by outcome order by outcome").rows
        for name in JUDGED
    }
    counts |= {name: engine.execute(f"select count(*) from staging.{name}").rows for name in PARTIALS}
    # as JSON gives it back
    return json.loads(json.dumps({"made_by": made_by, **counts}))  # type: ignore[no-any-return]


def _difference(was: Any, now: Any) -> str:
    """Which settings are others."""
    if not (isinstance(was, dict) and isinstance(now, dict)):
        return ""
    names = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
    return f" ({', '.join(names)})" if names else ""
