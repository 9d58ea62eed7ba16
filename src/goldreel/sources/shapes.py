"""What is written in many ways (dates, numbers, lengths of time, lists) as SQL over one text.

Each function gives an expression that is null where the text is not written so. Nothing is taken for what it nearly is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from goldreel.errors import UsageError

WHITE_SPACE = "E' \\t\\r\\n'"
_NUMBER = r"[+-]?[0-9]+(\.[0-9]+)?"
_UNITS_IN_SECONDS = {
    "hours": "3600",
    "minutes": "60",
    "seconds": "1",
    "milliseconds": "0.001",
    "ticks": "0.0000001",
}
UNITS = tuple(_UNITS_IN_SECONDS)

# What a pattern of dates is made of: how it is matched, and how DuckDB's strptime calls it.
_TOKENS = {
    "YYYY": ("[0-9]{4}", "%Y"),
    "YY": ("[0-9]{2}", "%y"),
    "MONTH": ("[A-Za-z]{3,9}", "%B"),
    "MON": ("[A-Za-z]{3}", "%b"),
    "MM": ("[0-9]{1,2}", "%m"),
    "M": ("[0-9]{1,2}", "%m"),
    "DD": ("[0-9]{1,2}", "%d"),
    "D": ("[0-9]{1,2}", "%d"),
    "HH": ("[0-9]{1,2}", "%H"),
    "H": ("[0-9]{1,2}", "%H"),
    "hh": ("[0-9]{1,2}", "%I"),
    "h": ("[0-9]{1,2}", "%I"),
    "mm": ("[0-9]{2}", "%M"),
    "ss": ("[0-9]{2}", "%S"),
    "SSS": ("[0-9]{1,6}", "%f"),
    "AM": ("[AaPp][Mm]", "%p"),
}
_TOKEN = re.compile("|".join(sorted(_TOKENS, key=lambda token: -len(token))))
_EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
_ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?)?"
_OFFSET = r" ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"


class CannotBeSaid(ValueError):
    """A format that is not known; says why."""


def literal(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def trimmed(text: str) -> str:
    """A text without the white space around it, and null where nothing is left.

    Few texts have any, and trimming is dear: it is done where the first or the last character comes before `!`.
    """
    may_have = f"{text} < '!' or right({text}, 1) < '!'"
    return f"(case when {may_have} then nullif(trim({text}, {WHITE_SPACE}), '') else {text} end)"


def filled(text: str) -> str:
    """Whether a text is more than white space."""
    return f"({text} > '!' or ({text} <> '' and trim({text}, {WHITE_SPACE}) <> ''))"


def as_text_of_number(value: str) -> str:
    """A number as the rules read it: digits, and a fraction where there is one; never powers of ten."""
    fixed = f"cast(cast({value} as decimal(38, 12)) as varchar)"
    return f"regexp_replace({fixed}, '\\.?0*$', '')"


def as_text_of_length(value: str) -> str:
    """The same of a length of time, as a double, which is faster; tiny ones and huge ones would be powers of ten."""
    return f"case when {value} between 0.001 and 1e14 then cast({value} as varchar) else {as_text_of_number(value)} end"


def number(raw: str, decimal: str = ".", thousands: str = "") -> str:
    """A number without its thousands' marks and with a point: text."""
    if decimal == thousands:
        raise CannotBeSaid("thousands cannot be divided by what stands before the fraction")
    fraction = f"({re.escape(decimal)}[0-9]+)?"
    whole = "[0-9]+"
    if thousands:
        # a space may be one that does not break
        mark = "[ \u00a0\u202f]" if thousands == " " else "['’]" if thousands == "'" else re.escape(thousands)
        whole = f"([0-9]{{1,3}}({mark}[0-9]{{3}})+|[0-9]+)"
        plain = f"regexp_replace({raw}, {literal(mark)}, '', 'g')"
    else:
        plain = raw
    if decimal != ".":
        plain = f"replace({plain}, {literal(decimal)}, '.')"
    return _where(f"regexp_full_match({raw}, {literal(f'[+-]?{whole}{fraction}')})", plain)


def times(value: str, factor: str, *, is_number: bool = False) -> str:
    """A number multiplied: text. Null where it is none.

    Args:
        is_number: that it is one, or null, is known.
    """
    product = f"try_cast({value} as decimal(25, 12)) * {factor}::decimal(12, 6)"
    if is_number:
        return as_text_of_number(f"({product})")
    return _where(f"regexp_full_match({value}, {literal(_NUMBER)})", as_text_of_number(f"({product})"))


