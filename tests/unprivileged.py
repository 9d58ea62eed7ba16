"""Commands without the right that root has to pass over permissions: the files of tests are often root's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

_RIGHTS = "-dac_override,-dac_read_search"


def unprivileged(*command: str | Path) -> list[str]:
    """The command as somebody runs it to whom permissions apply; skips where that cannot be done."""
    arguments = list(map(str, command))
    if os.geteuid() != 0:
        return arguments
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root may do everything, and setpriv (Debian: util-linux) is not here to change that")
    return [setpriv, f"--bounding-set={_RIGHTS}", f"--inh-caps={_RIGHTS}", *arguments]
