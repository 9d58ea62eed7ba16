"""Puts faults into clean records: which records are touched, and what takes their place."""

from collections import Counter
from typing import Any

import numpy as np

from goldreel.generator.faults import Fault, Row

ENOUGH_FOR_ALL = 200
"""From this many records on, every fault occurs at least once."""


class Dirt:
    """The faults of one kind of record, dealt out in turn, each before any comes again."""

    def __init__(
        self,
        kind: str,
        faults: list[Fault],
        share: float,
        records: int,
        rng: np.random.Generator,
        counts: Counter[str],
    ) -> None:
        """Touch `share` of the about `records` records to come; count as `kind.fault` in `counts`."""
        self._kind, self._faults, self._share, self._rng, self._counts = kind, faults, share, rng, counts
        self._queue = self._shuffled(faults)
        self._owed = len(faults) if records >= ENOUGH_FOR_ALL else 0

    def soil_elements(self, elements: list[Any]) -> list[Any]:
        """Put faults into JSON elements."""
        touched = self._choose(len(elements))
        return [
            piece
            for i, element in enumerate(elements)
            for piece in (touched[i].apply(element) if i in touched else [element])
        ]

    def soil_lines(self, lines: list[str], columns: list[str], line_end: str) -> int:
        """Put faults into lines of CSV, in place; return how many records came on top."""
        gained = 0
        for i, fault in self._choose(len(lines)).items():
            pieces = fault.apply(dict(zip(columns, lines[i].split(","), strict=True)))
            texts = [piece if isinstance(piece, str) else csv_line(piece) for piece in pieces]
            gained += sum(1 for text in texts if text.strip()) - 1
            lines[i] = line_end.join(texts)
        return gained

    def _choose(self, n: int) -> dict[int, Fault]:
        """Which of n records to touch, and how. What is still owed is spread over at most half of them."""
        touched = max(int(self._rng.binomial(n, self._share)), min(self._owed, n // 2))
        self._owed = max(0, self._owed - touched)
        positions = np.sort(self._rng.choice(n, touched, replace=False)) if touched else np.empty(0, np.int64)
        return {i: self._next() for i in positions.tolist()}

    def _next(self) -> Fault:
        if not self._queue:
            self._queue = self._shuffled([fault for fault in self._faults if not fault.once])
        fault = self._queue.pop()
        self._counts[f"{self._kind}.{fault.name}"] += 1
        return fault

    def _shuffled(self, faults: list[Fault]) -> list[Fault]:
        return [faults[i] for i in self._rng.permutation(len(faults))]


def csv_line(row: Row) -> str:
    """The record as a line of CSV, quoting only what needs it."""
    return ",".join(_quoted(value) for value in row.values())


def _quoted(value: str) -> str:
    if any(mark in value for mark in ',"\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value
