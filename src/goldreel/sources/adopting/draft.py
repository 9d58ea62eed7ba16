"""The draft of a source, as YAML with remarks: what was found, and TODO where only a person can know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goldreel.errors import FileRefused, UsageError
from goldreel.loading.contract import CONTENT, ENTITIES, USERS, VIEWING_SESSIONS, Entity
from goldreel.os_faults import reason_of
from goldreel.sources.adopting.guess import as_yaml, how, seen_of
from goldreel.sources.adopting.names import entity_of, guessed, matches, unmistakable
from goldreel.sources.adopting.profile import MOST_RECORDS, Column, Profile, profile
from goldreel.sources.adopting.sniff import Sniffed, sniff
from goldreel.sources.declaration import SUFFIX, FileRule
from goldreel.sources.foreign_file import opened
from goldreel.sources.inputs import Input, find_inputs
from goldreel.sources.written import TODO, read_yaml

_OPTIONAL = {"age", "country", "subscription_type", "completion_percentage", "device_type", "quality_level"}
_OPTIONAL |= {"genre", "release_year", "rating", "views_count", "production_budget"}
_FROM_PLAYS = {USERS.name: "users are made of the plays", CONTENT.name: "titles are made of the plays"}


@dataclass
class Draft:
    """What `adopt` writes.

    Attributes:
        open: (line, what is asked) of each TODO.
        looked_at: (file, what it seems to be).
    """

    path: Path
    text: str
    open: list[tuple[int, str]] = field(default_factory=list)
    looked_at: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class _Looked:
    """What was seen of a file.

    Attributes:
        columns: as the file has them; `found`: by our names what may be each; `guesses`: those that no name tells.
        asked: what is asked where the entity is not known.
        id_of_plays: what tells one play from another, where no column is an id, and what was seen of it.
    """

    file: Input
    sniffed: Sniffed
    table: str
    columns: list[Column]
    rejected: int
    entity: Entity | None
    asked: str = ""
    found: dict[str, Column] = field(default_factory=dict)
    guesses: dict[str, Column] = field(default_factory=dict)
    of_title: dict[str, Column] = field(default_factory=dict)
    of_user: dict[str, Column] = field(default_factory=dict)
    id_of_plays: tuple[str, str] = ("", "")

    def of(self, entity: Entity) -> dict[str, Column]:
        """Our columns of an entity; of one that is made of plays, what tells the plays' user and title tells its."""
        if entity is self.entity:
            return self.found
        others = self.of_user if entity is USERS else self.of_title
        return {ours: column for ours, column in others.items() if ours not in ("user_id", "content_id")} | self.found


def write_draft(folder: Path, output: Path | None = None) -> Draft:
    """Look at the files of a folder, and write the draft of a source beside them.

    Raises:
        UsageError: there is nothing to look at, or a source stands there already.
    """
    base = folder if folder.is_dir() else folder.parent
    name = folder.resolve().name if folder.is_dir() else folder.name.partition(".")[0]
    path = output or base / f"{name or 'files'}{SUFFIX}"
    if path.exists():
        raise UsageError(
            "There is a source already.", str(path), "edit it, and see with --check what it gives; or write to --output"
        )
    draft = Draft(path, "")
    looked = list(_look(folder, draft))
    if not looked:
        told = "; ".join(f"{name}: {why}" for name, why in draft.looked_at) or "it holds no file"
        raise UsageError(
            "There is no file that a source can be made for.", f"{folder} ({told})", "give a folder with files"
        )
    draft.text = _as_text(looked)
    draft.open = read_yaml(str(path), draft.text).open
    try:
        path.write_text(draft.text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"The draft cannot be written: {reason_of(error)}.", str(path), "give --output FILE") from None
    return draft


def _look(folder: Path, draft: Draft) -> Any:
    try:
        inputs = find_inputs(folder)
    except OSError as error:
        raise UsageError(f"The folder cannot be opened: {reason_of(error)}.", str(folder), "give a folder") from None
    if not folder.exists():
        raise UsageError("There is no such folder.", str(folder), "give a folder with files")
    for file in inputs:
        if file.name.endswith(SUFFIX) or (not file.inside and file.path.suffix.lower() == ".zip"):
            continue
        sniffed = sniff(file)
        if sniffed.why_not:
            draft.looked_at.append((file.relative, sniffed.why_not))
            continue
        for table in sniffed.parts:
            reads = sniffed.reads | ({"table": table} if table else {})
            try:
                seen = _profiled(file, reads)
            except FileRefused as refusal:
                draft.looked_at.append((file.relative, refusal.what))
                continue
            if not seen.columns:
                draft.looked_at.append((file.relative, "it holds no record"))
                continue
            looked = _looked_at(file, sniffed, table, seen)
            kind = looked.entity.name if looked.entity else "not known"
            draft.looked_at.append(
                (f"{file.relative}{f' ({table})' if table else ''}", f"{kind}; {len(seen.columns)} columns")
            )
            yield looked


