"""The change sets of builds, as `changed_records` holds them, summed for who explains numbers by them.

Over several builds a record has the cause of its first change and counts once, from its state at the start to its state
at the end; if those weigh the same, nothing of it is left.
"""

from __future__ import annotations

from goldreel.engines import Engine
from goldreel.engines.base import Result
from goldreel.why.kpis import KPIS, Kpi
from goldreel.why.parts import Move, Moves, TitleMove, UserMove

_CARRIED = ("cause", "load_id", "source_file", "source_row")
_STATE = (
    "outcome",
    "user_id",
    "content_id",
    "watch_date",
    "duration_minutes",
    "total_watch_time_hours",
    "country",
    "subscription_type",
    "title",
    "genre",
    "content_type",
    "device_type",
)


def net_changes(engine: Engine, changed_records: str, after_build: int, to_build: int) -> str:
    """SQL of the changes after one build and up to another, one row a record, as common table expressions.

    They end in `changes`, which has the columns of `changed_records` but build_id.
    """
    step_of = dict.fromkeys((*_CARRIED, *(f"before_{name}" for name in _STATE)), "first_step")
    step_of |= dict.fromkeys((f"after_{name}" for name in _STATE), "last_step")
    among = f"{changed_records} where build_id > {after_build} and build_id <= {to_build}"
    if len(engine.execute(f"select distinct build_id from {among}").rows) <= 1:
        return f"changes as (select entity, record_key, {', '.join(step_of)} from {among})"
    # of a group one row is the first step and one the last, so that there is one value to choose the largest of
    chosen = ", ".join(f"max(case when {step} = 1 then {name} end) as {name}" for name, step in step_of.items())
    return f"""
        steps as (
            select
                records.*,
                row_number() over (partition by entity, record_key order by build_id) as first_step,
                row_number() over (partition by entity, record_key order by build_id desc) as last_step
            from (select * from {among}) as records
        ),
        changes as (
            select entity, record_key, {chosen}
            from steps
            group by entity, record_key
        )"""


# Of every change: what it weighs on each side.
_WEIGHTS = """
        weights as (
            select
                changes.*,
                case when before_outcome = 'current' then 1 else 0 end as was_current,
                case when after_outcome = 'current' then 1 else 0 end as is_current,
                case when before_outcome in ('current', 'inactive_user') then 1 else 0 end as was_valid,
                case when after_outcome in ('current', 'inactive_user') then 1 else 0 end as is_valid,
                case when before_outcome = 'current' then before_duration_minutes else 0 end as minutes_before,
                case when after_outcome = 'current' then after_duration_minutes else 0 end as minutes_after,
                case when before_outcome in ('current', 'inactive_user') then before_duration_minutes else 0 end
                    as valid_minutes_before,
                case when after_outcome in ('current', 'inactive_user') then after_duration_minutes else 0 end
                    as valid_minutes_after,
                case when before_outcome = 'current' then before_total_watch_time_hours else 0 end as hours_before,
                case when after_outcome = 'current' then after_total_watch_time_hours else 0 end as hours_after,
                case when coalesce(before_content_id, '') <> coalesce(after_content_id, '') then 1 else 0 end
                    as other_title
            from changes
        )"""

_MOVES_IT = {
    "active_users_100h_plus": "was_current <> is_current",
    "total_users": "was_valid <> is_valid",
    "total_content_catalog": "was_current <> is_current",
    "total_viewing_sessions": "was_current <> is_current",
    "total_watch_hours": "minutes_before <> minutes_after",
    "avg_user_engagement_hours": "was_current <> is_current or hours_before <> hours_after",
    "content_with_views": "was_current <> is_current or is_current = 1 and other_title = 1",
    "effective_catalog_size": "valid_minutes_before <> valid_minutes_after or is_valid = 1 and other_title = 1",
}
"""Of every number: which changes of its entity move it, as a condition on `weights`."""

_COUNTS = ",".join(
    f"sum(case when entity = '{kpi.entity}' and ({_MOVES_IT[kpi.name]}) then 1 else 0 end) as moves_{kpi.name}"
    for kpi in KPIS
)
_BY_LOAD = f"""
        select
            entity,
            cause,
            load_id,
            source_file,
            sum(is_current - was_current) as current_records,
            sum(is_valid - was_valid) as valid_records,
            sum(minutes_after - minutes_before) / 60 as watch_hours,
            sum(hours_after - hours_before) as lifetime_hours,
            {_COUNTS}
        from weights
        group by entity, cause, load_id, source_file"""

_BY_TITLE = """
        select cause, content_id, sum(views) as views, sum(minutes) as minutes
        from (
            select cause, before_content_id as content_id, -was_current as views, -valid_minutes_before as minutes
            from weights where entity = 'viewing_sessions' and was_valid = 1
            union all
            select cause, after_content_id, is_current, valid_minutes_after
            from weights where entity = 'viewing_sessions' and is_valid = 1
        ) as sides
        group by cause, content_id"""

_SUMS = {
    "active_users_100h_plus": "current_records",
    "total_users": "valid_records",
    "total_content_catalog": "current_records",
    "total_viewing_sessions": "current_records",
    "total_watch_hours": "watch_hours",
}


