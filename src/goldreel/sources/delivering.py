"""What a delivery holds when sources read of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from goldreel.config import Settings
from goldreel.engines.stored_files import ParallelFiles
from goldreel.errors import UsageError
from goldreel.loading.contract import ENTITIES, DeliveredFile, Delivery, Entity, find_delivery, is_ours
from goldreel.names import readable
from goldreel.os_faults import reason_of
from goldreel.sources.declaration import OWN_PARQUET, SUFFIX, FileRule, Source, find_source
from goldreel.sources.foreign_file import ForeignFile
from goldreel.sources.inputs import Input, find_inputs

Reader = tuple[Source, FileRule]
"""A source, and which of its files one is."""


def find_sources(folder: Path | str, given: Sequence[Source] = (), standing: Sequence[Source] = ()) -> list[Source]:
    """The sources that read a delivery: those given, else those that lie in its folder, else those that always do."""
    if given:
        return list(given)
    place = Path(folder)
    try:
        found = [find_source(str(file)) for file in sorted(place.glob(f"*{SUFFIX}"))] if place.is_dir() else []
    except OSError:
        return list(standing)  # who lists the delivery tells
    return found or list(standing)


def find_with_sources(
    folder: Path | str,
    given: Sequence[Source] = (),
    store: ParallelFiles | None = None,
    standing: Sequence[Source] = (),
) -> Delivery:
    """Look what a delivery holds: files that sources read, and goldreel's own. See `find_delivery`.

    Args:
        given: sources; none: those in the folder.
        standing: sources for when there are none of these. They need not find a file: not every delivery is of others.

    Raises:
        UsageError: there is nothing to load; a source cannot be used, or finds no file; two read the same one.
    """
    sources = find_sources(folder, given, standing)
    is_elsewhere = sources == list(standing) and store is not None and not Path(folder).exists()
    if is_elsewhere or (not sources and not _has_own_parquet(folder)):
        return find_delivery(folder, store)
    inputs = [each for each in _inputs(Path(folder)) if not each.name.endswith(SUFFIX)]  # whatever `match` says
    foreign = []
    for each in inputs:
        readers = readers_of(each.relative, sources)
        if len(readers) > 1:
            raise UsageError(*two_readers(each, readers))
        foreign += [ForeignFile(each, *reader) for reader in readers]
    for source in () if sources == list(standing) else sources:
        if not any(each.source is source for each in foreign):
            raise _finds_nothing(folder, [source], inputs)
    files = _own_files(folder, store, {each.input for each in foreign}, inputs)
    for file in foreign:
        files += [(section.entity, file) for section in file.rule.sections]
    if not files:
        raise _finds_nothing(folder, sources, inputs)
    order = {entity.name: at for at, entity in enumerate(ENTITIES)}
    files.sort(key=lambda each: order[each[0].name])
    containers = {each.input.path for each in foreign}
    ignored = [
        each.relative for each in inputs if not each.inside and each.path not in containers and not is_ours(each.name)
    ]
    return Delivery(str(folder), tuple(files), tuple(readable(name) for name in ignored))


def readers_of(path: str, sources: Sequence[Source]) -> list[Reader]:
    """Who reads a file, by its path alone; one of goldreel's own as Parquet, that no source wants, goldreel itself."""
    return _who_wants(path, sources) or _who_wants(path, [_own_parquet()])


def two_readers(file: Input, readers: Sequence[Reader]) -> tuple[str, str, str]:
    """What, where and remedy of a file that more than one source reads: which is right is not guessed."""
    places = " and ".join(source.place(rule.line) for source, rule in readers)
    return (
        f"Two parts of sources read the same file: {places}.",
        file.location,
        "let their `match` tell files apart, or give one source",
    )


def _who_wants(path: str, sources: Sequence[Source]) -> list[Reader]:
    return [(source, rule) for source in sources for rule in source.files if rule.matches(path)]


@cache
def _own_parquet() -> Source:
    return find_source(str(OWN_PARQUET))


def _has_own_parquet(folder: Path | str) -> bool:
    place = Path(folder)
    try:
        return any(is_ours(f"{file.stem}{kind}") for file in place.glob("*.parquet") for kind in (".csv", ".json"))
    except OSError:
        return False


def _own_files(
    folder: Path | str, store: ParallelFiles | None, claimed: set[Input], inputs: Sequence[Input]
) -> list[tuple[Entity, DeliveredFile]]:
    """Files of goldreel's own that no source reads."""
    taken = {each.relative for each in claimed}
    if not any("/" not in each.relative and each.relative not in taken and is_ours(each.relative) for each in inputs):
        return []
    if Path(folder).is_file():
        return []
    delivery = find_delivery(folder, store)
    return [(entity, file) for entity, file in delivery.files if file.name not in taken]


def _inputs(folder: Path) -> list[Input]:
    try:
        found = find_inputs(folder)
        if not folder.exists():
            raise FileNotFoundError(2, "No such file or directory")
    except OSError as error:
        raise UsageError(
            f"The delivery cannot be opened: {reason_of(error)}.",
            where=str(folder),
            remedy="give a folder on this machine, or a file: sources read no others",
        ) from None
    return found


def _finds_nothing(folder: Path | str, sources: Sequence[Source], inputs: Sequence[Input]) -> UsageError:
    patterns = ", ".join(pattern for source in sources for rule in source.files for pattern in rule.match)
    names = ", ".join(each.relative for each in inputs)[:300]
    who = ", ".join(source.name for source in sources)
    what = f"The source {who} finds none of its files" if len(sources) == 1 else f"The sources {who} find no files"
    return UsageError(
        f"{what} ({patterns}).",
        where=f"{folder}: it holds {names or 'no file'}",
        remedy="deliver the files under such names, or change `match` in the source",
    )


def resolve(given: Sequence[str]) -> list[Source]:
    """Sources by file or name, each once."""
    return [find_source(each) for each in dict.fromkeys(given)]


def configured(settings: Settings) -> list[Source]:
    """The sources that are set for all deliveries.

    Raises:
        UsageError: one of them cannot be used.
    """
    return resolve_set(settings.sources)


def resolve_set(names: Sequence[str]) -> list[Source]:
    """The same by their names."""
    try:
        return resolve(names)
    except UsageError as error:
        where = f"{error.where}, of GOLDREEL_SOURCE={','.join(names)}"
        raise UsageError(error.what, where, error.remedy) from None
