"""A source as it is declared: which files it reads, how they are written, and what their records give."""

from __future__ import annotations

import codecs
import difflib
import fnmatch
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from goldreel.config import declared_thresholds
from goldreel.errors import UsageError
from goldreel.loading.contract import ENTITIES, Declaration, Entity
from goldreel.os_faults import reason_of
from goldreel.sources import written
from goldreel.sources.written import Written, read_yaml

SUFFIX = ".source.yml"
READY = Path(__file__).parent / "ready"
COMPRESSED = (".gz", ".zst")

OWN_PARQUET = Path(__file__).parent / "own_parquet.source.yml"
"""What reads goldreel's own entities where they come as Parquet."""

# What a catalogue need not say of a title: that of series only, and sums.
OPTIONAL = frozenset({"seasons", "total_episodes", "avg_episode_duration", "episodes_per_season"})
_MADE_OF = ("from", "sql", "constant", "hash")
_SHAPES = ("date", "number", "duration", "list", "before")
_OF_FORMAT = {
    "csv": {"delimiter", "quote", "escape", "encoding", "header", "columns", "skip_lines", "skip_footer", "optional"},
    "json": {"encoding", "path", "optional"},
    "json_lines": {"encoding", "skip_lines", "skip_footer", "optional"},
    "parquet": {"optional"},
    "sqlite": {"table", "optional"},
}
UNITS = {
    "watch_duration_minutes": "minutes",
    "duration_minutes": "minutes",
    "avg_episode_duration": "minutes",
    "total_watch_time_hours": "hours",
}


@dataclass(frozen=True)
class ColumnRule:
    """What a column of ours is made of; `says` as it is written, `line` where."""

    name: str
    says: Mapping[str, Any]
    line: int


@dataclass(frozen=True)
class Section:
    """What each record of a file gives of one entity."""

    entity: Entity
    columns: tuple[ColumnRule, ...]
    line: int
    where: str = ""
    one_per: str = ""
    as_named: bool = False


@dataclass(frozen=True)
class FileRule:
    """A kind of file: its names, how it is written (`says`), and what its records give."""

    match: tuple[str, ...]
    says: Mapping[str, Any]
    sections: tuple[Section, ...]
    line: int

    def matches(self, path: str) -> bool:
        """Whether a path in the delivery is one of these files."""
        for suffix in ("", *COMPRESSED):
            if path.endswith(suffix):
                plain = path.removesuffix(suffix)
                if any(fnmatch.fnmatchcase(_end_of(plain, pattern), pattern) for pattern in self.match):
                    return True
        return False

    @property
    def optional(self) -> tuple[str, ...]:
        """Columns that a file need not have."""
        return texts(self.says.get("optional", ()))

    def optional_columns(self, section: Section) -> tuple[str, ...]:
        """Columns of ours that a file need not have values for: made of nothing, or of optional columns only."""
        made_of = {column.name: texts(column.says.get("from", ())) for column in section.columns if column.says}
        return tuple(
            name
            for name in section.entity.columns
            if name not in made_of or (made_of[name] and set(made_of[name]) <= set(self.optional))
        )

    @property
    def empty(self) -> tuple[str, ...]:
        """Texts that mean that there is no value."""
        return texts(self.says.get("empty", ()))


@dataclass(frozen=True)
class Source:
    """A source: see `schema.json`."""

    name: str
    location: str
    about: str
    says: tuple[str, ...]
    files: tuple[FileRule, ...]
    declaration: Declaration

    def place(self, line: int) -> str:
        return f"{self.location}, line {line}"


def texts(value: Any) -> tuple[str, ...]:
    """One text, or several, as several."""
    return (value,) if isinstance(value, str) else tuple(value)


def ready_made() -> dict[str, Path]:
    """The sources that come with goldreel, by name."""
    return {file.name.removesuffix(SUFFIX): file for file in sorted(READY.glob(f"*{SUFFIX}"))}