def duration(raw: str, ways: Sequence[str], unit: str, decimal: str = ".", thousands: str = "") -> str:
    """A length of time in `unit`: text."""
    seconds = _first([_seconds(raw, way, decimal, thousands) for way in ways])
    return as_text_of_length(f"(cast({seconds} as double) / {_UNITS_IN_SECONDS[unit]})")


def _seconds(raw: str, way: str, decimal: str, thousands: str) -> str:
    clock = {"h:m:s": ("3600", "60", "1"), "h:m": ("3600", "60"), "m:s": ("60", "1")}.get(way)
    if clock:
        last = "[0-5]?[0-9]" + (r"(\.[0-9]+)?" if clock[-1] == "1" else "")
        pattern = ":".join(["[0-9]{1,5}", *["[0-5]?[0-9]"] * (len(clock) - 2), last])
        parts = " + ".join(
            f"try_cast(split_part({raw}, ':', {at}) as decimal(18, 6)) * {weight}" for at, weight in enumerate(clock, 1)
        )
        if way == "h:m:s":  # a time of day is read faster; what is longer than a day is none
            parts = f"coalesce(epoch(try_cast({raw} as time)), cast({parts} as double))"
        return _where(f"regexp_full_match({raw}, {literal(pattern)})", f"({parts})")
    if way in _UNITS_IN_SECONDS:
        digits = number(raw, decimal, thousands)
        return f"(try_cast({digits} as decimal(25, 9)) * {_UNITS_IN_SECONDS[way]})"
    amount = "([0-9]+(?:\\.[0-9]+)?)"
    if way == "text":
        of_unit = {
            "3600": f"{amount} *(?:h|hr|hrs|hour|hours)",
            "60": f"{amount} *(?:m|min|mins|minute|minutes)",
            "1": f"{amount} *(?:s|sec|secs|second|seconds)",
        }
        between = "[ ,]*"
        whole = f"(?i)(?:{of_unit['3600']}\\.?)?{between}(?:{of_unit['60']}\\.?)?{between}(?:{of_unit['1']}\\.?)?"
    elif way == "iso":
        whole = f"P(?:T(?:{amount}H)?(?:{amount}M)?(?:{amount}S)?)"
    else:
        raise CannotBeSaid(
            f"{way!r} is no way to write a length of time; known: h:m:s, h:m, m:s, text, iso, {', '.join(UNITS)}"
        )
    part = f"regexp_extract({raw}, {literal(f'^{whole}$')}"
    found = [
        f"coalesce(try_cast(nullif({part}, {at}), '') as decimal(18, 6)), 0) * {weight}"
        for at, weight in enumerate(("3600", "60", "1"), 1)
    ]
    fits = f"regexp_full_match({raw}, {literal(whole)}) and regexp_matches({raw}, '[0-9]')"
    return _where(fits, f"({' + '.join(found)})")


def date(raw: str, ways: Sequence[str], zone: str, days_in: str) -> str:
    """A date, with its time of day where the text has one: text as the rules read it."""
    return _first([_date(raw, way, zone, days_in) for way in ways])


def _date(raw: str, way: str, zone: str, days_in: str) -> str:
    if way in _EPOCHS:
        if not days_in:
            raise CannotBeSaid("a moment counted from 1970 has no day by itself: say whose days count, `days_in: UTC`")
        micros = f"cast(trunc(try_cast({raw} as decimal(25, 6)) * {_EPOCHS[way]}) as bigint)"
        moment = f"make_timestamp(try({micros}))"
        fits = f"regexp_full_match({raw}, '[0-9]{{1,17}}(\\.[0-9]{{1,6}})?')"
        return _where(fits, _written(f"timezone({literal(days_in)}, timezone('UTC', {moment}))", has_time=True))
    if way == "iso":
        return _iso(raw, zone, days_in)
    pattern, form = _compiled(way)
    has_time = any(mark in form for mark in ("%H", "%I"))
    local = f"try_strptime({raw}, {literal(form)})"
    if days_in and has_time:
        if not zone:
            raise CannotBeSaid(f"{way!r} has no offset: say which zone its times are written in, `zone: UTC`")
        local = f"timezone({literal(days_in)}, timezone({literal(zone)}, {local}))"
    return _where(f"regexp_full_match({raw}, {literal(pattern)})", _written(local, has_time))


