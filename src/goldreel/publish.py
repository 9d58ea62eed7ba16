"""The hand-over to readers: only builds that passed all their tests, and all tables of a build in one step."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime

import pyarrow as pa

import goldreel
from goldreel.build_log import BUILDS, Build, next_version, record_publication
from goldreel.changes import builds_told_in, tells_all, tells_which
from goldreel.config import Settings
from goldreel.engines import Engine, open_published
from goldreel.engines.base import Since
from goldreel.errors import (
    GoldreelError,
    NothingPublished,
    RightMissing,
    UsageError,
    WarehouseInUse,
    WarehouseMissing,
)
from goldreel.explanations.builds import record_numbers
from goldreel.load_checks import refuse_stopped, show_acceptances
from goldreel.loading.contract import LOADS, REJECTED_RECORDS
from goldreel.loading.ledger import now
from goldreel.why.sentences import what_moved

_ABOUT = pa.schema(
    [
        ("version", pa.int64()),
        ("build_id", pa.int64()),
        ("published_at", pa.timestamp("us")),
        ("as_of", pa.string()),
        ("data_through", pa.string()),
        ("tests_passed", pa.int64()),
        ("engine", pa.string()),
        ("goldreel_version", pa.string()),
        ("loaded_at", pa.timestamp("us")),
    ]
)


@dataclass(frozen=True)
class Publication:
    """A published version.

    Attributes:
        location: where readers find it: a file, or a database.
        as_of: the day that the build counted to, YYYY-MM-DD.
        data_through: the last day with a session, YYYY-MM-DD, if there is any.
        loaded_at: when the last of its loads ended; None where an earlier goldreel published it.
        tests_passed: how many tests its build ran, all of them passed.
        moved: what moved since the version before, and why: up to three sentences, told by who published it.
    """

    location: str
    version: int
    build_id: int
    published_at: datetime
    as_of: str
    data_through: str | None
    loaded_at: datetime | None = None
    tests_passed: int | None = None
    moved: tuple[str, ...] = ()


def publish_build(engine: Engine, build: Build | None, settings: Settings, *, anew: bool = False) -> Publication:
    """Hand the last build over to readers.

    Args:
        build: the last build; it must have passed all its tests.
        anew: take nothing from what readers have.

    Raises:
        GoldreelError: there is no build, or the last one did not pass; what was published before stays.
        LoadsStopped: a load looks wrong as a whole, and nobody has accepted it.
        UsageError: readers' place cannot be written.
    """
    if build is None or build.status != "passed":
        found = "there is none" if build is None else f"build {build.build_id} is {build.status}"
        detail = f": {build.failures}" if build is not None and build.failures else ""
        raise GoldreelError(
            f"Only a build that passed all its tests is published, but {found}{detail}.",
            where=engine.location,
            remedy="run `goldreel build`, mend what it reports, and publish again",
        )
    refuse_stopped(engine, build)
    show_acceptances(engine, build)
    since = None
    if build.built_on is not None and not anew:
        with suppress(GoldreelError):  # who cannot read what is published can publish
            since = _since_what_readers_have(engine, build, current_publication(settings))
    version, published_at = next_version(engine), now()
    explained = record_numbers(engine, build, version, published_at)
    tables = [(build.schema_name, name) for name in engine.tables(build.schema_name)]
    of_loads = [(table.schema, table.name) for table in (LOADS, REJECTED_RECORDS)]
    data_through = engine.execute(f"select data_through from {build.schema_name}.gold_executive_summary").rows[0][0]
    about = {
        "version": version,
        "build_id": build.build_id,
        "published_at": published_at,
        "as_of": build.as_of,
        "data_through": data_through and data_through.isoformat(),
        "tests_passed": build.tests_passed,
        "engine": engine.name,
        "goldreel_version": goldreel.__version__,
        "loaded_at": engine.execute(f"select max(finished_at) from {LOADS} {build.where_seen()}").rows[0][0],
    }
    row = pa.Table.from_pylist([about], _ABOUT)
    engine.publish(version, tables + of_loads, row, dict.fromkeys(of_loads, build.where_seen()), since)
    record_publication(engine, build, version)
    return replace(_published(settings), moved=what_moved(explained))


def _since_what_readers_have(engine: Engine, build: Build, published: Publication | None) -> Since | None:
    """How a build differs from the one that is published; None where that is not certain, or somebody was forgotten."""
    if published is None or not tells_which(engine, build.schema_name, published.build_id, build.build_id):
        return None
    changes = f"{build.schema_name}.changed_records"
    keys = f"select record_key from {changes} where build_id > {published.build_id}"
    builds = f"build_id > {published.build_id} or build_id not in ({builds_told_in(changes)})"
    sessions = (build.schema_name, "silver_viewing_sessions")
    touched = ("staging", "touched_rows_of_silver_viewing_sessions")  # there after a build of what is new
    has_all = published.build_id == build.built_on and engine.has_table(*touched)
    return Since(
        published.version,
        published.build_id,
        {
            sessions: ("session_id", f"{keys} and entity = 'viewing_sessions'"),
            (build.schema_name, "changed_records"): ("build_id", f"select build_id from {BUILDS} where {builds}"),
        },
        {sessions: touched} if has_all else {},
    )


def since_later(engine: Engine, build: Build, earlier: int, version: int) -> Since | None:
    """How an earlier build differs from the one that was published as a version; None where that is not certain.

    Both are without those who were forgotten. It is told from the version of the earlier build, while the later one is
    at hand as `publication`.
    """
    schema = build.schema_name
    if not tells_all(engine, schema, earlier, build.build_id):
        return None
    later = f"publication.{schema}.changed_records"
    gone = f"{builds_told_in(f'{schema}.changed_records')} where build_id not in ({builds_told_in(later)})"
    return Since(
        version,
        build.build_id,
        {
            (schema, "silver_viewing_sessions"): (
                "session_id",
                f"select record_key from {later} where build_id > {earlier} and entity = 'viewing_sessions'",
            ),
            (schema, "changed_records"): (
                "build_id",
                f"select build_id from {later} where build_id > {earlier} union {gone}",
            ),
        },
    )


def publish_version(engine: Engine, version: int, settings: Settings) -> Publication:
    """Make a version that is still kept the current one again.

    Raises:
        UsageError: that version is not there.
    """
    kept = engine.published_versions()
    if version not in kept:
        raise UsageError(
            f"Version {version} is not kept.",
            where=engine.location,
            remedy=f"choose one of those kept: {', '.join(str(each) for each in kept) or 'none'}",
        )
    engine.republish(version)
    return _published(settings)


def current_publication(settings: Settings) -> Publication | None:
    """What readers get now, if anything was published.

    Raises:
        RightMissing: this login may not see whether anything was.
    """
    try:
        with open_published(settings) as engine:
            if not engine.has_table(engine.default_schema, "publication"):
                missing = engine.missing_right(engine.default_schema)
                if missing:
                    raise RightMissing(
                        f"What is published cannot be seen: missing is {missing}.",
                        where=engine.location,
                        remedy="let an administrator add the login to the role goldreel_analyst or goldreel_dashboard",
                    )
                return None
            found = engine.execute(f"select * from {engine.default_schema}.publication")
            about = dict(zip(found.columns, found.rows[0], strict=True))
            known = {field.name: about[field.name] for field in fields(Publication) if field.name in about}
            return Publication(location=engine.location, **known)
    except (NothingPublished, WarehouseMissing, WarehouseInUse):
        return None


def _published(settings: Settings) -> Publication:
    publication = current_publication(settings)
    assert publication is not None, "it was just published"
    return publication
