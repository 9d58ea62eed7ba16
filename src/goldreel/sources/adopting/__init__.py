"""Looks at files of others, and writes the draft of a source: what was found, and what only a person can know."""

from goldreel.sources.adopting.draft import Draft, write_draft

__all__ = ["Draft", "write_draft"]
