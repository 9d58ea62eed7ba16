"""Exports as people download them, made by hand in the shapes that their tools publish, for every ready-made source."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_START = datetime(2024, 1, 5, 20, 0)
_SHOWS = ("Harbor Lights", "The Long Field", "Nine Doors")
_FILMS = ("Mission: Dawn", "Salt", "Paper Moonrise")
_PEOPLE = ("Ana", "Ben")

Play = tuple[int, datetime, str, str, str, int]


def _plays(count: int = 60) -> list[Play]:
    """(number, start, who, series or film, episode or nothing, seconds)."""
    found: list[Play] = []
    for at in range(count):
        is_show = at % 3 != 0
        title = (_SHOWS if is_show else _FILMS)[at % 7 % 3]
        episode = f"Season {at % 2 + 1}: Chapter {at % 9 + 1}" if is_show else ""
        start = _START + timedelta(days=at, minutes=7 * at)
        found.append((at + 1, start, _PEOPLE[at % 5 % 2], title, episode, 1500 + at * 61 if is_show else 5400 + at))
    return found


def _csv(header: list[str], rows: list[list[Any]], **dialect: Any) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", **dialect)
    if header:
        writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _named(title: str, episode: str) -> str:
    return f"{title}: {episode}" if episode else title


def netflix_viewing_activity(folder: Path) -> None:
    rows: list[list[Any]] = []
    for _, start, who, title, episode, seconds in _plays():
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        rows.append(
            [who, f"{start}", clock, "", _named(title, episode), "", "Chrome PC (Cadmium)", clock, clock, "PE (Peru)"]
        )
    rows.append(
        ["Ana", f"{_START}", "00:00:31", "", "Salt (Trailer)", "TRAILER", "iPhone", "00:00:31", "", "PE (Peru)"]
    )
    columns = "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,Bookmark"
    columns += ",Latest Bookmark,Country"
    with zipfile.ZipFile(folder / "netflix-report.zip", "w") as archive:
        archive.writestr("CONTENT_INTERACTION/ViewingActivity.csv", _csv(columns.split(","), rows))
        archive.writestr("PROFILES/Profiles.csv", "Profile Name\nAna\nBen\n")


def netflix_viewing_history(folder: Path) -> None:
    rows = [
        [_named(title, episode), f"{at.month}/{at.day}/{at:%y}"] for _, at, _, title, episode, _ in reversed(_plays())
    ]
    (folder / "NetflixViewingHistory.csv").write_text(_csv(["Title", "Date"], rows, quoting=csv.QUOTE_ALL))


def netflix_viewing_history_day_first(folder: Path) -> None:
    rows = [[_named(title, episode), f"{at:%d/%m/%Y}"] for _, at, _, title, episode, _ in reversed(_plays())]
    (folder / "NetflixViewingHistory.csv").write_text(_csv(["Title", "Date"], rows, quoting=csv.QUOTE_ALL))


def _jellyfin_rows() -> list[list[Any]]:
    rows = [
        [
            f"{start}.1234567",
            who.encode().hex().ljust(32, "0"),
            f"{hash_of(title + episode)}",
            "Episode" if episode else "Movie",
            f"{title} - s01e{at:02} - {episode}" if episode else title,
            "DirectPlay",
            "Jellyfin Web",
            "Firefox",
            seconds,
        ]
        for at, start, who, title, episode, seconds in _plays()
    ]
    return [*rows, [*rows[0][:8], 0], [*rows[0][:3], "Audio", "A Song", *rows[0][5:]]]


def hash_of(text: str) -> str:
    return f"{sum(text.encode()):032x}"


def jellyfin_playback_reporting(folder: Path) -> None:
    with sqlite3.connect(folder / "playback_reporting.db") as connection:
        connection.execute(
            "create table PlaybackActivity (DateCreated DATETIME NOT NULL, UserId TEXT, ItemId TEXT, ItemType TEXT, "
            "ItemName TEXT, PlaybackMethod TEXT, ClientName TEXT, DeviceName TEXT, PlayDuration INT)"
        )
        connection.executemany(f"insert into PlaybackActivity values ({', '.join('?' * 9)})", _jellyfin_rows())
    connection.close()


def jellyfin_backup(folder: Path) -> None:
    lines = ["\t".join(map(str, row)) for row in _jellyfin_rows()]
    (folder / "PlaybackReportingBackup-20240401-0300.tsv").write_text("\r\n".join([*lines, ""]))


def _tautulli_rows() -> list[dict[str, Any]]:
    rows = []
    for at, start, who, title, episode, seconds in _plays():
        key = int(hash_of(title), 16)
        begun = int(start.replace(tzinfo=UTC).timestamp())
        rows.append(
            {"reference_id": at, "row_id": at, "date": begun, "started": begun, "stopped": begun + seconds + 9}
            | {"duration": seconds, "paused_counter": 9, "user_id": len(who) * 100 + ord(who[0]), "user": who.lower()}
            | {"friendly_name": who, "platform": "Chrome", "product": "Plex Web", "player": "Plex Web (Chrome)"}
            | {"ip_address": "192.0.2.7", "live": 0, "media_type": "episode" if episode else "movie"}
            | {"rating_key": key * 1000 + at if episode else key, "parent_rating_key": key + 7 if episode else ""}
            | {"grandparent_rating_key": key if episode else "", "full_title": _named(title, episode)}
            | {"title": episode or title, "parent_title": "Season 1" if episode else ""}
            | {"grandparent_title": title if episode else "", "year": 2019, "percent_complete": 60 + at % 40}
            | {"transcode_decision": "direct play", "watched_status": 1, "group_count": 1, "state": None}
        )
    rows.append(rows[0] | {"row_id": 900, "media_type": "track"})
    rows.append(rows[1] | {"row_id": None, "state": "playing"})
    return rows


def tautulli_json(folder: Path) -> None:
    rows = _tautulli_rows()
    data = {
        "recordsFiltered": len(rows),
        "recordsTotal": len(rows),
        "data": rows,
        "draw": 1,
        "total_duration": "60 hrs",
    }
    answer = {"response": {"result": "success", "message": None, "data": data}}
    (folder / "tautulli_history.json").write_text(json.dumps(answer))


def tautulli_csv(folder: Path) -> None:
    rows = _tautulli_rows()
    (folder / "history.csv").write_text(_csv(list(rows[0]), [list(row.values()) for row in rows]))


def snowplow(folder: Path) -> None:
    columns = [
        "play_id",
        "page_view_id",
        "media_id",
        "media_label",
        "session_identifier",
        "domain_userid",
        "user_id",
        "geo_region_name",
        "br_name",
        "dvce_type",
        "platform",
        "duration_secs",
        "media_type",
        "media_player_type",
        "start_tstamp",
        "end_tstamp",
        "is_played",
        "percent_progress_reached",
        "play_time_secs",
        "play_time_muted_secs",
        "avg_playback_rate",
        "retention_rate",
    ]
    rows: list[list[Any]] = []
    for at, start, who, title, episode, seconds in _plays():
        name = _named(title, episode)
        rows.append(
            [
                f"play-{at:032x}",
                f"view-{at}",
                f"yt-{hash_of(name)}",
                name,
                f"s-{at}",
                f"cookie-{who}",
                "",
                "Lima",
                "Firefox",
                "Computer",
                "web",
                seconds + 60,
                "video",
                "com.youtube-youtube",
                f"{start}.815",
                f"{start}.999",
                "TRUE",
                "10,25,50",
                seconds,
                0,
                1,
                at % 10 / 10,
            ]
        )
    rows += [[f"idle-{at}", *rows[0][1:18], 0, *rows[0][19:]] for at in range(90)]
    (folder / "snowplow_media_player_base.csv").write_text(_csv(columns, rows))


def plays_csv(folder: Path) -> None:
    rows = [
        [who, _named(title, episode), start.isoformat(), seconds / 60]
        for _, start, who, title, episode, seconds in _plays()
    ]
    (folder / "plays.csv").write_text(_csv(["user", "title", "watched_at", "minutes"], rows))


def plays_json_lines(folder: Path) -> None:
    lines = [
        json.dumps(
            {
                "user": who,
                "title": title,
                "watched_at": f"{start.isoformat()}Z",
                "minutes": seconds / 60,
                "device": "TV",
            }
            | {"country": "Peru", "kind": "series" if episode else "movie", "genre": "Drama"}
        )
        for _, start, who, title, episode, seconds in _plays()
    ]
    (folder / "plays.jsonl").write_text("\n".join(lines))


def plays_mongoexport(folder: Path) -> None:
    lines = []
    for at, start, who, title, episode, seconds in _plays():
        moment: Any = f"{start.isoformat()}Z"
        if at % 2:
            moment = {"$numberLong": str(int(start.replace(tzinfo=UTC).timestamp() * 1000))}
        lines.append(
            json.dumps(
                {"_id": {"$oid": f"{at:024x}"}, "userId": {"$oid": hash_of(who)[-24:]}, "title": title}
                | {"startedAt": {"$date": moment}, "minutes": {"$numberDouble": str(seconds / 60)}, "country": "Peru"}
                | {"kind": "series" if episode else "movie", "completion": {"$numberInt": "80"}}
            )
        )
    (folder / "plays.json").write_text("\n".join(lines) + "\n")


EXPORTS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "netflix-viewing-activity": ("netflix-viewing-activity", netflix_viewing_activity),
    "netflix-viewing-history": ("netflix-viewing-history", netflix_viewing_history),
    "netflix-viewing-history-day-first": ("netflix-viewing-history-day-first", netflix_viewing_history_day_first),
    "jellyfin-database": ("jellyfin-playback-reporting", jellyfin_playback_reporting),
    "jellyfin-backup": ("jellyfin-playback-reporting", jellyfin_backup),
    "tautulli-json": ("tautulli-history", tautulli_json),
    "tautulli-csv": ("tautulli-history", tautulli_csv),
    "snowplow": ("snowplow-media-player", snowplow),
    "plays-csv": ("plays-csv", plays_csv),
    "plays-json-lines": ("plays-json-lines", plays_json_lines),
    "plays-mongoexport": ("plays-mongoexport", plays_mongoexport),
}
"""By the name of the export: its source, and what writes it into a folder."""
