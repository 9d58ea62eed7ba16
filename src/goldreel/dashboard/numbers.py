"""What the pages compute from gold: periods, totals, and the account of records. No Streamlit here."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

PERIODS = (7, 28, 90)
"""Days that a period may have."""

_ADDED_UP = ("sessions", "watch_hours", "new_users")
_AVERAGED = ("dau",)
_AT_THE_END = ("wau", "mau", "stickiness")

OUTCOMES = (
    *("forgotten", "withdrawn", "rejected", "repaired", "quarantined", "superseded", "held", "inactive_user"),
    "current",
)
"""What may become of a delivered record, in the order in which records fall away."""

_RARE = ("forgotten", "withdrawn", "repaired")  # what nobody did takes no place on the page


@dataclass(frozen=True)
class Figure:
    """A number of a period, and of the period before; None where there is no such number."""

    value: float | None
    before: float | None

    @property
    def change(self) -> float | None:
        """The change against the period before as a share of it; None without one above 0."""
        if self.value is None or self.before is None or self.before <= 0:
            return None
        return self.value / self.before - 1


def compare_periods(daily: pd.DataFrame, days: int) -> dict[str, Figure]:
    """The numbers of the last `days` days of `gold_daily_activity`, and of as many days before them.

    Sessions, hours and new users are added up, daily users averaged; weekly and monthly users and stickiness, which
    look back by themselves, are those of a period's last day. A period that the data does not cover has no number.
    """
    ordered = daily.sort_values("activity_date")
    last, before = ordered.iloc[-days:], ordered.iloc[-2 * days : -days]

    def figure(column: str) -> Figure:
        values = [_of_period(period[column], column) if len(period) == days else None for period in (last, before)]
        return Figure(*values)

    return {column: figure(column) for column in (*_ADDED_UP, *_AVERAGED, *_AT_THE_END)}


def thinned(daily: pd.DataFrame, column: str, most: int) -> tuple[pd.DataFrame, int]:
    """A number per day as at most so many points, and the days that each point averages, 1 where none had to be.

    A point stands at its last day; the newest points are whole, the oldest may be of fewer days.
    """
    ordered = daily[["activity_date", column]].sort_values("activity_date", ignore_index=True)
    days = max(1, math.ceil(len(ordered) / most))
    if days == 1:
        return ordered, 1
    buckets = ordered.groupby((len(ordered) - 1 - ordered.index) // days)
    points = buckets.agg({"activity_date": "max", column: "mean"})
    return points.sort_values("activity_date", ignore_index=True), days


def is_unknown(values: pd.Series) -> bool:
    """Whether nothing is known of any: what a file of others does not tell is `Unknown` throughout."""
    return len(values) > 0 and bool(values.isin(["Unknown"]).all())


def largest(table: pd.DataFrame, by: str, most: int) -> pd.DataFrame:
    """The rows with the largest values, in the table's own order."""
    return table if len(table) <= most else table.loc[table[by].nlargest(most).sort_index().index]


def _of_period(values: pd.Series, column: str) -> float | None:
    if column in _ADDED_UP:
        found = values.sum()
    elif column in _AVERAGED:
        found = values.mean()
    else:
        found = values.iloc[-1]
    return None if pd.isna(found) else float(found)


def totals_by(audience: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Active users and their averages per group, the largest first.

    Args:
        audience: sums per kind of user: users, hours, sessions, minutes (see `data.read_audience`).
        by: columns of it that make a group.
    """
    sums = audience.groupby(list(by), as_index=False, dropna=False)[["users", "hours", "sessions", "minutes"]].sum()
    sums = sums[sums["users"] > 0]
    totals = sums[list(by)].copy()
    totals["total_users"] = sums["users"]
    totals["user_share"] = 100 * sums["users"] / sums["users"].sum()
    totals["avg_watch_hours_per_user"] = sums["hours"] / sums["users"]
    totals["total_sessions"] = sums["sessions"]
    totals["avg_session_duration"] = (sums["minutes"] / sums["sessions"]).where(sums["sessions"] > 0)
    return totals.sort_values("total_users", ascending=False, ignore_index=True)


def age_bands(audience: pd.DataFrame) -> pd.Series:
    """The band of ten years of each age, `0–9` to `110–119`, `120+`, or `Unknown`."""
    start = audience["age"] // 10 * 10
    return start.map(lambda age: "Unknown" if pd.isna(age) else "120+" if age >= 120 else f"{age:.0f}–{age + 9:.0f}")


def with_genre(content: pd.DataFrame, genres: Sequence[str]) -> pd.Series:
    """Which titles are of any of the genres; a title's genres are joined by `, `."""
    chosen = set(genres)
    return content["genre"].fillna("").map(lambda genre: not chosen.isdisjoint(genre.split(", ")))


def genres_of(content: pd.DataFrame, most: int | None = None) -> list[str]:
    """Every single genre, in order; where there are more than `most`, those of most titles."""
    titles = Counter(genre for joined in content["genre"].dropna() for genre in joined.split(", "))
    return sorted(genre for genre, _ in titles.most_common(most))


def account(quality: pd.DataFrame, entity: str) -> pd.DataFrame:
    """The steps from all delivered records of a kind to those that count: step, records, start, end.

    Each outcome takes its records away from what was left; `current`, the last step, is what is left in the end.
    """
    records = quality[quality["entity"] == entity].groupby("outcome")["records"].sum()
    delivered = left = int(records.sum())
    steps = [("delivered", delivered, 0, delivered)]
    for outcome in OUTCOMES[:-1]:
        count = int(records.get(outcome, 0))
        if not count and outcome in _RARE:
            continue
        steps.append((outcome, count, left - count, left))
        left -= count
    steps.append(("current", left, 0, left))
    return pd.DataFrame(steps, columns=["step", "records", "start", "end"])


def running_steps(before: float, parts: Sequence[tuple[str, float]]) -> pd.DataFrame:
    """The steps of a number's change: step, start, end, part. Each part begins where the one before it ended."""
    left = before
    steps = [("before", 0.0, before, before)]
    for name, part in parts:
        steps.append((name, left, left + part, part))
        left += part
    return pd.DataFrame([*steps, ("after", 0.0, left, left)], columns=["step", "start", "end", "part"])
