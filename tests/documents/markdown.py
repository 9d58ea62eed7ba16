"""What stands in a Markdown file for a machine to look at: its blocks of code, and what a comment above says of them.

A comment is invisible to readers: `<!-- not run here: why -->` on the line before a block.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = [
    *("README.md", "CONTRIBUTING.md", "SECURITY.md"),
    *sorted(str(file.relative_to(REPOSITORY)) for file in (REPOSITORY / "docs" / "guide").glob("*.md")),
    "benchmarks/README.md",
]

FENCE = re.compile(
    r"(?:^<!-- (?P<said>[^\n]+?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
        language: as behind the fence; empty for what a program prints.
        said: what the comment above says of it; empty without one.
    """

    document: str
    line: int
    language: str
    text: str
    said: str

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def is_output(self) -> bool:
        return self.said.startswith("output of: ")


def read(document: str) -> str:
    return (REPOSITORY / document).read_text(encoding="utf-8")


def blocks(document: str, text: str | None = None) -> list[Block]:
    """The blocks of a document, in order."""
    text = read(document) if text is None else text
    return [
        Block(
            document,
            text.count("\n", 0, match.start("language")) + 1,
            match["language"],
            match["text"],
            (match["said"] or "").strip(),
        )
        for match in FENCE.finditer(text)
    ]


def inline_code(document: str) -> list[tuple[int, str]]:
    """What stands between single backticks outside blocks, with its line."""
    text = FENCE.sub(lambda match: "\n" * match[0].count("\n"), read(document))
    return [(text.count("\n", 0, match.start()) + 1, match[1]) for match in _INLINE.finditer(text)]
