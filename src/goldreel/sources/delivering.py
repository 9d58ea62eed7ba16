"""What a delivery holds when sources read of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from goldreel.engines.base import ParallelFiles
from goldreel.errors import UsageError
from goldreel.loading.contract import ENTITIES, DeliveredFile, Delivery, Entity, find_delivery, is_ours
from goldreel.names import readable
from goldreel.os_faults import reason_of
from goldreel.sources.declaration import OWN_PARQUET, SUFFIX, Source, find_source
from goldreel.sources.foreign_file import ForeignFile
from goldreel.sources.inputs import Input, find_inputs


def find_sources(folder: Path | str, given: Sequence[Source] = ()) -> list[Source]:
    """The sources that read a delivery: those given, else those that lie in its folder."""
    if given:
        return list(given)
    place = Path(folder)
    try:
        return [find_source(str(file)) for file in sorted(place.glob(f"*{SUFFIX}"))] if place.is_dir() else []
    except OSError:
        return []  # who lists the delivery tells


def find_with_sources(folder: Path | str, given: Sequence[Source] = (), store: ParallelFiles | None = None) -> Delivery:
    """Look what a delivery holds: files that sources read, and goldreel's own. See `find_delivery`.

    Args:
        given: sources; none: those in the folder.

    Raises:
        UsageError: there is nothing to load; a source cannot be used, or finds no file; two read the same one.
    """
    sources = find_sources(folder, given)
    if not sources and not _has_own_parquet(folder):
        return find_delivery(folder, store)
    own = find_source(str(OWN_PARQUET))
    inputs = [each for each in _inputs(Path(folder)) if not each.name.endswith(SUFFIX)]  # whatever `match` says
    claimed: dict[Input, ForeignFile] = {}
    for source in [*sources, own]:
        for rule in source.files:
            found = [each for each in inputs if rule.matches(each.relative) and not (source is own and each in claimed)]
            for each in found:
                if each in claimed:
                    other = claimed[each]
                    raise UsageError(
                        f"Two parts of sources read the same file: {other.source.place(other.rule.line)} "
                        f"and {source.place(rule.line)}.",
                        each.location,
                        "let their `match` tell files apart, or give one source",
                    )
                claimed[each] = ForeignFile(each, source, rule)
        if source is not own and not any(each.source is source for each in claimed.values()):
            raise _finds_nothing(folder, source, inputs)
    files = _own_files(folder, store, set(claimed), inputs)
    foreign = sorted(claimed.values(), key=lambda each: [other.relative for other in inputs].index(each.input.relative))
    for file in foreign:
        files += [(section.entity, file) for section in file.rule.sections]
    order = {entity.name: at for at, entity in enumerate(ENTITIES)}
    files.sort(key=lambda each: order[each[0].name])
    containers = {each.path for each in claimed}
    ignored = [
        each.relative for each in inputs if not each.inside and each.path not in containers and not is_ours(each.name)
    ]
    return Delivery(str(folder), tuple(files), tuple(readable(name) for name in ignored))


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


def _finds_nothing(folder: Path | str, source: Source, inputs: Sequence[Input]) -> UsageError:
    patterns = ", ".join(pattern for rule in source.files for pattern in rule.match)
    names = ", ".join(each.relative for each in inputs)[:300]
    return UsageError(
        f"The source {source.name} finds none of its files ({patterns}).",
        where=f"{folder}: it holds {names or 'no file'}",
        remedy="deliver the files under such names, or change `match` in the source",
    )


def resolve(given: Sequence[str]) -> list[Source]:
    """Sources by file or name, each once."""
    return [find_source(each) for each in dict.fromkeys(given)]
