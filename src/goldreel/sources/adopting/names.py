"""Which column of a file may be which of ours, and what its records may be, by the names of its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from goldreel.loading.contract import CONTENT, USERS, VIEWING_SESSIONS, Entity
from goldreel.sources.adopting.profile import Column, Profile
from goldreel.sources.written import TODO

_USER = (
    "userid user uid profileid profilename profile customerid customer subscriberid memberid accountid "
    "viewerid username who"
)
_TITLE_ID = (
    "contentid movieid titleid showid videoid itemid mediaid filmid trackid programid assetid tconst const imdbid "
    "ratingkey slug"
)
_TITLE = (
    "title movietitle name originaltitle primarytitle showname moviename filmname trackname videotitle itemname "
    "medialabel"
)
TITLES = frozenset(_TITLE.split())
# A day so called is that of a play; others may be that of anything.
_WATCHED = (
    "watchdate watchedat watcheddate datewatched watchedon lastwatchedat lastplayedat playedat dateplayed viewdate "
    "viewedat dateviewed lastviewedat"
)
_STARTED = "startedat starttime starttstamp started timestamp ts date datetime endtime datecreated time"

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
        "watch_date": f"{_WATCHED} {_STARTED}",
        "watch_duration_minutes": "watchdurationminutes watchduration minuteswatched secondswatched secondsviewed "
        "duration watchtime msplayed minutes playduration playtimesecs durationms seconds lengthwatched playtime "
        "watched",
        "completion_percentage": "completionpercentage completion percentcomplete progress completionrate",
        "device_type": "devicetype device platform client devicename player",
        "quality_level": "qualitylevel quality resolution streamquality videoquality",
    },
    CONTENT.name: {
        "content_id": f"{_TITLE_ID} id",
        "title": _TITLE,
        "genre": "genre genres listedin category categories",
        "content_type": "contenttype type titletype kind mediatype",
        "duration_minutes": "durationminutes duration runtime runtimeminutes runtimemins length minutes",
        "release_year": "releaseyear year startyear",
        "rating": "rating score voteaverage imdbrating averagerating imdbscore stars",
        "views_count": "viewscount views viewcount totalviews",
        "production_budget": "productionbudget budget",
    },
}
# What makes a file one of ours: any of these sets. A name alone may be anybody's.
_CATALOGUE = ("genre", "content_type", "duration_minutes", "release_year", "rating")
_OF_A_USER = ("age", "subscription_type", "registration_date", "total_watch_time_hours")
_ANYBODYS = frozenset({"id", "name"})  # of an object in a record: of what, its own name tells


def plain(name: str) -> str:
    """A name without case and marks."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def called(column: Column) -> tuple[str, ...]:
    """What a column may be called by: its name, and in an object that name behind the object's."""
    path = [step for step in column.path if not step.startswith("$")] or list(column.path)
    last = plain(path[-1])
    if len(path) == 1:
        return (last,)
    whole = plain(path[-2]) + last
    return (whole,) if last in _ANYBODYS else (last, whole)


def unmistakable(profile: Profile) -> list[Column]:
    """The columns of a file, with several of one name as one: that of a movie or else of a show is the title's.

    Where a record has values in several of them, which one is meant cannot be told.
    """
    found: list[Column] = []
    groups: dict[str, list[Column]] = {}
    for column in profile.columns:
        groups.setdefault(called(column)[0], []).append(column)
    for group in groups.values():
        if len(group) > 1 and all(len(column.path) > 1 for column in group):
            found.append(_one_of(profile, group))
        else:
            found += group
    return found


def _one_of(profile: Profile, group: list[Column]) -> Column:
    # what an episode is called is none of ours where its series is there
    series = [column for column in group if plain(column.path[-2]) != "episode" and "episode" not in column.path]
    group = series or group
    names = [column.name for column in group]
    if len(group) == 1:
        return group[0]
    if profile.together(names):
        return replace(profile.merged(names), alternatives=(), ambiguous=tuple(names))
    return profile.merged(names)


def matches(entity: Entity, columns: Sequence[Column]) -> dict[str, Column]:
    """Our columns, and what may be each of them by its name."""
    found: dict[str, Column] = {}
    for ours, names in NAMES[entity.name].items():
        taken = [column.name for column in found.values()]
        free = [column for column in columns if column.name not in taken]
        if ours == "rating":  # PG-13 is none
            free = [column for column in free if column.share_of_numbers > 0.5]
        for name in names.split():
            same = [column for column in free if name in called(column)]
            if same:
                found[ours] = same[0]
                break
    return found


def guessed(found: dict[str, Column], columns: Sequence[Column]) -> dict[str, Column]:
    """What no name tells of a play: the one column that holds days, or lengths of time, may be it."""
    guesses = {}
    taken = {name for column in found.values() for name in column.names}
    for ours, kind in (("watch_date", "dates"), ("watch_duration_minutes", "lengths of time")):
        left = [column for column in columns if column.kind == kind and column.name not in taken]
        if ours not in found and len(left) == 1:
            guesses[ours] = left[0]
    return guesses


def entity_of(columns: Sequence[Column], file_name: str) -> tuple[Entity | None, str]:
    """What the records of a file may be, and what is asked where the names of its columns leave that open."""
    plays, titles, users = (matches(entity, columns) for entity in (VIEWING_SESSIONS, CONTENT, USERS))
    told = {*plays, *guessed(plays, columns)}
    day = plays.get("watch_date")
    if {"user_id", "content_id", "watch_date"} <= told:
        return VIEWING_SESSIONS, ""
    if day and "content_id" in plays and set(called(day)) & set(_WATCHED.split()):
        return VIEWING_SESSIONS, ""
    is_catalogue = "title" in titles and any(ours in titles for ours in _CATALOGUE)
    if day and "content_id" in plays and is_catalogue and "user_id" not in plays:
        title = titles["title"]
        if not {"watch_duration_minutes"} <= plays.keys() or sum(ours in titles for ours in _CATALOGUE) > 2:
            return None, (
                f"{TODO} content (a list of titles) or viewing_sessions (plays)? {title.records:,} records have "
                f"{title.distinct:,} different titles, and {day.distinct:,} different values in {day.name}"
            )
    if {"content_id", "watch_date", "watch_duration_minutes"} <= plays.keys():
        return VIEWING_SESSIONS, ""
    if is_catalogue and "user_id" not in plays and "user" not in file_name.lower():
        return CONTENT, ""
    if "user_id" in users and any(ours in users for ours in _OF_A_USER):
        return USERS, ""
    return None, f"{TODO} users, viewing_sessions or content? or take this file out"
