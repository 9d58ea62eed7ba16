"""Two periods of published gold side by side: what drove the difference, and in which countries, titles, devices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import fsum
from typing import Literal

from goldreel.engines import Engine
from goldreel.errors import UsageError
from goldreel.why.drivers import (
    Factor,
    Group,
    MixAndRate,
    Moved,
    Watched,
    mix_and_rate,
    most_moved,
    watch_hours_factors,
)


@dataclass(frozen=True)
class PeriodKpi:
    """A number of a period.

    Attributes:
        total, weight: SQL over `sessions`: what is summed; over how much it is averaged, if it is an average.
    """

    name: str
    label: str
    unit: str
    how: Literal["sum", "average"]
    total: str
    weight: str = "1"
    digits: int = 1


PERIOD_KPIS = {
    kpi.name: kpi
    for kpi in (
        PeriodKpi("watch_hours", "Watch hours", "h", "sum", "sessions.duration_minutes / 60"),
        PeriodKpi("viewing_sessions", "Viewing sessions", "", "sum", "1", digits=0),
        PeriodKpi("avg_session_minutes", "Minutes per session", "min", "average", "sessions.duration_minutes"),
        PeriodKpi(
            "avg_completion_rate",
            "Completion per session",
            "%",
            "average",
            "coalesce(sessions.completion_percentage, 0)",
            "case when sessions.completion_percentage is null then 0 else 1 end",
        ),
    )
}
_AS_IN_THE_SUMMARY = {"total_watch_hours": "watch_hours", "total_viewing_sessions": "viewing_sessions"}


@dataclass(frozen=True)
class Dimension:
    """By what sessions can be told apart.

    Attributes:
        value: SQL of a session's value.
        source: a join that the value needs; `{schema}` stands for where gold is.
        share: SQL of the part of a session that counts for the value, where a session has several.
    """

    value: str
    source: str = ""
    share: str = "1.0"


_USERS = "inner join {schema}.silver_users as users on sessions.user_id = users.user_id"
_TITLES = "inner join {schema}.silver_content as titles on sessions.content_id = titles.content_id"
_GENRES = """
    inner join {schema}.bridge_content_genre as genres on sessions.content_id = genres.content_id
    inner join (
        select content_id, count(*) as genres from {schema}.bridge_content_genre group by content_id
    ) as spread on sessions.content_id = spread.content_id"""

DIMENSIONS = {
    "country": Dimension("users.country", _USERS),
    "subscription_type": Dimension("users.subscription_type", _USERS),
    "genre": Dimension("genres.genre", _GENRES, "1.0 / spread.genres"),
    "content_type": Dimension("titles.content_type", _TITLES),
    "title": Dimension("concat(titles.title, ' (', titles.content_id, ')')", _TITLES),
    "device_type": Dimension("sessions.device_type"),
}


@dataclass(frozen=True)
class Period:
    """Days, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


@dataclass(frozen=True)
class PeriodChange:
    """A number of two periods of the same length, one after the other.

    Attributes:
        before, after: the periods; `value_…`: null for an average over nothing.
        factors: of watch hours.
        by: the dimension of `moved`; every part of `moved` sums to the change.
        split: of an average: mix and rate of every value of the dimension, the largest part first.
    """

    kpi: PeriodKpi
    before: Period
    after: Period
    value_before: float | None
    value_after: float | None
    factors: tuple[Factor, ...]
    by: str
    moved: tuple[Moved, ...]
    split: tuple[MixAndRate, ...]

    @property
    def change(self) -> float:
        """After minus before; a null counts as 0."""
        return (self.value_after or 0.0) - (self.value_before or 0.0)


