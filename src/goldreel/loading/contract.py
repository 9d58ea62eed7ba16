"""What a delivery may hold: the kinds of file, their columns, and the bronze tables they fill."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from goldreel.engines.base import Column, Table
from goldreel.engines.stored_files import ParallelFiles, StoredFile
from goldreel.errors import UsageError
from goldreel.names import natural_order, readable
from goldreel.os_faults import reason_of

if TYPE_CHECKING:
    from goldreel.loading.source import Batch

# Where a record came from: on every bronze table, beside the delivered columns.
PROVENANCE = (
    Column("_extra", "document"),
    Column("_load_id", "bigint"),
    Column("_source_file", "text"),
    Column("_source_row", "bigint"),
    Column("_loaded_at", "timestamp"),
    Column("_source_record", "document"),  # of other people's files: the record as delivered, as JSON
)

CONTENT_SECTIONS = ("movies", "series")


@dataclass(frozen=True)
class Entity:
    """One kind of delivered file.

    Attributes:
        name: `users`, `viewing_sessions` or `content`; also the bronze table's name.
        file_format: how its files are read.
        file_pattern: the names of its files, without `.gz`.
        columns: the delivered columns. Every one of them is required in a CSV header.
    """

    name: str
    file_format: Literal["csv", "json"]
    file_pattern: str
    columns: tuple[str, ...]

    @property
    def table(self) -> Table:
        """The bronze table: the delivered columns as text, and where each record came from."""
        delivered = tuple(Column(name, "key" if name.endswith("_id") else "text") for name in self.columns)
        return Table("bronze", self.name, delivered + PROVENANCE, ("_load_id", "_source_row"), "_load_id")

    def matches(self, file_name: str) -> bool:
        prefix, suffix = self.file_pattern.split("*")
        return re.fullmatch(f"{re.escape(prefix)}.*{re.escape(suffix)}(\\.gz)?", file_name, re.DOTALL) is not None


USERS = Entity(
    "users",
    "csv",
    "users*.csv",
    ("user_id", "age", "country", "subscription_type", "registration_date", "total_watch_time_hours"),
)
VIEWING_SESSIONS = Entity(
    "viewing_sessions",
    "csv",
    "viewing_sessions*.csv",
    (
        "session_id",
        "user_id",
        "content_id",
        "watch_date",
        "watch_duration_minutes",
        "completion_percentage",
        "device_type",
        "quality_level",
    ),
)
CONTENT = Entity(
    "content",
    "json",
    "content*.json",
    (
        "content_id",
        "title",
        "genre",
        "content_type",
        "duration_minutes",
        "release_year",
        "rating",
        "views_count",
        "production_budget",
        "seasons",
        "total_episodes",
        "avg_episode_duration",
        "episodes_per_season",
    ),
)
ENTITIES = (USERS, VIEWING_SESSIONS, CONTENT)

LOADS = Table(
    "bronze",
    "loads",
    (
        Column("load_id", "bigint"),
        Column("entity", "text"),
        Column("source_file", "text"),
        Column("sha256", "text"),
        Column("bytes", "bigint"),
        Column("records_delivered", "bigint"),
        Column("records_loaded", "bigint"),
        Column("records_rejected", "bigint"),
        Column("status", "text"),
        Column("started_at", "timestamp"),
        Column("finished_at", "timestamp"),
    ),
    ordered_by=("load_id",),
)
REJECTED_RECORDS = Table(
    "bronze",
    "rejected_records",
    (
        Column("load_id", "bigint"),
        Column("entity", "text"),
        Column("source_file", "text"),
        Column("source_row", "bigint"),
        Column("raw", "document"),
        Column("reason", "document"),
    ),
    ordered_by=("load_id", "source_row"),
    load_column="load_id",
)
# A repair may mend several records at once: its original, and earlier tries to mend that one.
REPAIRS = Table(
    "bronze",
    "repairs",
    (
        Column("load_id", "bigint"),
        Column("source_row", "bigint"),
        Column("entity", "text"),
        Column("original_load_id", "bigint"),
        Column("original_row", "bigint"),
    ),
    ordered_by=("load_id", "source_row", "original_load_id", "original_row"),
    load_column="load_id",
)
FORGOTTEN_USERS = Table("bronze", "forgotten_users", (Column("user_hash", "key"), Column("forgotten_at", "timestamp")))
# Counts only: how many records of a load were taken away, or never stored.
FORGOTTEN_RECORDS = Table(
    "bronze",
    "forgotten_records",
    (
        Column("load_id", "bigint"),
        Column("entity", "text"),
        Column("records_loaded", "bigint"),
        Column("records_rejected", "bigint"),
    ),
    load_column="load_id",
)
# Whose records are being taken away just now, and which these are. Empty before and after.
BEING_FORGOTTEN = Table(
    "bronze",
    "being_forgotten",
    (
        Column("load_id", "bigint"),
        Column("source_row", "bigint"),
        Column("entity", "text"),
        Column("user_key", "key"),
        Column("record_key", "key"),
        Column("pseudonym", "key"),
    ),
)
# Columns of ours that the file need not have values for, as its source says.
OPTIONAL_COLUMNS = Table(
    "bronze",
    "optional_columns",
    (Column("load_id", "bigint"), Column("column_name", "text")),
    load_column="load_id",
)
OF_LOADS = (*(entity.table for entity in ENTITIES), REJECTED_RECORDS, REPAIRS, FORGOTTEN_RECORDS, OPTIONAL_COLUMNS)
"""Tables whose rows belong to a load; rows of a load that does not exist are swept."""

BRONZE_TABLES = (LOADS, *OF_LOADS, FORGOTTEN_USERS, BEING_FORGOTTEN)


class Declaration(NamedTuple):
    """What says how the records of somebody else's file become ours.

    Attributes:
        name: for people.
        sha256: of the text that says it.
        text: that text.
        thresholds: values for thresholds of the models that its records are made for, as JSON.
    """

    name: str
    sha256: str
    text: str
    thresholds: str


class TranslatedFile(Protocol):
    """A file whose records somebody makes for us, in batches as the other files have them.

    Raises (all methods):
        FileRefused: the file cannot be understood as a whole.
    """

    @property
    def name(self) -> str: ...

    @property
    def declaration(self) -> Declaration: ...

    def optional_columns(self, entity: Entity) -> tuple[str, ...]:
        """The columns of an entity that the file need not have values for, by its declaration."""

    def fingerprint(self) -> tuple[str, int]:
        """Of the bytes as delivered: their SHA-256, and how many there are."""

    def batches(self, entity: Entity, on_bytes: Callable[[int], None]) -> Iterator[Batch]:
        """Its records; drawn to the end, they are those of the fingerprint."""

    def remarks(self) -> tuple[str, ...]:
        """What is to be known of the records that were drawn."""


DeliveredFile = Path | StoredFile | TranslatedFile
"""A delivered file: on this machine, where the engine reads it, or in the hands of who makes records of it."""


@dataclass(frozen=True)
class Delivery:
    """A folder of delivered files.

    Attributes:
        files: the files to load, in load order: by kind, then by name, numbers in names by their value.
        ignored: names in the folder that no kind of file claims.
    """

    folder: str
    files: tuple[tuple[Entity, DeliveredFile], ...]
    ignored: tuple[str, ...]


def find_delivery(folder: Path | str, store: ParallelFiles | None = None) -> Delivery:
    """Look what a delivery folder holds, without reading any file.

    Args:
        folder: a path, or what `store` takes for one.
        store: who reads the files; None: this process.

    Raises:
        UsageError: the folder is missing, is no folder, cannot be listed, or holds no file that goldreel loads.
    """
    patterns = ", ".join(entity.file_pattern for entity in ENTITIES)
    found: Sequence[DeliveredFile]
    if store is not None:
        found = store.list_folder(str(folder))
    else:
        try:
            found = list(Path(folder).iterdir())
        except OSError as error:
            raise UsageError(
                f"The delivery cannot be opened: {reason_of(error)}.",
                where=str(folder),
                remedy=f"give a folder that holds {patterns} (each may end in .gz)",
            ) from None
    found = sorted(found, key=lambda file: natural_order(file.name))
    names = [file.name for file in found]
    files = tuple((entity, file) for entity in ENTITIES for file in found if entity.matches(file.name))
    if not files and any(name.startswith("part-") for name in names):
        raise _written_by_spark(str(folder))
    if not files:
        raise UsageError(
            "The delivery holds no file that goldreel loads.",
            where=f"{folder} ({len(names)} other names)" if names else f"{folder} (empty)",
            remedy=f"put files named {patterns} there (each may end in .gz)",
        )
    claimed = {file.name for _, file in files}
    ignored = tuple(readable(name) for name in names if name not in claimed and not name.startswith("."))
    return Delivery(str(folder), files, ignored)


def is_ours(name: str) -> bool:
    """Whether a file has the name of one of goldreel's own."""
    return any(entity.matches(name) for entity in ENTITIES)


def _written_by_spark(folder: str) -> UsageError:
    name = folder.rstrip("/").rpartition("/")[2]
    kind = next((entity.name for entity in ENTITIES if name.startswith(entity.name)), ENTITIES[0].name)
    copy = f'for part in {shlex.quote(folder)}/part-*; do cp "$part" delivery/{kind}_"${{part##*/}}"; done'
    return UsageError(
        "The delivery is one table as Spark writes it, and no part of it has a name that goldreel loads.",
        where=folder,
        remedy=f"give a folder that holds its parts under such names: `mkdir delivery; {copy}`",
    )