def moves_between(engine: Engine, changed_records: str, after_build: int, to_build: int) -> Moves:
    """What the changes after one build and up to another come to, by cause and load.

    Args:
        changed_records: the table, with its schema.
        after_build: 0: from before the first build.
    """
    with_weights = f"with {net_changes(engine, changed_records, after_build, to_build)}, {_WEIGHTS}"
    found = engine.execute(with_weights + _BY_LOAD)
    loads = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    moved = [(kpi, row, int(row[f"moves_{kpi.name}"])) for row in loads for kpi in KPIS if row["entity"] == kpi.entity]
    sums = [
        Move(kpi.name, row["cause"], row["load_id"], row["source_file"], row[_SUMS[kpi.name]] or 0, records)
        for kpi, row, records in moved
        if kpi.how == "sum"
    ]
    users = [
        UserMove(row["cause"], int(row["current_records"]), row["lifetime_hours"] or 0.0, records)
        for kpi, row, records in moved
        if kpi.name == "avg_user_engagement_hours"
    ]
    counts: dict[tuple[str, str], int] = {}
    for kpi, row, records in moved:
        if kpi.entity == "viewing_sessions" and kpi.how == "shapley":
            counts[kpi.name, row["cause"]] = counts.get((kpi.name, row["cause"]), 0) + records
    titles = [TitleMove(*row) for row in engine.execute(with_weights + _BY_TITLE).rows]
    return Moves(sums, users, titles, counts)


BY = ("country", "subscription_type", "genre", "content_type", "title", "device_type", "file")
"""By what the changes of a number that is a sum can be told apart."""

# Of every number that is a sum: what a record adds on a side ({side}: was or is, {place}: before or after).
_SIDES = {
    "active_users_100h_plus": ("users", "{side}_current"),
    "total_users": ("users", "{side}_valid"),
    "total_content_catalog": ("content", "{side}_current"),
    "total_viewing_sessions": ("viewing_sessions", "{side}_current"),
    "total_watch_hours": ("viewing_sessions", "minutes_{place} / 60"),
}
_USER_DIMENSIONS = ("country", "subscription_type")
_TITLE_DIMENSIONS = ("genre", "content_type", "title")


def dimensions_of(kpi: str) -> tuple[str, ...]:
    """By what the change of a number can be told apart; none where the number is no sum over records."""
    if kpi not in _SIDES:
        return ()
    return {
        "users": (*_USER_DIMENSIONS, "file"),
        "content": (*_TITLE_DIMENSIONS, "file"),
        "viewing_sessions": BY,
    }[_SIDES[kpi][0]]


def dimension_parts(
    engine: Engine, schema: str, kpi: str, by: str, after_build: int, to_build: int
) -> dict[str, float]:
    """The parts of a sum's change by the values of a dimension, the largest first; they sum to the change.

    A record counts for the value that it (or its user or title) had on each side. A title of several genres counts in
    equal parts for each of them.

    Args:
        by: one of `dimensions_of` the number.
    """
    entity, weight = _SIDES[kpi]
    changes = f"{schema}.changed_records"
    sides = " union all ".join(
        f"select {_label(entity, by, place)} as label, {sign} * {weight.format(side=side, place=place)} as part "
        f"from weights {_join(schema, entity, by, place)} where weights.entity = '{entity}'"
        for side, place, sign in (("was", "before", -1), ("is", "after", 1))
    )
    found = engine.execute(
        f"with {net_changes(engine, changes, after_build, to_build)}, {_WEIGHTS} "
        f"select label, sum(part) from ({sides}) as sides where part <> 0 group by label"
    )
    parts: dict[str, float] = {}
    for label, part in found.rows:
        genres = [genre.strip() for genre in label.split(",")] if by == "genre" and label else [label or "unknown"]
        genres = list(dict.fromkeys(filter(None, genres))) or ["Unknown"]
        for genre in genres:
            parts[genre] = parts.get(genre, 0.0) + float(part) / len(genres)
    return dict(sorted(parts.items(), key=lambda part: (-abs(part[1]), part[0])))


def _label(entity: str, by: str, place: str) -> str:
    """SQL of what a changed record is told apart by, on one side."""
    if by == "file":
        return "weights.source_file"
    if entity != "viewing_sessions" or by == "device_type":
        return f"weights.{place}_{by}"
    # what the user or title was on that side: if it changed too its own change says so, else it is as it is now
    return f"coalesce(referred.{place}_{by}, known.{by})"


def _join(schema: str, entity: str, by: str, place: str) -> str:
    if entity != "viewing_sessions" or by in ("device_type", "file"):
        return ""
    table, key, of = (
        ("silver_users", "user_id", "users") if by in _USER_DIMENSIONS else ("silver_content", "content_id", "content")
    )
    return (
        f"left join {schema}.{table} as known on weights.{place}_{key} = known.{key} "
        f"left join changes as referred on referred.entity = '{of}' and weights.{place}_{key} = referred.record_key"
    )


def records_of_cause(engine: Engine, schema: str, kpi: Kpi, cause: str, after_build: int, to_build: int) -> Result:
    """The changes of one cause that move a number: what was delivered where, and the state before and after."""
    columns = ("record_key", *_CARRIED, *(f"{place}_{name}" for name in _STATE for place in ("before", "after")))
    return engine.execute(
        f"with {net_changes(engine, f'{schema}.changed_records', after_build, to_build)}, {_WEIGHTS} "
        f"select {', '.join(columns)} from weights "
        f"where entity = '{kpi.entity}' and cause = ? and ({_MOVES_IT[kpi.name]}) "
        "order by load_id, source_file, source_row, record_key",
        [cause],
    )