def _profiled(file: Input, reads: dict[str, Any]) -> Profile:
    rule = FileRule((file.relative,), reads, (), 1)
    with opened(file, rule, "", lambda count: None) as (fields, pieces):
        return profile(fields, pieces)


def _looked_at(file: Input, sniffed: Sniffed, table: str, seen: Profile) -> _Looked:
    columns = unmistakable(seen)
    entity, asked = entity_of(columns, file.relative)
    looked = _Looked(file, sniffed, table, seen.columns, seen.rejected, entity, asked)
    if entity is None:
        return looked
    looked.found = matches(entity, columns)
    if entity is VIEWING_SESSIONS:
        looked.guesses = guessed(looked.found, columns)
        looked.found |= looked.guesses
        looked.of_user, looked.of_title = matches(USERS, columns), matches(CONTENT, columns)
        looked.id_of_plays = _id_of_plays(looked.found, seen)
    return looked


def _id_of_plays(found: dict[str, Column], seen: Profile) -> tuple[str, str]:
    """What tells one play from another: an id, where it does, else who saw what when."""
    given = found.get("session_id")
    if given and not given.ambiguous and given.distinct == given.records:
        return how("session_id", given)
    if given and not given.ambiguous:
        told = f"{given.distinct:,} different values in {given.records:,} records"
        return as_yaml(f"{TODO} {given.name}? {told}: plays of the same id count once; else {{hash: [...]}}"), told
    names = [name for ours in ("user_id", "content_id", "watch_date") if ours in found for name in found[ours].names]
    says = f"{{hash: [{', '.join(map(as_yaml, names))}]}}"
    if not {"content_id", "watch_date"} <= found.keys() or any(found[ours].ambiguous for ours in found):
        return as_yaml(f"{TODO} which column is it, or what stands for it?"), ""
    taken, whole = seen.repeats(names)
    if taken > whole:
        told = f"{taken:,} of {_records(seen):,} records would be repeats of others"
        more = "name more columns there, or [$file, $row], by which every record is a play"
        return as_yaml(f"{TODO} {says.replace(chr(34), chr(39))}? {told}: {more}"), ""
    told = f"; {whole:,} records are repeats of others as a whole" if whole else ""
    return says, f"no column is an id: the same user, title and time are one play{told}"


def _records(seen: Profile) -> int:
    return max((column.records for column in seen.columns), default=0)


def _as_text(looked: Sequence[_Looked]) -> str:
    there = {each.entity.name for each in looked if each.entity}
    makes = [entity for entity in (USERS, CONTENT) if VIEWING_SESSIONS.name in there and entity.name not in there]
    lines = [
        "# A draft: what was found in the files. Where it says TODO, only you can know; write there what is true, then",
        "# `goldreel adopt FOLDER --check` tells what it gives, and `goldreel run FOLDER` loads it.",
    ]
    if USERS in makes:
        lines += [
            "says:",
            "  - users are made of the plays; their hours are those of the plays",
            "thresholds: {active_user_hours: 0}  # else only users with 100 hours count as active",
        ]
    if any(each.entity in (VIEWING_SESSIONS, CONTENT) and "content_type" not in each.of(CONTENT) for each in looked):
        if USERS not in makes:
            lines.append("says:")
        at = lines.index("says:") + 1
        lines.insert(at, "  - every title counts as a movie, as no column tells movies from series")
    lines.append("files:")
    for each in looked:
        lines += _file(each, makes if each.entity is VIEWING_SESSIONS else [])
    return "\n".join(lines) + "\n"


def _file(looked: _Looked, makes: Sequence[Entity]) -> list[str]:
    says = looked.sniffed.says | ({"table": looked.table} if looked.table else {})
    match = looked.file.relative.rpartition("/")[2]
    for suffix in (".gz", ".zst"):
        match = match.removesuffix(suffix)
    most = max((column.records for column in looked.columns), default=0)
    lines = [f"  - match: {as_yaml(_escaped(match))}"]
    lines.append(f"    format: {{{', '.join(f'{name}: {_value(value)}' for name, value in says.items())}}}")
    first = "the first " if most >= MOST_RECORDS else ""
    lines.append(
        f"    # {first}{most:,} records were looked at"
        + (f"; {looked.rejected:,} lines are none" * bool(looked.rejected))
    )
    lines += [f"    # {remark}" for remark in looked.sniffed.remarks]
    entity = looked.entity
    if entity is None:
        lines += ["    # what its columns hold:"]
        lines += [f"    #   {column.name}: {seen_of(column)}" for column in looked.columns]
        return [*lines, f"    records: {as_yaml(looked.asked)}"]
    lines.append("    records:")
    for each in [*(each for each in ENTITIES if each in makes), entity]:
        lines += _section(each, looked)
    used = {name for section in (entity, *makes) for column in looked.of(section).values() for name in column.names}
    unused = [column for column in looked.columns if column.name not in used]
    if unused:
        lines.append("    # not read; kept with every record:")
        lines += [f"    #   {column.name}: {seen_of(column)}" for column in unused]
    return lines


