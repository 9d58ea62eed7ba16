"""Every fault that a delivered record can have, as data: a name, and what it makes of a clean record.

A clean record goes in; what takes its place comes out: one or several records (dictionaries), and raw pieces
(a line of CSV, or a JSON element that is no object). What a name ending in `_valid` brings is odd, but right.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

Row = dict[str, Any]


class Fault(NamedTuple):
    """One way to spoil a record."""

    name: str
    apply: Callable[[Row], list[Any]]
    once: bool = False
    """Whether it occurs a single time in everything that is generated."""


def put(column: str, value: Any) -> Callable[[Row], list[Any]]:
    """Give the record this value."""
    return lambda row: [row | {column: value}]


def change(column: str, to: Callable[[Any], Any]) -> Callable[[Row], list[Any]]:
    """Give the record a value made from its own."""
    return lambda row: [row | {column: to(row[column])}]


def again(column: str, to: Callable[[Any], Any]) -> Callable[[Row], list[Any]]:
    """Let a second record follow that differs in one value."""
    return lambda row: [row, row | {column: to(row[column])}]


def drop(column: str) -> Callable[[Row], list[Any]]:
    """Take the key away."""
    return lambda row: [{key: value for key, value in row.items() if key != column}]


def values(name: str, column: str, texts: Iterable[Any]) -> list[Fault]:
    """The same fault in several spellings."""
    return [Fault(name, put(column, text)) for text in texts]


EMPTY = ("", "   ", "\t")
NOT_A_NUMBER = ("1e3", "1,000", "1_000", "1 000", "nan", "inf", "0x1F", ".5", "5.", "--5", "many", "", "  ")
OTHER_DIGITS = ("\uff11\uff12", "\u0663", "\u00a012")
ABSURD = ("1" + "0" * 300, "1" + "0" * 400)  # the first fits a double, the second does not
IMPLAUSIBLE_DATES = ("0001-01-01", "1899-12-31", "9999-12-31", "2999-12-31T23:59")
NOT_A_DATE = ("2024-02-30", "2023-02-29", "2024-1-5", "05/03/2024", "20240305", "2024-13-01", "yesterday", "")
TIMES_OF_DAY = ("T10:20:30", " 10:20:30.123+02:00", "T10:20:30Z")


def dates(name: str, column: str) -> list[Fault]:
    """Days that do not exist, are not spelled as the contract wants or cannot be, and odd spellings of right ones."""
    with_time = [Fault(f"{name}_valid", change(column, f"{{}}{time}".format)) for time in TIMES_OF_DAY]
    spoilt = [*values(f"{name}_invalid", column, NOT_A_DATE), *values(f"{name}_implausible", column, IMPLAUSIBLE_DATES)]
    return [*spoilt, *with_time, *values(f"{name}_valid", column, ("1900-01-01",))]


def case_and_accents(column: str) -> list[Fault]:
    """A second record whose id differs only in case, or in an accent, and ids of uncommon characters."""
    return [
        Fault("id_other_case", again(column, str.lower)),
        Fault("id_accented", again(column, lambda key: f"{key[0]}\u0301{key[1:]}")),
        Fault("id_punctuated", again(column, lambda key: f"{key}\"; '--")),
    ]


def of_csv_line(key: str, text: str, corrected: str) -> list[Fault]:
    """Faults of any CSV record, given the columns of its key, of some text, and of a number to correct."""
    return [
        Fault("line_too_short", lambda row: [",".join(list(row.values())[:-1])]),
        Fault("line_too_long", lambda row: [",".join([*row.values(), "surplus"])]),
        Fault("line_blank", lambda row: [row, ""]),
        Fault("line_blank", lambda row: [row, " \t "]),
        Fault("duplicate", lambda row: [row, row]),
        Fault("correction", again(corrected, lambda number: f"{float(number) + 1:.0f}")),
        Fault("padded_valid", lambda row: [{column: f"  {value} " for column, value in row.items()}]),
        Fault("padded_valid", lambda row: [{column: f"\t{value}\t" for column, value in row.items()}]),
        Fault("quoted_valid", lambda row: [",".join(f'"{value}"' for value in row.values())]),
        *case_and_accents(key),
        Fault("text_odd", change(text, str.lower)),
        Fault("text_odd", change(text, lambda value: f"{value}, Republic of")),
        Fault("text_odd", change(text, lambda value: f'the "real" {value}')),
        Fault("text_odd", change(text, lambda value: f"{value}\nSouth")),
        Fault("text_odd", change(text, lambda value: f"{value}\r\nNorth")),
        Fault("text_odd", change(text, lambda value: f"{value} 🎬")),
    ]


USER_FAULTS = [
    *values("user_id_missing", "user_id", EMPTY),
    *values("hours_invalid", "total_watch_time_hours", (*NOT_A_NUMBER, *OTHER_DIGITS, "-1", "-0.01")),
    *values("hours_invalid", "total_watch_time_hours", ("1000000.01", *ABSURD)),
    *values("hours_valid", "total_watch_time_hours", ("0", "-0", "+5", "99.9", "100", "150", "300", "500")),
    *values("hours_valid", "total_watch_time_hours", ("007.50", "\t120.5 ", "1000000")),
    *dates("signup_date", "registration_date"),
    *values("age_repaired", "age", ("abc", "121", "-1", "25.5", "25.0", "1e1", "")),
    *values("age_valid", "age", ("0", "120", "+30", " 42 ")),
    *values("country_missing", "country", ("", "  ")),
    *values("plan_missing", "subscription_type", ("", "\t")),
    *values("country_accented", "country", ("Perú", "Peru\u0301", "México")),
    *of_csv_line("user_id", "country", "total_watch_time_hours"),
    Fault("id_long", again("user_id", lambda key: (key * 10_000)[:10_000]), once=True),
    Fault("nul_byte", change("country", lambda value: f"{value}\0"), once=True),
]


def session_faults(unknown_user: str, unknown_title: str) -> list[Fault]:
    """Faults of sessions, given the ids of a user and of a title that never arrive."""
    return [
        *values("session_id_missing", "session_id", EMPTY),
        *values("user_id_missing", "user_id", EMPTY),
        *values("content_id_missing", "content_id", EMPTY),
        *dates("watch_date", "watch_date"),
        *values("duration_invalid", "watch_duration_minutes", (*NOT_A_NUMBER, *OTHER_DIGITS)),
        *values("duration_invalid", "watch_duration_minutes", ("-5", "0", "-0", "0.0", "1440.01", "1441", *ABSURD)),
        *values("duration_valid", "watch_duration_minutes", ("1440", "1440.0", "0.01", "+5", "58.0")),
        *values("completion_repaired", "completion_percentage", ("101", "100.01", "-1", "half", "", "50%", "1e1")),
        *values("completion_valid", "completion_percentage", ("0", "100", "-0", "+50.5")),
        *values("device_missing", "device_type", ("", "  ")),
        *values("quality_missing", "quality_level", ("", "\t")),
        *values("user_unknown", "user_id", (unknown_user,)),
        *values("content_unknown", "content_id", (unknown_title,)),
        Fault("reference_other_case", change("user_id", str.lower)),
        Fault("reference_other_case", change("content_id", str.lower)),
        *of_csv_line("session_id", "device_type", "watch_duration_minutes"),
    ]


def of_title(views: str) -> list[Fault]:
    """Faults of movies and series alike, given the name of their views."""
    return [
        *values("content_id_missing", "content_id", ("  ", None)),
        Fault("content_id_missing", drop("content_id")),
        *values("genre_text", "genre", ("Drama", "Drama, Crime")),
        *values("genre_missing", "genre", ([], None)),
        Fault("genre_repeated", change("genre", lambda genres: [*genres, genres[0]])),
        *values("views_repaired", views, (-1, 10**15 + 1)),
        *values("views_valid", views, (10**15,)),
        Fault("duplicate", lambda row: [row, row]),
        Fault("correction", again(views, lambda number: number + 1)),
        Fault(
            "numbers_as_text_valid",
            lambda row: [{k: str(v) if isinstance(v, int | float) else v for k, v in row.items()}],
        ),
        Fault("not_an_object", lambda row: [row, "a text"]),
        Fault("not_an_object", lambda row: [row, 42]),
    ]


MOVIE_FAULTS = [
    *of_title("views_count"),
    *values("content_duration_invalid", "duration_minutes", (0, -90, "ninety", "1e2", "1_00", None, [90], True)),
    *values("content_duration_invalid", "duration_minutes", (1_000_001,)),
    Fault("content_duration_invalid", drop("duration_minutes")),
    *values("content_duration_valid", "duration_minutes", (0.01, "+58.0", " 90 ")),
    *values("title_missing", "title", ("", None)),
    Fault("title_missing", drop("title")),
    *values("text_is_list", "title", (["One", "Two"],)),
    *values("title_odd", "title", ('The "Best", So Far', "Two\nLines", "  Ñandú 🎬\t", "a;b")),
    Fault("genre_missing", drop("genre")),
    *values("rating_clamped", "rating", (7, -1)),
    *values("rating_not_a_number", "rating", ("n/a", None)),
    Fault("rating_not_a_number", drop("rating")),
    *values("rating_valid", "rating", (0, 5, "4.5")),
    *values("release_year_repaired", "release_year", ("unknown", 2020.5, None, 0, 10_000)),
    Fault("release_year_repaired", drop("release_year")),
    *values("budget_repaired", "production_budget", (-1, "unknown", "1,000,000", None, 10**13 + 1, ABSURD[0])),
    *values("budget_valid", "production_budget", (0, "1500000")),
    *case_and_accents("content_id"),
    Fault("not_an_object", lambda row: [row, None]),
    Fault("not_an_object", lambda row: [row, ["a", "list"]]),
]

SERIES_FAULTS = [
    *of_title("total_views"),
    *values("episodes_unusable", "episodes_per_season", ([], None, "ten", ["ten"], [0], [-3])),
    Fault("episodes_unusable", drop("episodes_per_season")),
    *values("episode_duration_invalid", "avg_episode_duration", (0, "long", None)),
    *values("seasons_missing", "seasons", (None,)),
    Fault("id_other_case", again("content_id", str.lower)),
]