def _iso(raw: str, zone: str, days_in: str) -> str:
    plain = f"replace(regexp_extract({raw}, {literal(f'^{_ISO}')}), ',', '.')"
    has_time = f"length({raw}) > 10"
    as_written = _where(f"try_cast({plain} as timestamp) is not null", _iso_written(plain, has_time))
    if not days_in:
        return _where(f"regexp_full_match({raw}, {literal(f'{_ISO}({_OFFSET})?')})", as_written)
    offset = f"regexp_extract({raw}, {literal(f'{_OFFSET}$')}, 1)"
    normal = (
        f"case when {offset} in ('Z', 'UTC') then '+00:00' when length({offset}) = 3 then {offset} || ':00' "
        f"when length({offset}) = 5 then left({offset}, 3) || ':' || right({offset}, 2) else {offset} end"
    )
    moment = f"try_cast({plain} || {normal} as timestamptz)"
    with_offset = _written(f"timezone({literal(days_in)}, {moment})", has_time=True)
    cases = f"when regexp_full_match({raw}, {literal(_ISO.removesuffix('?') + _OFFSET)}) then {with_offset}"
    if zone:
        local = f"timezone({literal(days_in)}, timezone({literal(zone)}, try_cast({plain} as timestamp)))"
        cases += (
            f" when regexp_full_match({raw}, {literal(_ISO.removesuffix('?'))}) then {_written(local, has_time=True)}"
        )
    return f"(case {cases} when regexp_full_match({raw}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') then {as_written} end)"


def _iso_written(plain: str, has_time: str) -> str:
    return f"case when {has_time} then replace({plain}, 'T', ' ') else {plain} end"


def _written(moment: str, has_time: bool) -> str:
    return f"strftime({moment}, '{'%Y-%m-%d %H:%M:%S' if has_time else '%Y-%m-%d'}')"


def _compiled(way: str) -> tuple[str, str]:
    """A pattern of dates as a regular expression, and as DuckDB's strptime has it."""
    pattern, form, position = "", "", 0
    seen = set()
    for token in _TOKEN.finditer(way):
        between = way[position : token.start()]
        pattern += re.escape(between)
        form += between.replace("%", "%%")
        match, code = _TOKENS[token.group()]
        if code in seen:
            raise CannotBeSaid(f"{way!r} says {token.group()} twice (MM is the month, mm the minute)")
        seen.add(code)
        pattern += match
        form += code
        position = token.end()
    rest = way[position:]
    left = re.search("[A-Za-z]", re.sub(_TOKEN, "", way).replace("T", ""))
    if not {"%d"} <= seen or not seen & {"%m", "%b", "%B"} or not seen & {"%Y", "%y"} or left:
        raise CannotBeSaid(
            f"{way!r} is no way to write a day; it is made of YYYY, YY, MM, MON, MONTH, DD, HH, hh, mm, ss, SSS, AM, "
            "and what stands between them, or it is iso, epoch_s, epoch_ms, epoch_us"
        )
    return pattern + re.escape(rest), form + rest.replace("%", "%%")


def before(raw: str, marks: Sequence[str]) -> str:
    """The text before the first of some marks."""
    either = "|".join(re.escape(mark) for mark in marks)
    return f"trim(regexp_extract({raw}, {literal(f'(?s)^(.*?)(?:{either}|$)')}, 1))"


def joined_list(raw: str, divider: str) -> str:
    """The parts of a list, joined as ours are."""
    if divider == "json":
        parts = f"try(from_json({raw}, '[\"VARCHAR\"]'))"
        return f"array_to_string(list_filter({parts}, lambda part: part is not null), ', ')"
    parts = f"list_transform(string_split({raw}, {literal(divider)}), lambda part: trim(part))"
    return f"array_to_string(list_filter({parts}, lambda part: part <> ''), ', ')"


def _where(condition: str, value: str) -> str:
    return f"(case when {condition} then {value} end)"


def _first(choices: Sequence[str]) -> str:
    return choices[0] if len(choices) == 1 else f"coalesce({', '.join(choices)})"


def refuse_zone(name: str, known: frozenset[str], place: str) -> None:
    """Refuse a time zone that DuckDB does not know.

    Raises:
        UsageError: it is none.
    """
    if name and name not in known:
        raise UsageError(
            f"The time zone {name!r} is not known.", place, "give a name as UTC, Europe/Berlin, America/Lima"
        )
