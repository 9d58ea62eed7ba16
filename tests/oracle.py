"""The data contract in plain Python: an independent account of what deliveries must become.

Tests compare a warehouse with it cell by cell. It shares no code with the pipeline, and prefers
being obviously right to being fast: deliveries -> bronze -> rules -> silver -> gold, in that order.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fnmatch import fnmatchcase
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb

Row = dict[str, Any]
SPACES = " \t\r\n"  # what trimming takes off

# Kinds of files, in the order in which one delivery loads them.
FILES = {"users": "users*.csv", "viewing_sessions": "viewing_sessions*.csv", "content": "content*.json"}

USERS = ["user_id", "age", "country", "subscription_type", "registration_date", "total_watch_time_hours"]
SESSIONS = ["session_id", "user_id", "content_id", "watch_date", "watch_duration_minutes"]
SESSIONS += ["completion_percentage", "device_type", "quality_level"]
COLUMNS = {"users": USERS, "viewing_sessions": SESSIONS}
BOTH = ["content_id", "title", "genre", "release_year", "rating", "production_budget"]
KNOWN_KEYS = {
    "movies": [*BOTH, "duration_minutes", "views_count"],
    "series": [*BOTH, "seasons", "episodes_per_season", "avg_episode_duration", "total_views"],
}

# What identifies a row of each table.
KEYS = {
    "bronze.users": ("_load_id", "_source_row"),
    "bronze.viewing_sessions": ("_load_id", "_source_row"),
    "bronze.content": ("_load_id", "_source_row"),
    "bronze.loads": ("load_id",),
    "bronze.rejected_records": ("load_id", "source_row"),
    "quarantine": ("load_id", "source_row"),
    "silver_users": ("user_id",),
    "silver_viewing_sessions": ("session_id",),
    "silver_content": ("content_id",),
    "gold_user_analytics": ("user_id",),
    "gold_content_performance": ("content_id",),
    "gold_country_insights": ("country",),
    "gold_genre_analytics": ("genre",),
    "gold_executive_summary": ("metric_category",),
    "gold_user_segmentation": ("user_segment",),
    "gold_data_quality": ("entity", "outcome", "rule"),
    "gold_daily_activity": ("activity_date",),
    "gold_retention_cohorts": ("cohort_month", "months_since"),
    "gold_subscription_insights": ("subscription_type",),
    "gold_device_quality": ("device_type", "quality_level"),
    "gold_content_lifecycle": ("content_id",),
}


@dataclass
class Warehouse:
    """Every table by name, as rows of column -> value, and the names of the files refused."""

    tables: dict[str, list[Row]]
    refused: list[str]


def account_for(deliveries: Sequence[Path], as_of: date) -> Warehouse:
    """The warehouse after loading the delivery folders in the order given, seen on the day `as_of`."""
    warehouse = Warehouse({table: [] for table in KEYS}, [])
    load(deliveries, warehouse)
    build(warehouse.tables, as_of)
    return warehouse


# --- Bronze: files as delivered ---------------------------------------------------------------


class Refused(Exception):
    """The file cannot be understood as a whole."""


def load(deliveries: Sequence[Path], warehouse: Warehouse) -> None:
    """Fill the bronze tables; a file version already loaded is skipped, a refused one only named."""
    tables = warehouse.tables
    known: set[tuple[str, str]] = set()
    for delivery in deliveries:
        for entity, path in files_of(delivery):
            delivered = path.read_bytes()
            sha256 = hashlib.sha256(delivered).hexdigest()
            if (entity, sha256) in known:
                continue
            try:
                text = text_of(path.name, delivered)
                records = read_json(text) if entity == "content" else read_csv(text, COLUMNS[entity])
            except Refused:
                warehouse.refused.append(path.name)
                continue
            known.add((entity, sha256))
            load_id = len(known)
            for position, record in enumerate(records, start=1):
                if record is None:
                    place = {"load_id": load_id, "source_file": path.name, "source_row": position}
                    tables["bronze.rejected_records"].append({"entity": entity, **place})
                else:
                    place = {"_load_id": load_id, "_source_file": path.name, "_source_row": position}
                    tables[f"bronze.{entity}"].append({**record, **place})
            rejected = records.count(None)
            row = {"load_id": load_id, "entity": entity, "source_file": path.name, "sha256": sha256}
            counts = {"records_loaded": len(records) - rejected, "records_rejected": rejected}
            tables["bronze.loads"].append({**row, "bytes": len(delivered), "records_delivered": len(records), **counts})


def files_of(delivery: Path) -> Iterator[tuple[str, Path]]:
    """The files of a delivery with their kinds, in load order."""
    for entity, pattern in FILES.items():
        for path in sorted(delivery.iterdir(), key=lambda path: path.name):
            if fnmatchcase(path.name, pattern) or fnmatchcase(path.name, pattern + ".gz"):
                yield entity, path


def text_of(name: str, delivered: bytes) -> str:
    """The text of a file; Refused unless it is whole, and UTF-8 with or without BOM."""
    try:
        return (gzip.decompress(delivered) if name.endswith(".gz") else delivered).decode("utf-8-sig")
    except (EOFError, gzip.BadGzipFile, zlib.error, UnicodeDecodeError) as error:
        raise Refused(str(error)) from error


# One CSV field: quoted or not, the text that follows (an unquoted field is only that), and what ends
# it. `*+` never gives back a `""`, so a quoted field that does not close matches nothing.
FIELD = re.compile(r'(?:"((?:[^"]|"")*+)"|(?!"))([^,\n]*?)(,|\r?\n|\Z)')
BLANK_LINE = re.compile(r"[ \t\r]*(?:\n|\Z)")


def csv_records(text: str) -> Iterator[list[str] | None]:
    """The fields of each record; None for a physical line from which no record can be read."""
    at = 0
    while at < len(text):
        if blank := BLANK_LINE.match(text, at):
            at = blank.end()
        elif record := csv_record(text, at):
            fields, at = record
            yield fields
        else:
            at = text.find("\n", at) + 1 or len(text)
            yield None


def csv_record(text: str, at: int) -> tuple[list[str], int] | None:
    """The record that begins at `at` and where the next one begins; None when it cannot be read."""
    fields = []
    while field := FIELD.match(text, at):
        quoted, rest, end = field.groups()
        if quoted is not None and "\n" in quoted and rest:
            return None
        fields.append((quoted or "").replace('""', '"') + rest)
        at = field.end()
        if end != ",":
            return fields, at
    return None


def read_csv(text: str, required: Sequence[str]) -> list[Row | None]:
    """The records after the header, values as delivered; None for each one rejected."""
    records = csv_records(text)
    header = [name.strip(SPACES) for name in next(records, None) or []]
    if len(set(header)) < len(header) or not set(required) <= set(header):
        raise Refused("no header, a column twice, or a required column missing")
    unknown = [name for name in header if name not in required]
    rows: list[Row | None] = []
    for fields in records:
        if fields is None or len(fields) != len(header):
            rows.append(None)
        else:
            values = dict(zip(header, fields, strict=True))
            extra = json.dumps({name: values[name] for name in unknown}) if unknown else None
            rows.append({name: values[name] for name in required} | {"_extra": extra})
    return rows


class Number(str):
    """A JSON number, as written in the file."""


class Object(dict[str, Any]):
    """A JSON object (of a repeated key the last value) that still knows all its pairs in file order."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def no_constant(token: str) -> None:
    raise ValueError(f"{token} is not JSON")


