"""Builds that take turns in two schemas: what the coming one can take of the tables of sessions in its own.

Each schema is two builds behind when its turn comes. Its tables of sessions are brought up to date where it is certain
which sessions changed since; otherwise they are made anew, from what was judged.
"""

from __future__ import annotations

import json

from goldreel.build_log import BUILDS, Build
from goldreel.changes import tells_which
from goldreel.engines import Engine

TABLES_OF_SESSIONS = ("silver_viewing_sessions", "fact_viewing_session")
"""See `dbt/macros/cross_engine/turns.sql`; their rows are the sessions whose outcome is `current`."""


def last_turn(engine: Engine, schema: str, last: Build) -> int | None:
    """The build whose tables of sessions a schema holds, if it is certain which sessions changed since.

    Args:
        last: the build before the coming one, which takes what that one left.
    """
    if schema == engine.default_schema:  # builds take no turns
        return None
    if not {*TABLES_OF_SESSIONS, "compared_builds"} <= set(engine.tables(schema)):
        return None
    ((build_id, was_running),) = engine.execute(f"select build_id, is_running from {schema}.compared_builds").rows
    if not was_running or not tells_which(engine, last.schema_name, build_id, last.build_id):
        return None
    made_of = engine.execute(
        f"select made_of from {BUILDS} where build_id = {build_id} and status = 'passed' order by entry desc"
    ).rows
    judged = json.loads(made_of[0][0])["tables"]["judged_viewing_sessions"]
    sessions = sum(records for outcome, records, _ in judged if outcome == "current")
    rows = [engine.execute(f"select count(*) from {schema}.{name}").rows[0][0] for name in TABLES_OF_SESSIONS]
    return int(build_id) if all(each == sessions for each in rows) else None