def _section(entity: Entity, looked: _Looked) -> list[str]:
    found = looked.of(entity)
    lines = [f"      {entity.name}:"]
    if entity is not looked.entity:
        lines.append(f"        one_per: {entity.columns[0]}  # {_FROM_PLAYS[entity.name]}")
    lines.append("        columns:")
    for ours in entity.columns:
        if ours in ("total_episodes", "avg_episode_duration", "episodes_per_season"):
            continue
        if ours == "seasons":
            lines += _seasons(found.get("duration_minutes"))
            continue
        says, seen = _said(ours, entity, looked, found)
        lines.append(f"          {ours}: {says}" + (f"  # {seen}" if seen else ""))
    return lines


def _seasons(column: Column | None) -> list[str]:
    """Of lengths as `90 min` and `2 Seasons`: the seasons."""
    if column is None or not column.seasons or len(column.path) > 1 or '"' in column.name:
        return []
    sql = f"nullif(regexp_extract(\"{column.name}\", '(?i)^([0-9]+) seasons?$', 1), '')"
    return [f"          seasons: {{sql: {as_yaml(sql)}}}"]


def _said(ours: str, entity: Entity, looked: _Looked, found: dict[str, Column]) -> tuple[str, str]:
    if entity is not looked.entity:
        made = _of_plays(ours, entity, looked, found)
        if made:
            return made
    if ours == "session_id":
        return looked.id_of_plays
    if ours in found:
        return how(ours, found[ours], is_guess=ours in looked.guesses)
    if ours == "user_id" and entity is not CONTENT:
        return as_yaml(f"{TODO} no column names the user; of one person's file: {{constant: NAME}}"), ""
    if ours == "content_id" and "title" in found:
        return _id_of_title(found)
    if ours == "content_type":
        return "{constant: movie}", "no column tells movies from series"
    if ours in _OPTIONAL:
        return "null", "nothing of the kind was found"
    return as_yaml(f"{TODO} which column is it, or what stands for it?"), ""


def _id_of_title(found: dict[str, Column]) -> tuple[str, str]:
    title = found["title"]
    says = how("content_id", title)[0]
    if title.distinct == title.filled or title.ambiguous:
        return says, "no column is an id: titles are told by their names"
    more = [title, *(found[ours] for ours in ("release_year", "content_type") if ours in found)]
    names = ", ".join(name for column in more for name in column.names)
    told = f"{title.filled - title.distinct:,} of {title.filled:,} titles have the name of another"
    return as_yaml(f"{TODO} {says.replace(chr(34), chr(39))}, or {{hash: [{names}]}}? {told}"), ""


def _of_plays(ours: str, entity: Entity, looked: _Looked, found: dict[str, Column]) -> tuple[str, str] | None:
    """What a column of a user, or of a title, is when it is made of the plays."""
    if ours in ("user_id", "content_id"):
        return how(ours, found[ours]) if ours in found else None
    if ours == "registration_date":
        said = how("watch_date", found["watch_date"], is_guess="watch_date" in looked.guesses)[0]
        return _taken(said, "min"), "the first play"
    if ours in ("total_watch_time_hours", "duration_minutes"):
        of_plays = "watch_duration_minutes"
        if of_plays not in found:
            return as_yaml(f"{TODO} which column is it, or what stands for it?"), ""
        says = how(of_plays, found[of_plays], is_guess=of_plays in looked.guesses)[0]
        take, seen = ("sum", "of all plays") if ours == "total_watch_time_hours" else ("max", "the longest play")
        return _taken(says, take), seen
    if ours in ("rating", "views_count", "production_budget"):
        return "null", "of a title as such, nothing of the kind was found"
    if ours == "title":
        column = found.get("title") or found["content_id"]
        names = [as_yaml(name) for name in column.names]
        return (names[0] if len(names) == 1 else f"{{from: [{', '.join(names)}]}}"), ""
    return None


def _taken(says: str, take: str) -> str:
    if says.startswith(f'"{TODO}'):
        return f'{says[:-1]}; with take: {take}"'
    return f"{says[:-1]}, take: {take}}}" if says.endswith("}") else f"{{from: {says}, take: {take}}}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(as_yaml(each) for each in value)}]"
    return str(value) if isinstance(value, int) else as_yaml(value)


def _escaped(name: str) -> str:
    """A file's name as a pattern that matches it alone."""
    return "".join(f"[{mark}]" if mark in "*?[" else mark for mark in name)