def explain_periods(engine: Engine, kpi_name: str, days: int, by: str = "country") -> PeriodChange:
    """Compare the last days with as many before them, both ending on the last day with a session.

    Args:
        engine: opened on what is published.
        kpi_name: one of `PERIOD_KPIS`, or the same number's name in the executive summary.
        by: one of `DIMENSIONS`. A session of a title with several genres counts in equal parts for each of them.

    Raises:
        UsageError: the number or dimension has no periods, or there is no session yet.
    """
    kpi = PERIOD_KPIS.get(_AS_IN_THE_SUMMARY.get(kpi_name, kpi_name))
    if kpi is None:
        raise UsageError(f"{kpi_name} has no periods.", "--period", f"choose one of: {', '.join(PERIOD_KPIS)}")
    if by not in DIMENSIONS:
        raise UsageError(f"Periods have no {by}.", "--by", f"choose one of: {', '.join(DIMENSIONS)}")
    schema = engine.default_schema
    through = engine.execute(f"select data_through from {schema}.gold_executive_summary").rows[0][0]
    if through is None:
        raise UsageError("There is no session yet, so there are no periods.", "--period", "deliver sessions first")
    after = Period(through - timedelta(days=days - 1), through)
    before = Period(after.first - timedelta(days=days), after.first - timedelta(days=1))
    groups = _groups(engine, schema, kpi, DIMENSIONS[by], before, after)
    if kpi.how == "average":
        split = sorted(mix_and_rate(groups), key=lambda part: (-abs(part.part), part.value))
        parts = [(part.value, part.part) for part in split]
    else:
        split, parts = [], [(group.value, group.total_after - group.total_before) for group in groups]
    value_before = _value(kpi, [(group.total_before, group.weight_before) for group in groups])
    value_after = _value(kpi, [(group.total_after, group.weight_after) for group in groups])
    factors = _factors(engine, schema, before, after) if kpi.name == "watch_hours" else []
    return PeriodChange(
        kpi, before, after, value_before, value_after, tuple(factors), by, tuple(most_moved(parts)), tuple(split)
    )


def _groups(
    engine: Engine, schema: str, kpi: PeriodKpi, dimension: Dimension, before: Period, after: Period
) -> list[Group]:
    """What each value of a dimension comes to in both periods."""
    found = engine.execute(f"""
        select label, is_after, sum(share * total), sum(share * weight)
        from (
            select
                {dimension.value} as label,
                case when sessions.watch_date >= {_day(after.first)} then 1 else 0 end as is_after,
                {dimension.share} as share,
                {kpi.total} as total,
                {kpi.weight} as weight
            from {schema}.silver_viewing_sessions as sessions
            {dimension.source.format(schema=schema)}
            where sessions.watch_date >= {_day(before.first)}
        ) as parts
        group by label, is_after""")
    sides: dict[str, list[float]] = {}
    for label, is_after, total, weight in found.rows:
        side = sides.setdefault(label, [0.0, 0.0, 0.0, 0.0])
        side[is_after], side[2 + is_after] = float(total), float(weight)
    return [Group(label, *side) for label, side in sorted(sides.items())]


def _factors(engine: Engine, schema: str, before: Period, after: Period) -> list[Factor]:
    found = engine.execute(f"""
        select is_after, count(distinct user_id), count(*), sum(duration_minutes) / 60
        from (
            select
                case when watch_date >= {_day(after.first)} then 1 else 0 end as is_after,
                user_id,
                duration_minutes
            from {schema}.silver_viewing_sessions
            where watch_date >= {_day(before.first)}
        ) as sessions
        group by is_after""")
    watched = {is_after: Watched(viewers, sessions, float(hours)) for is_after, viewers, sessions, hours in found.rows}
    nothing = Watched(0, 0, 0.0)
    return watch_hours_factors(watched.get(0, nothing), watched.get(1, nothing))


def _value(kpi: PeriodKpi, groups: list[tuple[float, float]]) -> float | None:
    total, weight = fsum(total for total, _ in groups), fsum(weight for _, weight in groups)
    if kpi.how == "sum":
        return total
    return total / weight if weight else None


def _day(day: date) -> str:
    return f"cast('{day.isoformat()}' as date)"
