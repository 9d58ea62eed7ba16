"""Write what the documents show of output anew: python -m tests.documents.renew"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from .markdown import DOCUMENTS, REPOSITORY, Block, blocks, read
from .sandbox import Sandbox, differences, shape


def renewed(text: str, block: Block, printed: str) -> str:
    """A document's text with what a command printed now in the place of what the block shows."""
    first = shape(block.text)[0]
    lines = printed.splitlines(keepends=True)
    begin = next((at for at, line in enumerate(lines) if shape(line) == [first]), 0)
    return text.replace(block.text, "".join(line.rstrip() + "\n" for line in lines[begin:]).strip("\n") + "\n")


def main() -> int:
    with TemporaryDirectory() as folder:
        sandbox = Sandbox.made(Path(folder) / "goldreel")
        for document in DOCUMENTS:
            for block in blocks(document):
                if block.language in ("bash", "python") and block.said == "":
                    sandbox.run(block)
                elif block.is_output:
                    printed = sandbox.printed[block.said.removeprefix("output of: ")]
                    if differences(block.text, printed):
                        file = REPOSITORY / document
                        file.write_text(renewed(read(document), block, printed), encoding="utf-8")
                        sys.stdout.write(f"renewed: {block.place}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
