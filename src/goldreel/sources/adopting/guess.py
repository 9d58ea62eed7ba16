"""What a source may say of a column of ours, by the values that were seen; what they do not tell is a TODO."""

from __future__ import annotations

import re

from goldreel.sources.adopting.names import TITLES, called, plain
from goldreel.sources.adopting.profile import DAY_OR_MONTH_FIRST, NUMBERS, Column
from goldreel.sources.declaration import UNITS
from goldreel.sources.written import TODO

_OF_A_UNIT = {
    "milliseconds": "ms msec msecs milli millis millisecond milliseconds",
    "seconds": "s sec secs second seconds",
    "minutes": "min mins minute minutes",
    "hours": "h hr hrs hour hours",
}
# Behind a name that is written in one: `runtimemins`, `durationms`.
_ENDINGS = (
    (r"(milli(s|seconds?)|(duration|length|time|played|watched)ms)$", "milliseconds"),
    (r"(seconds?|secs?)$", "seconds"),
    (r"(minutes?|mins?)$", "minutes"),
    (r"(hours?|hrs?)$", "hours"),
)
_KINDS = {
    "movie": "movie",
    "film": "movie",
    "movies": "movie",
    "tvmovie": "movie",
    "short": "movie",
    "documentary": "movie",
}
_KINDS |= {"series": "series", "tvshow": "series", "show": "series", "tv": "series", "tvseries": "series"}
_KINDS |= {"tvminiseries": "series", "miniseries": "series", "episode": "series"}


def how(ours: str, column: Column, *, is_guess: bool = False) -> tuple[str, str]:
    """What the source says of a column of ours, as YAML; and what was seen, for a remark."""
    if column.ambiguous:
        asked = f"{TODO} which of {', '.join(column.ambiguous)}? records have values in several of them"
        return _yaml(asked), ""
    names = f"[{', '.join(map(_yaml, column.names))}]" if len(column.names) > 1 else _yaml(column.name)
    says = [f"from: {names}"]
    seen = f"{column.kind}; {_share_empty(column)}; e.g. {', '.join(_short(each) for each in column.examples)}"
    if ours in ("watch_date", "registration_date"):
        more, told = _date(column)
        says += more
        seen = told or seen
    elif ours in UNITS:
        more, told = _length(ours, column)
        says += more
        seen = told or seen
    elif ours in ("rating", "completion_percentage"):
        says += _number(column) + _scale(ours, column)
    elif ours in ("release_year", "views_count", "production_budget", "age"):
        says += _number(column)
    elif ours == "genre":
        says += _list(column)
    elif ours == "content_type":
        says += _kinds(column)
    elif ours == "content_id" and set(called(column)) & TITLES:
        says.append("as_id: true")
    said = f"{{{', '.join(says)}}}" if len(says) > 1 or len(column.names) > 1 else names
    if is_guess:
        said = _yaml(
            f"{TODO} {said.replace(TODO, 'or').replace(chr(34), chr(39))}? no name tells, but its values may be it"
        )
    return said, seen


def _date(column: Column) -> tuple[list[str], str]:
    all_fit = [way for way, count in column.dates.items() if count == column.filled]
    for first, second in DAY_OR_MONTH_FIRST.items():
        fit = column.dates.get(first, 0) + column.dates.get(second, 0) - column.both.get(first, 0)
        if not column.filled or fit < 0.9 * column.filled:
            continue
        both = column.both.get(first, 0)
        only = column.dates.get(first, 0) - both, column.dates.get(second, 0) - both
        told = f"{only[0]:,} of {column.filled:,} dates fit only {first}, {only[1]:,} only {second}, {both:,} fit both"
        if bool(only[0]) != bool(only[1]):
            return [f'date: "{first if only[0] else second}"'], told
        return [f'date: "{TODO} {first} or {second}? {told}"'], told
    if all_fit:
        way = all_fit[0]
        if way.startswith("epoch"):
            return [f"date: {way}", f'days_in: "{TODO} the zone whose days count, as UTC or America/Lima"'], ""
        return [f'date: "{way}"'], ""
    best = max(column.dates.items(), key=lambda each: each[1], default=("", 0))
    told = (
        f"{best[1]:,} of {column.filled:,} dates fit {best[0]}"
        if best[1]
        else "no way of writing dates that is known fits"
    )
    return [f'date: "{TODO} how are these days written? {told}; e.g. {_short(_first(column))}"'], told


def _length(ours: str, column: Column) -> tuple[list[str], str]:
    """A length of time, and what was seen where that is more than examples."""
    shown = ", ".join(map(_short, column.examples))
    all_fit = [way for way, count in column.lengths.items() if count == column.filled]
    if column.filled and column.filled in column.numbers.values():
        units = _units(column)
        if len(units) == 1:
            return [*_number(column), f"duration: {units[0]}"], ""
        asked = f"minutes, seconds, milliseconds or hours? from {column.smallest:g} to {column.largest:g}; e.g. {shown}"
        return [*_number(column), f'duration: "{TODO} {asked}"'], ""
    if column.seasons and column.lengths.get("text", 0) + column.seasons == column.filled:
        told = f"{column.seasons:,} of {column.filled:,} are numbers of seasons, and no lengths"
        return ["duration: text", "unfit: empty"], told
    if len(all_fit) == 1 and all_fit[0].startswith("h:m") and "watchtime" in called(column):
        return [f'duration: "{TODO} {all_fit[0]}? or are these times of day? e.g. {shown}"'], ""
    if len(all_fit) == 1:
        return [f'duration: "{all_fit[0]}"'], ""
    if all_fit:
        return [f'duration: "{TODO} {" or ".join(all_fit)}? all values fit each; e.g. {_short(_first(column))}"'], ""
    best = max((count for count in (*column.lengths.values(), *column.numbers.values())), default=0)
    told = f"{best:,} of {column.filled:,} fit one way; " if best else ""
    return [f'duration: "{TODO} how are these lengths of time written? {told}e.g. {shown}"'], ""


