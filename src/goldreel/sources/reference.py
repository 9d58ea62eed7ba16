"""The reference of sources, from their schema: `python -m goldreel.sources.reference` writes docs/guide/sources.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from goldreel.sources.declaration import READY, find_source, ready_made, schema

_PAGE = Path(__file__).parents[3] / "docs" / "guide" / "sources.md"
_ORDER = ("", "file", "format", "section", "column")


def reference() -> str:
    """All that a source can say, and the sources that come with goldreel, as Markdown."""
    lines = [
        "# Sources: the reference",
        "",
        "All that a `NAME.source.yml` can say. This page is written from the schema that every source is checked with",
        "(`src/goldreel/sources/schema.json`). [The tutorial](your-own-files.md) is the way in.",
        "",
    ]
    whole = schema()
    for name in _ORDER:
        part = whole["$defs"][name] if name else whole
        lines += [f"## {part['title']}", ""]
        if part.get("description"):
            lines += [part["description"], ""]
        required = part.get("required", ())
        lines += ["| say | what | meaning |", "| --- | --- | --- |"]
        for key, says in part["properties"].items():
            needed = ", needed" if key in required else ""
            lines.append(f"| `{key}` | {_kind(says)}{needed} | {_escaped(_meaning(says, whole))} |")
        lines.append("")
    lines += [
        "## Sources that come with goldreel",
        "",
        "Each is read by its name, `--source NAME`, and says what its numbers rest on at every load.",
        "",
        "| name | reads |",
        "| --- | --- |",
    ]
    for name in ready_made():
        about = " ".join(find_source(str(READY / f"{name}.source.yml")).about.split())
        lines.append(f"| `{name}` | {_escaped(about)} |")
    return "\n".join(lines) + "\n"


def _meaning(says: dict[str, Any], whole: dict[str, Any]) -> str:
    if "description" in says or "$ref" not in says:
        return str(says.get("description", ""))
    return str(whole["$defs"][says["$ref"].rpartition("/")[2]].get("title", ""))


def _kind(says: dict[str, Any]) -> str:
    if "enum" in says:
        return ", ".join(f"`{value}`" for value in says["enum"])
    of = says.get("$ref", "").rpartition("/")[2]
    if of:
        return {"texts": "text, or a list", "value": "text or number", "file": "see below"}.get(of, "see below")
    kind = says.get("type")
    if isinstance(kind, list):
        return " or ".join("number" if each in ("integer", "number") else "text" for each in dict.fromkeys(kind))
    names = {"string": "text", "integer": "number", "boolean": "`true` or `false`", "array": "list"}
    names["object"] = "names and values"
    if "anyOf" in says:
        return "names, or `as_named`" if "as_named" in str(says) else "text, number or `null`"
    return names.get(str(kind), "anything")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    _PAGE.write_text(reference(), encoding="utf-8")
