"""Boxes and arrows as SVG, left to right, drawn when the site is built: nothing runs in the reader's browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

Edge = tuple[str, str, str]  # from, to, label

_WIDTH_OF_LETTER, _HEIGHT, _ROW_GAP, _COLUMN_GAP, _MARGIN = 7.4, 30, 14, 90, 10


def draw(names: Sequence[str], edges: Sequence[Edge], links: Mapping[str, str], title: str) -> str:
    """Every name as a box that links to its page, and every edge as an arrow; colours follow the page."""
    columns = _ordered(_columns(names, edges), edges)
    boxes, x, height = {}, float(_MARGIN), 0
    for column in columns:
        width = max(len(name) for name in column) * _WIDTH_OF_LETTER + 20
        for row, name in enumerate(column):
            boxes[name] = (x, _MARGIN + row * (_HEIGHT + _ROW_GAP), width)
        x += width + _COLUMN_GAP
        height = max(height, len(column) * (_HEIGHT + _ROW_GAP))
    width_of_all = x - _COLUMN_GAP + _MARGIN
    arrows = "".join(_arrow(boxes[start], boxes[end], label) for start, end, label in edges)
    shapes = "".join(_box(name, boxes[name], links[name]) for name in boxes)
    return (
        '<div style="overflow-x:auto">'
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {width_of_all:.0f} {height + _MARGIN}" '
        f'width="{width_of_all:.0f}" height="{height + _MARGIN}" style="color:var(--md-typeset-color);max-width:none" '
        f'font-family="monospace" font-size="12"><title>{escape(title)}</title>'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 8 4 0 8z" fill="currentColor"/></marker></defs>{arrows}{shapes}</svg></div>'
    )


def _columns(names: Sequence[str], edges: Sequence[Edge]) -> list[list[str]]:
    """Each name in the column after the last of those that lead to it."""
    depth = dict.fromkeys(names, 0)
    for _ in names:
        for start, end, _label in edges:
            if start != end:
                depth[end] = min(max(depth[end], depth[start] + 1), len(names))
    levels = sorted(set(depth.values()))
    return [[name for name in names if depth[name] == level] for level in levels]


def _ordered(columns: list[list[str]], edges: Sequence[Edge]) -> list[list[str]]:
    """Within a column, near what leads to it, so that fewer arrows cross."""
    place = {name: float(row) for column in columns for row, name in enumerate(column)}
    for column in columns[1:]:
        for name in column:
            before = [place[start] for start, end, _ in edges if end == name and start != name]
            place[name] = sum(before) / len(before) if before else place[name]
        column.sort(key=lambda name: (place[name], name))
        place |= {name: float(row) for row, name in enumerate(column)}
    return columns


def _box(name: str, box: tuple[float, float, float], link: str) -> str:
    x, y, width = box
    return (
        f'<a href="{escape(link)}"><rect x="{x:.0f}" y="{y}" width="{width:.0f}" height="{_HEIGHT}" rx="5" '
        'fill="var(--md-default-bg-color)" stroke="currentColor"/>'
        f'<text x="{x + width / 2:.0f}" y="{y + 19}" text-anchor="middle" fill="currentColor">{escape(name)}</text></a>'
    )


def _arrow(start: tuple[float, float, float], end: tuple[float, float, float], label: str) -> str:
    x1, y1 = start[0] + start[2], start[1] + _HEIGHT / 2
    x2, y2 = end[0], end[1] + _HEIGHT / 2
    middle = (x1 + x2) / 2
    words = f"<title>{escape(label)}</title>" if label else ""
    return (
        f'<path d="M{x1:.0f} {y1:.0f}C{middle:.0f} {y1:.0f} {middle:.0f} {y2:.0f} {x2:.0f} {y2:.0f}" fill="none" '
        f'stroke="currentColor" stroke-opacity=".45" marker-end="url(#tip)">{words}</path>'
    )
