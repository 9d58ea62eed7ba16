"""The command in this process, as a shell would start it: a process of its own costs a CPU second before it begins."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from goldreel.cli import main


def typed(
    *arguments: str | Path, folder: Path, encoding: str = "utf-8", **environment: str
) -> subprocess.CompletedProcess[str]:
    """What `goldreel` with these arguments prints, and its exit code.

    Args:
        folder: the working directory.
        encoding: of standard output and error.
        environment: beside this process's.
    """
    words = ["goldreel", *map(str, arguments)]
    out, err = io.BytesIO(), io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        patch.setattr(sys, "argv", words)
        patch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding=encoding))
        patch.setattr(sys, "stderr", io.TextIOWrapper(err, encoding=encoding))
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        sys.stderr.flush()
        printed = out.getvalue().decode(encoding), err.getvalue().decode(encoding)
    return subprocess.CompletedProcess(words, int(ended.value.code or 0), *printed)
