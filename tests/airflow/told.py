"""A notifier that writes down what it is told, for tests. Airflow's processes import it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from airflow.sdk.bases.notifier import BaseNotifier


class Written(BaseNotifier):
    """Appends the text to a file, as a line of JSON."""

    def __init__(self, file: str, text: str) -> None:
        super().__init__()
        self.file = file
        self.text = text

    def notify(self, context: Any) -> None:
        with Path(self.file).open("a") as told:
            told.write(f"{json.dumps(self.text)}\n")
