"""The draft of a source, as YAML with remarks: what was found, and TODO where only a person can know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goldreel.errors import FileRefused, UsageError
from goldreel.loading.contract import CONTENT, ENTITIES, USERS, VIEWING_SESSIONS, Entity
from goldreel.os_faults import reason_of
from goldreel.sources.adopting.guess import as_yaml, entity_of, how, matches, seen_of
from goldreel.sources.adopting.profile import MOST_RECORDS, Column, profile
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
    file: Input
    sniffed: Sniffed
    table: str
    columns: list[Column]
    rejected: int
    entity: Entity | None


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
                columns, rejected = _profiled(file, reads)
            except FileRefused as refusal:
                draft.looked_at.append((file.relative, refusal.what))
                continue
            if not columns:
                draft.looked_at.append((file.relative, "it holds no record"))
                continue
            entity = entity_of(columns, file.relative)
            kind = entity.name if entity else "not known"
            draft.looked_at.append(
                (f"{file.relative}{f' ({table})' if table else ''}", f"{kind}; {len(columns)} columns")
            )
            yield _Looked(file, sniffed, table, columns, rejected, entity)


def _profiled(file: Input, reads: dict[str, Any]) -> tuple[list[Column], int]:
    rule = FileRule((file.relative,), reads, (), 1)
    with opened(file, rule, "", lambda count: None) as (fields, pieces):
        return profile(fields, pieces)


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
    entity = looked.entity
    if entity is None:
        lines += ["    # what its columns hold:"]
        lines += [f"    #   {column.name}: {seen_of(column)}" for column in looked.columns]
        asked = f"{TODO} users, viewing_sessions or content? or take this file out"
        return [*lines, f"    records: {as_yaml(asked)}"]
    lines.append("    records:")
    found = matches(entity, looked.columns)
    for each in [*(each for each in ENTITIES if each in makes), entity]:
        lines += _section(each, entity, found, looked.columns)
    used = {column.name for column in found.values()}
    unused = [column for column in looked.columns if column.name not in used]
    if unused:
        lines.append("    # not read; kept with every record:")
        lines += [f"    #   {column.name}: {seen_of(column)}" for column in unused]
    return lines


def _section(entity: Entity, of_file: Entity, found: dict[str, Column], columns: Sequence[Column]) -> list[str]:
    lines = [f"      {entity.name}:"]
    if entity is not of_file:
        found = found | matches(entity, columns)
        lines.append(f"        one_per: {entity.columns[0]}  # {_FROM_PLAYS[entity.name]}")
    lines.append("        columns:")
    for ours in entity.columns:
        if ours in ("seasons", "total_episodes", "avg_episode_duration", "episodes_per_season"):
            continue
        says, seen = _said(ours, entity, of_file, found)
        lines.append(f"          {ours}: {says}" + (f"  # {seen}" if seen else ""))
    return lines


def _said(ours: str, entity: Entity, of_file: Entity, found: dict[str, Column]) -> tuple[str, str]:
    if entity is not of_file:
        made = _of_plays(ours, entity, found)
        if made:
            return made
    if ours in found:
        return how(ours, found[ours])
    if ours == "session_id" and {"content_id", "watch_date"} <= found.keys():
        named = [found[name].name for name in ("user_id", "content_id", "watch_date") if name in found]
        parts = ", ".join(map(as_yaml, named))
        return f"{{hash: [{parts}]}}", "no column is an id: the same user, title and time are one play"
    if ours == "user_id" and entity is not CONTENT:
        return as_yaml(f"{TODO} no column names the user; of one person's file: {{constant: NAME}}"), ""
    if ours == "content_id" and "title" in found:
        return (
            f"{{from: {as_yaml(found['title'].name)}, as_id: true}}",
            "no column is an id: titles are told by their names",
        )
    if ours == "content_type":
        return "{constant: movie}", "no column tells movies from series"
    if ours in _OPTIONAL:
        return "null", "nothing of the kind was found"
    return as_yaml(f"{TODO} which column is it, or what stands for it?"), ""


def _of_plays(ours: str, entity: Entity, found: dict[str, Column]) -> tuple[str, str] | None:
    """What a column of a user, or of a title, is when it is made of the plays."""
    if ours in ("user_id", "content_id"):
        return how(ours, found[ours]) if ours in found else None
    if ours == "registration_date":
        return _taken(how("watch_date", found["watch_date"])[0], "min"), "the first play"
    if ours in ("total_watch_time_hours", "duration_minutes"):
        if "watch_duration_minutes" not in found:
            return as_yaml(f"{TODO} which column is it, or what stands for it?"), ""
        says = how("watch_duration_minutes", found["watch_duration_minutes"])[0]
        take, seen = ("sum", "of all plays") if ours == "total_watch_time_hours" else ("max", "the longest play")
        return _taken(says, take), seen
    if ours in ("rating", "views_count", "production_budget"):
        return "null", "of a title as such, nothing of the kind was found"
    if ours == "title":
        column = found.get("title") or found["content_id"]
        return as_yaml(column.name), ""
    return None


def _taken(says: str, take: str) -> str:
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
