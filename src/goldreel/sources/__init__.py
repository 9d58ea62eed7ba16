"""Other people's files → records of the contract, as a source says; loading does not know where they came from."""

from goldreel.sources.declaration import SUFFIX, Source, find_source, parse_source, ready_made, schema
from goldreel.sources.delivering import find_sources, find_with_sources, resolve
from goldreel.sources.thresholds import with_thresholds_of_sources

__all__ = [
    "SUFFIX",
    "Source",
    "find_source",
    "find_sources",
    "find_with_sources",
    "parse_source",
    "ready_made",
    "resolve",
    "schema",
    "with_thresholds_of_sources",
]
