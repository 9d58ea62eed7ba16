"""Content catalogues, as text."""

from __future__ import annotations


def movies(*elements: str) -> str:
    return f'{{"movies": [{", ".join(elements)}]}}'


def series(*elements: str) -> str:
    return f'{{"series": [{", ".join(elements)}]}}'
