"""The change sets of builds, as `changed_records` holds them, summed for who explains numbers by them.

Over several builds a record has the cause of its first change and counts once, from its state at the start to its state
at the end; if those weigh the same, nothing of it is left.
"""

from __future__ import annotations

from goldreel.engines import Engine
from goldreel.why.parts import Move, Moves, TitleMove, UserMove

_CARRIED = ("cause", "load_id", "source_file", "source_row")
_WEIGHED = ("outcome", "user_id", "content_id", "watch_date", "duration_minutes", "total_watch_time_hours")


def net_changes(changed_records: str, after_build: int, to_build: int) -> str:
    """SQL of the changes after one build and up to another, one row a record, as common table expressions.

    They end in `changes`: entity, record_key, cause, load_id, source_file, source_row, and before_… and after_… of
    outcome, user_id, content_id, watch_date, duration_minutes and total_watch_time_hours.
    """
    carried = ", ".join(f"first_one.{name}" for name in _CARRIED)
    before = ", ".join(f"first_one.before_{name}" for name in _WEIGHED)
    after = ", ".join(f"last_one.after_{name}" for name in _WEIGHED)
    return f"""
        steps as (
            select
                records.*,
                row_number() over (partition by entity, record_key order by build_id) as step,
                row_number() over (partition by entity, record_key order by build_id desc) as step_from_last
            from {changed_records} as records
            where build_id > {after_build} and build_id <= {to_build}
        ),
        changes as (
            select first_one.entity, first_one.record_key, {carried}, {before}, {after}
            from steps as first_one
            inner join steps as last_one
                on first_one.entity = last_one.entity and first_one.record_key = last_one.record_key
            where first_one.step = 1 and last_one.step_from_last = 1
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

_BY_LOAD = """
        select
            entity,
            cause,
            load_id,
            source_file,
            sum(is_current - was_current) as current_records,
            sum(case when is_current <> was_current then 1 else 0 end) as current_changes,
            sum(is_valid - was_valid) as valid_records,
            sum(case when is_valid <> was_valid then 1 else 0 end) as valid_changes,
            sum(minutes_after - minutes_before) / 60 as watch_hours,
            sum(case when minutes_after <> minutes_before then 1 else 0 end) as watch_hours_changes,
            sum(hours_after - hours_before) as lifetime_hours,
            sum(case when is_current <> was_current or hours_after <> hours_before then 1 else 0 end)
                as lifetime_hours_changes,
            sum(case when is_current <> was_current or is_current = 1 and other_title = 1 then 1 else 0 end)
                as views_changes,
            sum(
                case
                    when valid_minutes_after <> valid_minutes_before then 1
                    when is_valid = 1 and other_title = 1 then 1
                    else 0
                end
            ) as valid_minutes_changes
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
    "active_users_100h_plus": ("users", "current_records", "current_changes"),
    "total_users": ("users", "valid_records", "valid_changes"),
    "total_content_catalog": ("content", "current_records", "current_changes"),
    "total_viewing_sessions": ("viewing_sessions", "current_records", "current_changes"),
    "total_watch_hours": ("viewing_sessions", "watch_hours", "watch_hours_changes"),
}
_TITLE_COUNTS = {"content_with_views": "views_changes", "effective_catalog_size": "valid_minutes_changes"}


def moves_between(engine: Engine, changed_records: str, after_build: int, to_build: int) -> Moves:
    """What the changes after one build and up to another come to, by cause and load.

    Args:
        changed_records: the table, with its schema.
        after_build: 0: from before the first build.
    """
    with_weights = f"with {net_changes(changed_records, after_build, to_build)}, {_WEIGHTS}"
    found = engine.execute(with_weights + _BY_LOAD)
    loads = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    sums = [
        Move(kpi, row["cause"], row["load_id"], row["source_file"], row[part] or 0, int(row[records]))
        for row in loads
        for kpi, (entity, part, records) in _SUMS.items()
        if row["entity"] == entity
    ]
    users = [
        UserMove(row["cause"], int(row["current_records"]), row["lifetime_hours"] or 0.0, row["lifetime_hours_changes"])
        for row in loads
        if row["entity"] == "users"
    ]
    counts: dict[tuple[str, str], int] = {}
    for row in loads:
        for kpi, column in _TITLE_COUNTS.items():
            if row["entity"] == "viewing_sessions":
                key = (kpi, row["cause"])
                counts[key] = counts.get(key, 0) + int(row[column])
    titles = [TitleMove(*row) for row in engine.execute(with_weights + _BY_TITLE).rows]
    return Moves(sums, users, titles, counts)
