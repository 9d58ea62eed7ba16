"""Other people's files → records of the contract, as a source says; loading does not know where they came from."""

from goldreel.sources.declaration import SUFFIX, Source, find_source, parse_source, ready_made, schema
from goldreel.sources.delivering import configured, find_sources, find_with_sources, resolve
from goldreel.sources.thresholds import with_thresholds_of_sources
from goldreel.sources.watched import of_file, read_by_sources

__all__ = [
    "SUFFIX",
    "Source",
    "configured",
    "find_source",
    "find_sources",
    "find_with_sources",
    "of_file",
    "parse_source",
    "read_by_sources",
    "ready_made",
    "resolve",
    "schema",
    "with_thresholds_of_sources",
]