def read_json(text: str) -> list[Row | None]:
    """One flat row per title over all sections in file order; None for each element rejected."""
    try:
        document = json.loads(
            text, object_pairs_hook=Object, parse_int=Number, parse_float=Number, parse_constant=no_constant
        )
    except ValueError as error:
        raise Refused(str(error)) from error
    if not isinstance(document, Object) or not any(isinstance(value, list) for _, value in document.pairs):
        raise Refused("not an object with a section that is a list")
    rows: list[Row | None] = []
    for section, elements in document.pairs:
        if section not in KNOWN_KEYS:
            rows += [None] * (len(elements) if isinstance(elements, list) else 1)
        elif not isinstance(elements, list):
            raise Refused(f"{section} is not a list")
        else:
            rows += [flat(section, item) if isinstance(item, Object) else None for item in elements]
    return rows


def flat(section: str, item: Object) -> Row:
    """A movie or a series as a row of bronze.content."""
    text = {key: as_text(value) for key, value in item.items()}
    genre = text.get("genre")
    if isinstance(item.get("genre"), list):
        parts = [as_text(part) for part in item["genre"] if part is not None]
        genre = ", ".join(parts) if parts else None
    if section == "movies":
        computed = {"content_type": "movie", "views_count": text.get("views_count"), "seasons": None}
        computed |= {"total_episodes": None, "duration_minutes": text.get("duration_minutes")}
    else:
        episodes, minutes = series_length(item)
        computed = {"content_type": "series", "views_count": text.get("total_views")}
        computed |= {"seasons": text.get("seasons"), "total_episodes": episodes, "duration_minutes": minutes}
    extra = {key: text[key] for key in text if key not in KNOWN_KEYS[section]}
    plain = {key: text.get(key) for key in BOTH}
    return {**plain, "genre": genre, **computed, "_extra": json.dumps(extra) if extra else None}


