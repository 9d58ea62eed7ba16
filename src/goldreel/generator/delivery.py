"""Generates deliveries: who brings what when, in which files, and the account of it."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from goldreel.generator.broken import write_broken_files
from goldreel.generator.catalogue import Catalogue, content_snapshots, make_catalogue
from goldreel.generator.dirt import Dirt
from goldreel.generator.faults import MOVIE_FAULTS, SERIES_FAULTS, USER_FAULTS, Fault, session_faults
from goldreel.generator.options import GeneratorOptions
from goldreel.generator.people import USER_COLUMNS, People, make_people, user_snapshots
from goldreel.generator.sessions import SESSION_COLUMNS, session_blocks
from goldreel.generator.writer import csv_writer, write_content

PATTERNS = ("users*", "viewing_sessions*", "content*", "delivery_*")


@dataclass
class GeneratedDelivery:
    """What was written."""

    folders: list[Path]
    """One per delivery, in the order in which they are to be loaded."""
    files: list[Path] = field(default_factory=list)
    """All files, without the broken ones."""
    broken_files: list[Path] = field(default_factory=list)
    """Files that must be refused as a whole."""
    records: Counter[str] = field(default_factory=Counter)
    """Records in `files`, unreadable ones too, by kind: users, viewing_sessions, content."""
    faults: Counter[str] = field(default_factory=Counter)
    """How often each fault was put in, by `kind.fault`."""


def generate(
    directory: Path, options: GeneratorOptions, on_progress: Callable[[int], None] | None = None
) -> GeneratedDelivery:
    """Write the delivery into the directory, or several into its folders delivery_01, delivery_02, ...

    `on_progress` is called with the number of sessions written since its last call, without corrections.
    Raises FileExistsError if a delivery is there already, so that two never mix.
    """
    leftovers = sorted(path for pattern in PATTERNS for path in directory.glob(pattern))
    if leftovers:
        raise FileExistsError(
            f"{directory} holds a delivery already ({leftovers[0].name} and {len(leftovers) - 1} more): "
            "remove it, or give another directory"
        )
    folders = [directory]
    if options.deliveries > 1:
        width = max(2, len(str(options.deliveries)))
        folders = [directory / f"delivery_{number + 1:0{width}}" for number in range(options.deliveries)]
    written = GeneratedDelivery(folders)
    people, catalogue = make_people(options), make_catalogue(options)
    _write_users(options, people, written)
    _write_content(options, catalogue, written)
    _write_sessions(options, people, catalogue, written, on_progress or (lambda sessions: None))
    if options.broken_files:
        written.broken_files += write_broken_files(folders[-1])
    return written


def _dirt(
    options: GeneratorOptions, kind: str, faults: list[Fault], records: int, written: GeneratedDelivery
) -> Dirt | None:
    if not options.dirt:
        return None
    return Dirt(kind, faults, options.dirt, records, options.rng(f"{kind} dirt"), written.faults)


def _write_users(options: GeneratorOptions, people: People, written: GeneratedDelivery) -> None:
    dirt = _dirt(options, "users", USER_FAULTS, options.users, written)
    for folder, records in zip(written.folders, user_snapshots(options, people), strict=True):
        with csv_writer(folder, "users", USER_COLUMNS, options.gzip, dirt) as writer:
            written.records["users"] += writer.write(records)
            written.files += writer.paths


def _write_content(options: GeneratorOptions, catalogue: Catalogue, written: GeneratedDelivery) -> None:
    dirt = {}
    for section, faults in (("movies", MOVIE_FAULTS), ("series", SERIES_FAULTS)):
        if section_dirt := _dirt(options, section, faults, options.titles, written):
            dirt[section] = section_dirt
    for folder, snapshot in zip(written.folders, content_snapshots(options, catalogue), strict=True):
        if snapshot is None:
            continue
        paths, elements = write_content(folder, snapshot, options.gzip, dirt)
        written.records["content"] += elements
        written.files += paths
        if dirt:
            written.faults["content.unknown_section"] += 1


def _write_sessions(
    options: GeneratorOptions,
    people: People,
    catalogue: Catalogue,
    written: GeneratedDelivery,
    on_progress: Callable[[int], None],
) -> None:
    faults = session_faults(f"U{options.users + 1:04}", f"M{catalogue.movies + 1:03}")
    dirt = _dirt(options, "viewing_sessions", faults, options.sessions, written)
    with ExitStack() as stack:
        writers = [
            stack.enter_context(csv_writer(folder, "viewing_sessions", SESSION_COLUMNS, options.gzip, dirt))
            for folder in written.folders
        ]
        for block in session_blocks(options, people, catalogue):
            for delivery, writer in enumerate(writers):
                records = block.records.filter(pa.array(block.delivery == delivery))
                written.records["viewing_sessions"] += writer.write(records)
            on_progress(block.sessions)
        written.files += [path for writer in writers for path in writer.paths]
        if dirt and options.sessions:
            # The last line of all, so that it swallows no record after it.
            references = f"{people.ids[0]},{catalogue.ids[0]},{options.start}"
            writers[-1].write_line(f'S{options.sessions + 1:06},{references},30,"50.0,Mobile,HD')
            written.records["viewing_sessions"] += 1
            written.faults["viewing_sessions.quote_unclosed"] += 1