def _units(column: Column) -> list[str]:
    """The units that a column is named after: `ms_played`, `durationSeconds`, `Runtime (mins)`."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", column.path[-1])]
    named = [unit for unit, marks in _OF_A_UNIT.items() if set(words) & set(marks.split())]
    if not named:
        found = (unit for pattern, unit in _ENDINGS if re.search(pattern, plain(column.path[-1])))
        named = [next(found, "")]
    return [unit for unit in named if unit]


def _number(column: Column) -> list[str]:
    """How the numbers are written. Where some are none, the rules judge those."""
    fits = [way for way in NUMBERS if column.filled and column.numbers.get(way) == column.filled]
    for mark, other in ((".", ","), (",", ".")):
        if column.either[mark] and {(mark, ""), (other, mark)} <= set(fits):
            example = next((each for each in column.examples if mark in each), column.examples[0])
            read = f"{_short(example)} is {example.replace(mark, '.')}, or {example.replace(mark, '')}"
            told = f"{column.either[mark]:,} of {column.filled:,} can be read as either: {read}"
            return [f'number: "{TODO} {_way((mark, ""))} or {_way((other, mark))}? {told}"']
    if fits:
        return [] if fits[0] == NUMBERS[0] else [f"number: {_way(fits[0])}"]
    if column.numbers.get(NUMBERS[0], 0) == max(column.numbers.values(), default=0) >= 0.9 * column.filled:
        return []
    best = max(column.numbers, key=lambda way: column.numbers[way], default=None)
    told = f"{column.numbers[best]:,} of {column.filled:,} fit {_way(best)}" if best else "none is one"
    return [f'number: "{TODO} how are these numbers written? {told}; e.g. {", ".join(map(_short, column.examples))}"']


def _way(way: tuple[str, str]) -> str:
    """A way of writing numbers as a source says it."""
    decimal, thousands = way
    says = [f"decimal: '{decimal}'"] * (decimal != ".") + [
        f"thousands: '{thousands.replace(chr(39), chr(39) * 2)}'"
    ] * bool(thousands)
    return f"{{{', '.join(says)}}}"


def _scale(ours: str, column: Column) -> list[str]:
    if column.largest is None or column.smallest is None:
        return []
    span = f"from {column.smallest:g} to {column.largest:g}, {column.distinct:,} different"
    if ours == "rating":
        return [f'times: "{TODO} 1 (of five), 0.5 (of ten) or 0.05 (of a hundred)? ours goes to 5, these {span}"']
    if column.largest <= 1:
        return [f'times: "{TODO} 100? the largest value is {column.largest:g}, as of a share"']
    if column.largest > 100:
        return [f'times: "{TODO} what makes a percentage of it? these go {span}"']
    return []


def _list(column: Column) -> list[str]:
    if column.objects:
        told = f"{column.objects:,} of {column.filled:,} are lists of objects; take the names out of them with `sql`"
        return [f'list: "{TODO} {told}"']
    if column.filled and column.lists == column.filled:
        return ["list: json"]
    return next(([f'list: "{mark}"'] for mark in ("|", ";", "/", ",") if column.marks.get(mark)), [])


def _kinds(column: Column) -> list[str]:
    known = {each: _KINDS[plain(each)] for each in column.examples if plain(each) in _KINDS}
    if column.distinct <= len(column.examples) and len(known) == column.distinct and known:
        return [f"map: {{{', '.join(f'{_yaml(each)}: {kind}' for each, kind in known.items())}}}"]
    shown = ", ".join(f"{_yaml(each)}: {_KINDS.get(plain(each), 'movie or series?')}" for each in column.examples)
    return [f"map: {_yaml(f'{TODO} which values are movies, which series, as in {{{shown}}}')}"]


def _share_empty(column: Column) -> str:
    empty = column.records - column.filled
    return f"{100 * empty / column.records:.0f}% empty" if empty else "never empty"


def seen_of(column: Column) -> str:
    """What a column holds, in a line."""
    examples = f"; e.g. {', '.join(_short(each) for each in column.examples)}" if column.examples else ""
    return f"{column.kind}; {_share_empty(column)}; {column.distinct:,} different{examples}"


def _first(column: Column) -> str:
    return column.examples[0] if column.examples else ""


def _short(text: str) -> str:
    text = " ".join(text.split()).replace('"', "'").replace("\\", "/")
    return text if len(text) <= 40 else text[:39] + "…"


def _yaml(text: str) -> str:
    """A text as YAML has it: plain where that is safe."""
    if re.fullmatch(r"[A-Za-z_$][\w. $-]*[\w$]|[A-Za-z_]", text) and text.lower() not in ("null", "true", "false", "~"):
        return text
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    )
    return f'"{escaped}"'


as_yaml = _yaml