def find_source(given: str) -> Source:
    """A source by its file, or by the name of one that comes with goldreel.

    Raises:
        UsageError: there is none, or it cannot be used.
    """
    file = Path(given)
    if not file.is_file() and given in ready_made():
        file = ready_made()[given]
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        near = difflib.get_close_matches(given, ready_made(), n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(
            f"The source cannot be read: {reason_of(error)}.",
            where=given,
            remedy=f"{hint}give a file NAME{SUFFIX}, or one of {', '.join(ready_made())}",
        ) from None
    except UnicodeDecodeError:
        raise UsageError("The source is not UTF-8.", given, "save it as UTF-8") from None
    return parse_source(given, text, file.name.removesuffix(SUFFIX))


def parse_source(location: str, text: str, name: str, *, drafts: bool = False) -> Source:
    """Read what a source says.

    Args:
        drafts: take one that has TODO in it.

    Raises:
        UsageError: it cannot be used; names line and remedy.
    """
    document = read_yaml(location, text)
    if document.open and not drafts:
        lines = ", ".join(f"line {line} ({said[:60]})" for line, said in document.open)
        raise UsageError(
            f"The source is a draft: {len(document.open)} places are not decided yet.",
            where=f"{location}: {lines}",
            remedy="write there what is true of the file in place of TODO; `goldreel adopt FOLDER --check` tells what "
            "it gives",
        )
    _validate(document)
    says = document.value
    thresholds = _thresholds(document)
    files = tuple(_file(document, each, ("files", at)) for at, each in enumerate(says["files"]))
    declaration = Declaration(
        name, hashlib.sha256(text.encode()).hexdigest(), text, json.dumps(thresholds, sort_keys=True)
    )
    return Source(name, location, says.get("about", "").strip(), tuple(says.get("says", ())), files, declaration)


@cache
def schema() -> dict[str, Any]:
    """The JSON schema of sources."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "schema.json").read_text(encoding="utf-8"))
    return found


def _validate(document: Written) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(schema()).iter_errors(document.value))
    if error is None:
        return
    path = tuple(error.absolute_path)
    of = str(path[-1]) if path else "the source"
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = list(error.schema.get("properties", {}))
        name = next(each for each in error.instance if each not in known)
        near = difflib.get_close_matches(name, known, n=1)
        remedy = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
        raise document.unusable(f"{name!r} is not known in {of}.", (*path, name), remedy)
    remedy = str(error.schema.get("description", "")) if isinstance(error.schema, dict) else ""
    message = error.message if len(error.message) < 200 else f"{error.message[:200]}…"
    raise document.unusable(
        f"{of} cannot be used: {message}.",
        path,
        remedy or "the guide, docs/guide/sources.md, lists all that can be said",
    )


def _thresholds(document: Written) -> dict[str, int | float]:
    given = document.value.get("thresholds", {})
    found: dict[str, int | float] = {}
    for name, value in given.items():
        path = ("thresholds", name)
        if name not in declared_thresholds():
            near = difflib.get_close_matches(name, declared_thresholds(), n=1)
            raise document.unusable(
                f"{name!r} is no threshold.", path, f"did you mean {near[0]}?" if near else "see docs/guide/settings.md"
            )
        try:
            found[name] = value if isinstance(value, int) else float(value)
        except ValueError:
            raise document.unusable(f"{name} must be a number, not {value!r}.", path, "give a number") from None
    return found


def _file(document: Written, says: dict[str, Any], path: written.Path) -> FileRule:
    form = says["format"]
    for name in form:
        sayable = _OF_FORMAT[form["type"]] | {"empty"}
        if name not in sayable | {"type"}:
            raise document.unusable(
                f"{name!r} says nothing of {form['type']}.",
                (*path, "format", name),
                f"leave it out; of {form['type']} can be said: {', '.join(sorted(sayable))}",
            )
    _check_format(document, form, (*path, "format"))
    sections = tuple(
        _section(document, entity, says["records"][entity.name], (*path, "records", entity.name))
        for entity in ENTITIES
        if entity.name in says["records"]
    )
    return FileRule(texts(says["match"]), form, sections, document.line(path))


def _check_format(document: Written, form: dict[str, Any], path: written.Path) -> None:
    kind = form["type"]
    if kind == "sqlite" and "table" not in form:
        raise document.unusable("A SQLite file has tables.", path, "say which one is read: `table: NAME`")
    if "encoding" in form:
        try:
            is_text = codecs.lookup(form["encoding"])._is_text_encoding
        except LookupError:
            is_text = False
        if not is_text:
            remedy = "give a name as `utf-8`, `windows-1252`, `latin-1`, `utf-16`, `shift_jis`"
            raise document.unusable(f"The encoding {form['encoding']!r} is not known.", (*path, "encoding"), remedy)
    if kind != "csv":
        return
    if (form.get("header") is False) != ("columns" in form):
        raise document.unusable(
            "Columns are named by the header, or by the source where there is none.",
            path,
            "give `header: false` and `columns: [...]` together, or neither",
        )
    for name in ("delimiter", "quote", "escape"):
        mark = form.get(name, ",")
        if (mark and not mark.isascii()) or "\n" in mark or "\r" in mark or "\0" in mark:
            raise document.unusable(f"{name} cannot be {mark!r}.", (*path, name), "give one ASCII character")
    if len(form.get("delimiter", ",")) > 1 and form.get("quote", '"'):
        raise document.unusable(
            "A delimiter of several characters goes with no quotes.", (*path, "delimiter"), 'add `quote: ""`'
        )
    marks = [form.get("delimiter", ","), form.get("quote", '"'), form.get("escape", "")]
    given = [mark for mark in marks if mark]
    if (len(set(given)) < len(given) and marks[1] != marks[2]) or marks[0] in marks[1:]:
        raise document.unusable("The delimiter cannot be a quote or an escape.", path, "give each a mark of its own")


def _section(document: Written, entity: Entity, says: dict[str, Any], path: written.Path) -> Section:
    line = document.line(path)
    if says["columns"] == "as_named":
        columns: tuple[ColumnRule, ...] = tuple(
            ColumnRule(name, {"from": name}, document.line((*path, "columns"))) for name in entity.columns
        )
        return Section(entity, columns, line, says.get("where", ""), says.get("one_per", ""), True)
    given = says["columns"]
    of_columns = (*path, "columns")
    for name in given:
        if name not in entity.columns:
            near = difflib.get_close_matches(name, entity.columns, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"it has {', '.join(entity.columns)}"
            raise document.unusable(f"{entity.name} has no column {name!r}.", (*of_columns, name), remedy)
    missing = [name for name in entity.columns if name not in given and name not in OPTIONAL]
    if missing:
        raise document.unusable(
            f"It is not said what these columns of {entity.name} are made of: {', '.join(missing)}.",
            of_columns,
            f"say it of each; `{missing[0]}: null` where the file has nothing of the kind",
        )
    one_per = says.get("one_per", "")
    if one_per and one_per not in given:
        raise document.unusable(f"{one_per!r} is no column of {entity.name}.", (*path, "one_per"), "name one of ours")
    columns = tuple(_column(document, name, says, (*of_columns, name), one_per) for name, says in given.items())
    return Section(entity, columns, line, says.get("where", ""), one_per)


def _column(document: Written, name: str, says: Any, path: written.Path, one_per: str) -> ColumnRule:
    line = document.line(path)
    if says is None:
        return ColumnRule(name, {}, line)
    if isinstance(says, str):
        return ColumnRule(name, {"from": says}, line)
    made_of = [each for each in _MADE_OF if each in says]
    if len(made_of) != 1 and not (says.get("take") == "count" and not made_of):
        raise document.unusable(
            f"{name} is made of {' and '.join(made_of) or 'nothing'}.", path, f"give one of {', '.join(_MADE_OF)}"
        )
    shapes = [each for each in _SHAPES if each in says and not (each == "number" and "duration" in says)]
    if len(shapes) > 1:
        raise document.unusable(f"{name} cannot be {' and '.join(shapes)} at once.", path, "give one of them")
    for needs, needed in (("zone", "date"), ("days_in", "date"), ("otherwise", "map")):
        if needs in says and needed not in says:
            raise document.unusable(f"{needs!r} says nothing without {needed!r}.", (*path, needs), f"give {needed} too")
    if "duration" in says and name not in UNITS:
        raise document.unusable(f"{name} is no length of time.", (*path, "duration"), "leave `duration` out")
    if "take" in says and not one_per:
        raise document.unusable("'take' says nothing without 'one_per'.", (*path, "take"), "give one_per too")
    return ColumnRule(name, says, line)


def _end_of(path: str, pattern: str) -> str:
    """As many names from the end of a path as a pattern has."""
    return "/".join(path.split("/")[-(pattern.count("/") + 1) :])