def series_length(item: Object) -> tuple[str | None, str | None]:
    """A series' total episodes, and its minutes: average episode x total; each null if not computable."""
    seasons = item.get("episodes_per_season")
    if not isinstance(seasons, list):
        return None, None
    counts = [trimmed(as_text(count)) for count in seasons]
    average = trimmed(as_text(item.get("avg_episode_duration")))
    if any(number(count) is None for count in counts):
        return None, None
    with localcontext() as exact:
        exact.prec = 2000
        total = sum((Decimal(count) for count in counts if count), Decimal(0))
        minutes = Decimal(average) * total if average and number(average) is not None else None
        return f"{total.normalize():f}", f"{minutes.normalize():f}" if minutes is not None else None


def as_text(value: Any) -> Any:
    """A JSON value as bronze holds it: texts as they are, null as null, all else as JSON text."""
    if value is None or (isinstance(value, str) and not isinstance(value, Number)):
        return value
    return json_text(value)


def json_text(value: Any) -> str:
    """Like json.dumps, but a number stays as it was written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(json_text(part) for part in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json_text(key)}: {json_text(part)}" for key, part in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


# --- Rules: text to typed values --------------------------------------------------------------

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
WHOLE = re.compile(r"[+-]?[0-9]+")
HOUR, SIXTY = "([01][0-9]|2[0-3])", "[0-5][0-9]"
ZONE = rf"( ?(Z|[+-]{HOUR}(:?{SIXTY})?))?"
DAY = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})([T ]{HOUR}:{SIXTY}(:{SIXTY}(\.[0-9]+)?)?{ZONE})?")


def trimmed(text: str | None) -> str | None:
    return (text or "").strip(SPACES) or None


def number(text: str | None) -> float | None:
    """A number as a double; None for other text, and for what no finite double holds."""
    if text is None or not NUMBER.fullmatch(text):
        return None
    return value if math.isfinite(value := float(text)) else None


def whole(text: str | None) -> int | None:
    """A whole number that fits into 64 bits, or None."""
    if text is None or not WHOLE.fullmatch(text):
        return None
    return int(value) if -(2**63) <= (value := Decimal(text)) < 2**63 else None


def day(text: str | None) -> date | None:
    """The date part of a date or of a date and time, or None."""
    if text is None or not (match := DAY.fullmatch(text)):
        return None
    try:
        return date.fromisoformat(match[1])
    except ValueError:
        return None


def within(value: float | None, low: float, high: float = math.inf) -> bool:
    return value is not None and low <= value <= high


# A rule, the bronze column that it judges, and whether the record keeps it.
Check = tuple[str, str, bool]


def judge_user(raw: dict[str, str | None]) -> tuple[list[Check], Row]:
    """The rules of a user in order, and the typed record; `raw` is already trimmed."""
    hours, age = number(raw["total_watch_time_hours"]), whole(raw["age"])
    signup = day(raw["registration_date"])
    checks = [
        ("user_id_missing", "user_id", raw["user_id"] is not None),
        ("hours_invalid", "total_watch_time_hours", within(hours, 0)),
        ("signup_date_invalid", "registration_date", signup is not None),
    ]
    return checks, {
        "user_id": raw["user_id"],
        "age": age if within(age, 0, 120) else None,
        "country": raw["country"] or "Unknown",
        "subscription_type": raw["subscription_type"] or "Unknown",
        "signup_date": signup,
        "total_watch_time_hours": hours,
    }


def judge_session(raw: dict[str, str | None]) -> tuple[list[Check], Row]:
    """The rules of a session in order, and the typed record; `raw` is already trimmed."""
    watched, duration = day(raw["watch_date"]), number(raw["watch_duration_minutes"])
    completion = number(raw["completion_percentage"])
    checks = [
        ("session_id_missing", "session_id", raw["session_id"] is not None),
        ("user_id_missing", "user_id", raw["user_id"] is not None),
        ("content_id_missing", "content_id", raw["content_id"] is not None),
        ("watch_date_invalid", "watch_date", watched is not None),
        ("duration_invalid", "watch_duration_minutes", within(duration, 0, 1440) and duration != 0),
    ]
    return checks, {
        "session_id": raw["session_id"],
        "user_id": raw["user_id"],
        "content_id": raw["content_id"],
        "watch_date": watched,
        "duration_minutes": duration,
        "completion_percentage": completion if within(completion, 0, 100) else None,
        "device_type": raw["device_type"] or "Unknown",
        "quality_level": raw["quality_level"] or "Unknown",
    }


def judge_title(raw: dict[str, str | None]) -> tuple[list[Check], Row]:
    """The rules of a title in order, and the typed record; `raw` is already trimmed."""
    duration, rating = number(raw["duration_minutes"]), number(raw["rating"])
    budget, year = number(raw["production_budget"]), whole(raw["release_year"])
    checks = [
        ("content_id_missing", "content_id", raw["content_id"] is not None),
        ("content_duration_invalid", "duration_minutes", within(duration, 0) and duration != 0),
    ]
    return checks, {
        "content_id": raw["content_id"],
        "title": raw["title"] or "Untitled",
        "genre": raw["genre"] or "Unknown",
        "content_type": raw["content_type"],
        "duration_minutes": duration,
        "release_year": 2020 if year is None else year,
        "rating": None if rating is None else min(max(rating, 0.0), 5.0),
        "views_count": whole(raw["views_count"]),
        "production_budget": budget if within(budget, 0) else None,
        "seasons": whole(raw["seasons"]),
        "total_episodes": whole(raw["total_episodes"]),
    }


JUDGES: dict[str, tuple[str, Callable[[dict[str, str | None]], tuple[list[Check], Row]]]] = {
    "users": ("user_id", judge_user),
    "viewing_sessions": ("session_id", judge_session),
    "content": ("content_id", judge_title),
}


# --- Silver and gold --------------------------------------------------------------------------

ACTIVE_HOURS = 100
SEGMENTS = ((500, "Power User"), (300, "Heavy User"), (150, "Regular User"), (0, "Light User"))
RATINGS = ((4.5, "Excellent"), (4.0, "Very Good"), (3.5, "Good"), (3.0, "Average"), (0, "Below Average"))


class Rounded(float):
    """A rounded average that remembers `exact`: summed in another order, a tie may fall either way."""

    exact: float


def round2(value: float) -> float:
    """Two decimals, half away from zero."""
    return math.copysign(math.floor(abs(value) * 100 + 0.5) / 100, value)


def mean(values: Iterable[float | None]) -> float | None:
    """The average of what is not null; null over nothing."""
    present = [value for value in values if value is not None]
    return math.fsum(present) / len(present) if present else None


def band(value: float, bands: Sequence[tuple[float, str]]) -> str:
    return next(name for least, name in bands if value >= least)


def grouped(rows: Iterable[Row], column: str) -> dict[Any, list[Row]]:
    groups = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def column(rows: Iterable[Row], name: str) -> list[Any]:
    return [row[name] for row in rows]


def sessions_of(ids: Iterable[str], groups: dict[str, list[Row]]) -> list[Row]:
    return [row for id_ in ids for row in groups[id_]]


def build(tables: dict[str, list[Row]], as_of: date) -> None:
    """Fill quarantine, silver and gold from bronze; each table is told once, by its name."""
    account: Counter[tuple[str, str, str | None]] = Counter()
    current: dict[str, dict[str, Row]] = {}
    for row in tables["bronze.rejected_records"]:
        account[row["entity"], "rejected", None] += 1
    for entity in JUDGES:
        current[entity] = current_records(entity, tables, account)

    # Silver
    users = [row for row in current["users"].values() if row["total_watch_time_hours"] >= ACTIVE_HOURS]
    account["users", "inactive_user", None] = len(current["users"]) - len(users)
    active = set(column(users, "user_id"))
    titles = list(current["content"].values())
    sessions, counted = [], []  # counted: those of inactive users too
    for row in current["viewing_sessions"].values():
        if row["user_id"] not in current["users"]:
            account["viewing_sessions", "held", "user_unknown"] += 1
        elif row["content_id"] not in current["content"]:
            account["viewing_sessions", "held", "content_unknown"] += 1
        elif row["user_id"] not in active:
            account["viewing_sessions", "inactive_user", None] += 1
            counted.append(row)
        else:
            sessions.append(row)
            counted.append(row)
    for entity, rows in (("users", users), ("viewing_sessions", sessions), ("content", titles)):
        tables[f"silver_{entity}"] = rows
        account[entity, "current", None] = len(rows)

    # Gold
    by_user, by_title = grouped(sessions, "user_id"), grouped(sessions, "content_id")
    last_day = max(column(sessions, "watch_date"), default=None)
    analytics = [user_analytics(user, by_user[user["user_id"]], as_of) for user in users]
    tables["gold_user_analytics"] = analytics
    tables["gold_content_performance"] = [content_performance(title, by_title[title["content_id"]]) for title in titles]
    tables["gold_country_insights"] = [
        country_insights(country, members, sessions_of(column(members, "user_id"), by_user))
        for country, members in grouped(users, "country").items()
    ]
    by_genre = grouped(({**title, "part": part} for title in titles for part in genres(title)), "part")
    tables["gold_genre_analytics"] = [
        genre_analytics(genre, items, sessions_of(column(items, "content_id"), by_title), last_day)
        for genre, items in by_genre.items()
    ]
    lives = content_lifecycle(titles, counted)
    summary = executive_summary(users, titles, sessions, last_day)
    concentration = math.fsum((life["watch_share"] or 0) ** 2 for life in lives)
    summary["effective_catalog_size"] = 1 / concentration if concentration else None
    summary["total_users"] = len(current["users"])
    tables["gold_executive_summary"] = [summary]
    tables["gold_user_segmentation"] = [
        {
            "user_segment": segment,
            "users_in_segment": len(members),
            "avg_watch_hours": mean(column(members, "total_watch_time_hours")),
            "avg_sessions_per_user": mean(column(members, "total_sessions")),
            "avg_unique_content": mean(column(members, "unique_content_watched")),
            "segment_percentage": round2(100 * len(members) / len(users)),
        }
        for segment, members in grouped(analytics, "user_segment").items()
    ]
    tables["gold_daily_activity"] = daily_activity(counted)
    tables["gold_retention_cohorts"] = retention_cohorts(counted)
    counted_by_user = grouped(counted, "user_id")
    tables["gold_subscription_insights"] = [
        subscription_insights(plan, members, sessions_of(column(members, "user_id"), counted_by_user), active)
        for plan, members in grouped(current["users"].values(), "subscription_type").items()
    ]
    tables["gold_device_quality"] = [
        {
            "device_type": device,
            "quality_level": quality,
            "sessions": len(group),
            "watch_hours": hours(group),
            "avg_completion_rate": mean(column(group, "completion_percentage")),
            "unique_users": len(set(column(group, "user_id"))),
        }
        for device, of_device in grouped(counted, "device_type").items()
        for quality, group in grouped(of_device, "quality_level").items()
    ]
    tables["gold_content_lifecycle"] = lives
    tables["gold_data_quality"] = [
        {"entity": entity, "outcome": outcome, "rule": rule, "records": records}
        for (entity, outcome, rule), records in account.items()
        if records > 0
    ]


def current_records(entity: str, tables: dict[str, list[Row]], account: Counter[Any]) -> dict[str, Row]:
    """The latest valid record of each key; counts the superseded, quarantines the invalid."""
    key, judge = JUDGES[entity]
    current: dict[str, Row] = {}
    for raw in tables[f"bronze.{entity}"]:  # in order of load, then position: a later record replaces
        values = {name: trimmed(value) for name, value in raw.items() if not name.startswith("_")}
        checks, typed = judge(values)
        broken = next(((rule, judged) for rule, judged, kept in checks if not kept), None)
        if broken is None:
            account[entity, "superseded", None] += values[key] in current
            current[typed[key]] = typed
        else:
            rule, judged = broken
            account[entity, "quarantined", rule] += 1
            place = {"load_id": raw["_load_id"], "source_file": raw["_source_file"]}
            place |= {"source_row": raw["_source_row"], "offending_value": raw[judged]}
            tables["quarantine"].append({"entity": entity, "record_key": values[key], "rule": rule, **place})
    return current


def user_analytics(user: Row, sessions: list[Row], as_of: date) -> Row:
    return {
        **user,
        "total_sessions": len(sessions),
        "avg_session_duration": mean(column(sessions, "duration_minutes")),
        "total_minutes_watched": math.fsum(column(sessions, "duration_minutes")),
        "unique_content_watched": len(set(column(sessions, "content_id"))),
        "avg_completion_rate": mean(column(sessions, "completion_percentage")),
        "last_watch_date": max(column(sessions, "watch_date"), default=None),
        "user_segment": band(user["total_watch_time_hours"], SEGMENTS),
        "days_since_signup": (as_of - user["signup_date"]).days,
    }


def content_performance(title: Row, sessions: list[Row]) -> Row:
    not_here = ("views_count", "seasons", "total_episodes")
    rating, budget = title["rating"], title["production_budget"]
    return {
        **{name: value for name, value in title.items() if name not in not_here},
        "total_views": len(sessions),
        "unique_viewers": len(set(column(sessions, "user_id"))),
        "avg_watch_time": mean(column(sessions, "duration_minutes")),
        "avg_completion_rate": mean(column(sessions, "completion_percentage")),
        "views_per_million_budget": round2(len(sessions) / (budget / 1_000_000)) if budget else None,
        "rating_category": None if rating is None else band(rating, RATINGS),
    }


def country_insights(country: str, users: list[Row], sessions: list[Row]) -> Row:
    return {
        "country": country,
        "total_users": len(users),
        "avg_watch_hours_per_user": mean(column(users, "total_watch_time_hours")),
        "avg_user_age": mean(column(users, "age")),
        "total_sessions": len(sessions),
        "avg_session_duration": mean(column(sessions, "duration_minutes")),
        "unique_content_consumed": len(set(column(sessions, "content_id"))),
    }


def genres(title: Row) -> list[str]:
    """The single genres of a title, each once, at least `Unknown`."""
    parts = (trimmed(text) for text in title["genre"].split(","))
    return list(dict.fromkeys(part for part in parts if part)) or ["Unknown"]


def genre_analytics(genre: str, titles: list[Row], sessions: list[Row], last_day: date | None) -> Row:
    ages = [(last_day - row["watch_date"]).days for row in sessions] if last_day else []
    last, previous = sum(age < 30 for age in ages), sum(30 <= age < 60 for age in ages)
    return {
        "genre": genre,
        "total_content_items": len(titles),
        "total_views": len(sessions),
        "unique_viewers": len(set(column(sessions, "user_id"))),
        "avg_production_budget": mean(column(titles, "production_budget")),
        "total_investment": math.fsum(budget for budget in column(titles, "production_budget") if budget),
        "avg_genre_rating": mean(column(titles, "rating")),
        "avg_content_duration": mean(column(titles, "duration_minutes")),
        "avg_watch_time": mean(column(sessions, "duration_minutes")),
        "views_last_30_days": last,
        "views_previous_30_days": previous,
        "view_trend_pct": round2(100 * (last - previous) / previous) if previous else None,
    }


def executive_summary(users: list[Row], titles: list[Row], sessions: list[Row], last_day: date | None) -> Row:
    hours = mean(column(users, "total_watch_time_hours"))
    engagement = None
    if hours is not None:
        engagement = Rounded(round2(hours))
        engagement.exact = hours
    return {
        "metric_category": "Platform Overview",
        "active_users_100h_plus": len(users),
        "total_content_catalog": len(titles),
        "total_viewing_sessions": len(sessions),
        "avg_user_engagement_hours": engagement,
        "content_with_views": len(set(column(sessions, "content_id"))),
        "total_watch_hours": math.fsum(column(sessions, "duration_minutes")) / 60,
        "data_through": last_day,
    }


def hours(sessions: list[Row]) -> float:
    return math.fsum(column(sessions, "duration_minutes")) / 60


def daily_activity(sessions: list[Row]) -> list[Row]:
    """Every day from the first to the last, each window counted anew."""
    by_day = grouped(sessions, "watch_date")
    who = {day: set(column(rows, "user_id")) for day, rows in by_day.items()}
    first, last = min(who, default=date.max), max(who, default=date.min)
    activity = []
    known: set[str] = set()
    for number_ in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(number_)
        weekly, monthly = (
            set().union(*(users for earlier, users in who.items() if 0 <= number_ - earlier.toordinal() < days))
            for days in (7, 30)
        )
        today = who.get(day, set())
        activity.append(
            {
                "activity_date": day,
                "sessions": len(by_day[day]),
                "watch_hours": hours(by_day[day]),
                "dau": len(today),
                "wau": len(weekly),
                "mau": len(monthly),
                "stickiness": len(today) / len(monthly) if monthly else None,
                "new_users": len(today - known),
            }
        )
        known |= today
    return activity


def retention_cohorts(sessions: list[Row]) -> list[Row]:
    """Months are counted from year 0, so that they can be subtracted."""
    months: dict[str, set[int]] = defaultdict(set)
    for row in sessions:
        months[row["user_id"]].add(row["watch_date"].year * 12 + row["watch_date"].month - 1)
    last = max((month for active_in in months.values() for month in active_in), default=0)
    members: dict[int, list[set[int]]] = defaultdict(list)
    for active_in in months.values():
        members[min(active_in)].append(active_in)
    cohorts = []
    for first, cohort in members.items():
        for month in range(first, last + 1):
            retained = sum(month in active_in for active_in in cohort)
            cohorts.append(
                {
                    "cohort_month": date(first // 12, first % 12 + 1, 1),
                    "months_since": month - first,
                    "cohort_users": len(cohort),
                    "retained_users": retained,
                    "retention_rate": retained / len(cohort),
                }
            )
    return cohorts


def subscription_insights(plan: str, users: list[Row], sessions: list[Row], active: set[str]) -> Row:
    still_active = sum(user["user_id"] in active for user in users)
    return {
        "subscription_type": plan,
        "total_users": len(users),
        "active_users": still_active,
        "active_share": still_active / len(users),
        "avg_watch_hours_per_user": mean(column(users, "total_watch_time_hours")),
        "total_sessions": len(sessions),
        "avg_session_duration": mean(column(sessions, "duration_minutes")),
        "avg_completion_rate": mean(column(sessions, "completion_percentage")),
    }


def content_lifecycle(titles: list[Row], sessions: list[Row]) -> list[Row]:
    all_of_user = Counter(column(sessions, "user_id"))
    by_title, all_hours = grouped(sessions, "content_id"), hours(sessions)
    return [
        content_life(title["content_id"], by_title[title["content_id"]], all_of_user, all_hours) for title in titles
    ]


def content_life(content_id: str, sessions: list[Row], all_of_user: Counter[str], all_hours: float) -> Row:
    days = sorted(column(sessions, "watch_date"))
    ages = [(day - days[0]).days for day in days]
    by_user = grouped(sessions, "user_id")
    best = [max((row["completion_percentage"] or 0 for row in rows), default=0) for rows in by_user.values()]
    return {
        "content_id": content_id,
        "first_view_date": days[0] if days else None,
        "starters": len(by_user),
        "watchers": sum(each >= 70 for each in best),
        "completers": sum(each >= 90 for each in best),
        "views_first_7_days": sum(age < 7 for age in ages),
        "views_first_28_days": sum(age < 28 for age in ages),
        "half_life_days": ages[(len(ages) + 1) // 2 - 1] if ages else None,  # the view that makes it half
        "watch_hours": hours(sessions),
        "watch_share": hours(sessions) / all_hours if all_hours else None,
        "exclusive_viewers": sum(len(rows) * 2 >= all_of_user[user] for user, rows in by_user.items()),
    }


# --- Comparison -------------------------------------------------------------------------------


def differences(con: duckdb.DuckDBPyConnection, expected: Warehouse, limit: int = 20) -> list[str]:
    """What differs between the warehouse behind `con` and the one expected: at most `limit` lines."""
    found = (table_differences(con, table, rows) for table, rows in expected.tables.items())
    return list(islice(chain.from_iterable(found), limit))


def table_differences(con: duckdb.DuckDBPyConnection, table: str, expected: list[Row]) -> Iterator[str]:
    columns = list(expected[0] if expected else KEYS[table])
    try:
        names = ", ".join(f'"{name}"' for name in columns)
        actual = con.execute(f"SELECT {names} FROM {table}").fetchall()
    except duckdb.Error as error:
        yield f"{table}: {error}"
        return
    missing = {tuple(row[name] for name in KEYS[table]): row for row in expected}
    seen = set()
    for values in actual:
        row = dict(zip(columns, values, strict=True))
        key = tuple(row[name] for name in KEYS[table])
        wanted = missing.pop(key, None)
        if wanted is None:
            yield f"{table} {key}: {'more than once' if key in seen else 'not expected'}"
            continue
        seen.add(key)
        for name in columns:
            if not same(table, name, wanted, row[name]):
                yield f"{table} {key}, {name}: expected {wanted[name]!r}, found {row[name]!r}"
    for key in missing:
        yield f"{table} {key}: missing"


def same(table: str, name: str, expected: Row, found: Any) -> bool:
    """Whether a cell holds what is expected of it."""
    wanted = expected[name]
    if wanted is None or found is None:
        return wanted is found
    if name == "_extra":  # of a title only the keys count: how a nested value is written is open
        keep: Callable[[Any], Any] = set if table == "bronze.content" else dict
        return bool(keep(json.loads(wanted)) == keep(json.loads(found)))
    is_series = table == "bronze.content" and expected["content_type"] == "series"
    if is_series and name in ("duration_minutes", "total_episodes") and found != wanted:
        return isinstance(found, str) and close(number(wanted), number(found))  # 60 and 60.00 are one
    if isinstance(wanted, Rounded):
        return any(close(round2(wanted.exact * nudge), found) for nudge in (1 - 1e-9, 1, 1 + 1e-9))
    if isinstance(wanted, float):
        return close(wanted, found)
    return type(found) is type(wanted) and bool(found == wanted)


def close(wanted: float | None, found: Any) -> bool:
    """Equal as doubles, up to the order of summation."""
    if wanted is None or not isinstance(found, (int, float, Decimal)):
        return False
    return math.isclose(wanted, float(found), rel_tol=1e-9)
