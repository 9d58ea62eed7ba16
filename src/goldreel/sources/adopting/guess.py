"""Which column of a file may be which of ours, by its name and its values; what that does not tell is a TODO."""

from __future__ import annotations

import re
from collections.abc import Sequence

from goldreel.loading.contract import CONTENT, USERS, VIEWING_SESSIONS, Entity
from goldreel.sources.adopting.profile import DAY_OR_MONTH_FIRST, Column
from goldreel.sources.declaration import UNITS
from goldreel.sources.written import TODO

_USER = (
    "userid user uid profileid profilename profile customerid customer subscriberid memberid accountid "
    "viewerid username who"
)
_TITLE_ID = "contentid movieid titleid showid videoid itemid mediaid filmid trackid programid assetid tconst ratingkey"
_TITLE = "title movietitle name originaltitle primarytitle showname moviename trackname videotitle itemname medialabel"

# What people call our columns, without case and marks, the likeliest first.
NAMES: dict[str, dict[str, str]] = {
    USERS.name: {
        "user_id": f"{_USER} id",
        "age": "age",
        "country": "country countryname countrycode nation region location market",
        "subscription_type": "subscriptiontype subscription plan plantype tier membership package",
        "registration_date": "registrationdate signupdate joindate joined createdat registeredat since startdate",
        "total_watch_time_hours": "totalwatchtimehours watchtimehours totalhours hourswatched watchhours hours",
    },
    VIEWING_SESSIONS.name: {
        "session_id": "sessionid playid viewid watchid eventid viewingid playbackid rowid id",
        "user_id": _USER,
        "content_id": f"{_TITLE_ID} {_TITLE} item show movie video",
        "watch_date": "watchdate watchedat startedat starttime starttstamp started timestamp ts date datetime viewdate "
        "playedat endtime datecreated time",
        "watch_duration_minutes": "watchdurationminutes watchduration minuteswatched duration watchtime msplayed "
        "minutes playduration playtimesecs durationms seconds lengthwatched playtime",
        "completion_percentage": "completionpercentage completion percentcomplete progress completionrate",
        "device_type": "devicetype device platform client devicename player",
        "quality_level": "qualitylevel quality resolution streamquality videoquality",
    },
    CONTENT.name: {
        "content_id": f"{_TITLE_ID} id",
        "title": _TITLE,
        "genre": "genre genres listedin category categories",
        "content_type": "contenttype type titletype kind mediatype",
        "duration_minutes": "durationminutes duration runtime runtimeminutes length minutes",
        "release_year": "releaseyear year startyear",
        "rating": "rating score voteaverage imdbrating averagerating imdbscore stars",
        "views_count": "viewscount views viewcount numvotes votecount totalviews",
        "production_budget": "productionbudget budget",
    },
}
# What makes a file one of ours: any of these sets. A name alone may be anybody's.
_NEEDED: dict[str, tuple[set[str], ...]] = {
    VIEWING_SESSIONS.name: (
        {"user_id", "content_id", "watch_date"},
        {"content_id", "watch_date", "watch_duration_minutes"},
    ),
    CONTENT.name: tuple(
        {"title", other} for other in ("genre", "content_type", "duration_minutes", "release_year", "rating")
    ),
    USERS.name: tuple(
        {"user_id", other} for other in ("age", "subscription_type", "registration_date", "total_watch_time_hours")
    ),
}
_OF_A_UNIT = (
    ("milliseconds", r"ms|milli"),
    ("seconds", r"sec|_s$"),
    ("hours", r"hour|hrs"),
    ("minutes", r"min"),
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


def plain(name: str) -> str:
    """A name without case, marks, and the objects that it is in."""
    return re.sub(r"[^a-z0-9]", "", name.rpartition(".")[2].lower() or name.lower())


def matches(entity: Entity, columns: Sequence[Column]) -> dict[str, Column]:
    """Our columns, and what may be each of them."""
    found: dict[str, Column] = {}
    for ours, names in NAMES[entity.name].items():
        for name in names.split():
            same = [column for column in columns if plain(column.name) == name and column not in found.values()]
            if same:
                found[ours] = same[0]
                break
    # Where no name tells, the one column that holds such values may be it.
    for ours, kind in (("watch_date", "dates"), ("watch_duration_minutes", "lengths of time")):
        left = [column for column in columns if column.kind == kind and column not in found.values()]
        if ours in NAMES[entity.name] and ours not in found and len(left) == 1:
            found[ours] = left[0]
    return found


def entity_of(columns: Sequence[Column], file_name: str) -> Entity | None:
    """What the records of a file may be, by the names of its columns and, where that leaves it open, of the file."""
    for entity in (VIEWING_SESSIONS, CONTENT, USERS):
        found = matches(entity, columns).keys()
        if entity is CONTENT and "user" in file_name.lower():
            continue
        if any(needed <= found for needed in _NEEDED[entity.name]):
            return entity
    return None


def how(ours: str, column: Column) -> tuple[str, str]:
    """What the source says of a column of ours, as YAML; and what was seen, for a remark."""
    says = [f"from: {_yaml(column.name)}"]
    seen = f"{column.kind}; {_share_empty(column)}; e.g. {', '.join(_short(each) for each in column.examples)}"
    if ours in ("watch_date", "registration_date"):
        more, told = _date(column)
        says += more
        seen = told or seen
    elif ours in UNITS:
        says += _length(ours, column)
    elif ours in ("rating", "completion_percentage"):
        says += _number(column) + _scale(ours, column)
    elif ours in ("release_year", "views_count", "production_budget", "age"):
        says += _number(column)
    elif ours == "genre":
        says += _list(column)
    elif ours == "content_type":
        says += _kinds(column)
    elif ours == "content_id" and plain(column.name) in _TITLE.split():
        says.append("as_id: true")
    return (f"{{{', '.join(says)}}}" if len(says) > 1 else _yaml(column.name)), seen


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


def _length(ours: str, column: Column) -> list[str]:
    all_fit = [way for way, count in column.lengths.items() if count == column.filled]
    if column.filled and column.filled in (column.numbers, column.commas):
        form = [] if column.numbers == column.filled else ['number: {decimal: ","}']
        unit = next((unit for unit, mark in _OF_A_UNIT if re.search(mark, column.name.lower())), "")
        if unit:
            return [*form, f"duration: {unit}"]
        span = f"e.g. {', '.join(map(_short, column.examples))}"
        return [*form, f'duration: "{TODO} minutes, seconds, milliseconds or hours? {span}"']
    if len(all_fit) == 1:
        return [f'duration: "{all_fit[0]}"']
    if all_fit:
        return [f'duration: "{TODO} {" or ".join(all_fit)}? all values fit each; e.g. {_short(_first(column))}"']
    return [f'duration: "{TODO} how are these lengths of time written? e.g. {", ".join(map(_short, column.examples))}"']


def _number(column: Column) -> list[str]:
    if column.numbers == column.filled:
        return []
    if column.commas == column.filled:
        return ['number: {decimal: ","}']
    if column.numbers < column.commas:
        return [
            f'number: "{TODO} {column.commas:,} of {column.filled:,} have a decimal comma, {column.numbers:,} a point"'
        ]
    return []


def _scale(ours: str, column: Column) -> list[str]:
    largest = column.largest or 0
    if ours == "completion_percentage" and column.filled and column.numbers == column.filled and largest <= 1:
        return [f'times: "{TODO} 100? the largest value is {largest:g}, as of a share"']
    if ours == "rating" and largest > 5:
        return [f'times: "{TODO} 0.5 (of ten) or 0.05 (of a hundred)? ours goes to 5, the largest here is {largest:g}"']
    return []


def _list(column: Column) -> list[str]:
    if column.filled and column.lists == column.filled:
        return ["list: json"]
    for mark in ("|", ";", "/"):
        if sum(mark in each for each in column.examples) >= 1:
            return [f'list: "{mark}"']
    return ['list: ","'] if any("," in each for each in column.examples) else []


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
