"""Boxes and arrows as SVG, left to right, drawn when the site is built: nothing runs in the reader's browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

Edge = tuple[str, str, str]  # from, to, label

_WIDTH_OF_LETTER, _HEIGHT, _LINE, _ROW_GAP, _COLUMN_GAP, _MARGIN = 7.4, 30, 18, 14, 90, 10


@dataclass(frozen=True)
class _Box:
    name: str
    lines: Sequence[str]
    x: float
    y: float
    width: float

    @property
    def height(self) -> float:
        return _HEIGHT + len(self.lines) * _LINE + (8 if self.lines else 0)

    def middle_of(self, line: str) -> float:
        """The height at which an arrow of that line leaves; of the name, where no line is called so."""
        return self.y + (_HEIGHT + self.lines.index(line) * _LINE + _LINE / 2 if line in self.lines else _HEIGHT / 2)


def draw(
    names: Sequence[str],
    edges: Sequence[Edge],
    links: Mapping[str, str],
    title: str,
    lines: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Every name as a box that links to its page, and every edge as an arrow; colours follow the page.

    Args:
        lines: what stands in a box under its name. An edge whose label is one of them begins there.
    """
    boxes: dict[str, _Box] = {}
    x, height, inside = float(_MARGIN), 0.0, lines or {}
    for column in _ordered(_columns(names, edges), edges):
        width = max(len(text) for name in column for text in (name, *inside.get(name, ()))) * _WIDTH_OF_LETTER + 20
        y = float(_MARGIN)
        for name in column:
            boxes[name] = _Box(name, inside.get(name, ()), x, y, width)
            y += boxes[name].height + _ROW_GAP
        x += width + _COLUMN_GAP
        height = max(height, y)
    width_of_all = x - _COLUMN_GAP + _MARGIN
    tip = "tip-" + "".join(letter if letter.isalnum() else "-" for letter in title)
    arrows = "".join(_arrow(boxes[start], boxes[end], label, tip) for start, end, label in edges)
    shapes = "".join(_shape(box, links[name]) for name, box in boxes.items())
    return (
        '<div style="overflow-x:auto">'
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {width_of_all:.0f} {height:.0f}" '
        f'width="{width_of_all:.0f}" height="{height:.0f}" style="color:var(--md-typeset-color);max-width:none" '
        f'font-family="monospace" font-size="12"><title>{escape(title)}</title>'
        f'<defs><marker id="{tip}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
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


def _shape(box: _Box, link: str) -> str:
    rule = f'<path d="M{box.x:.0f} {box.y + _HEIGHT}h{box.width:.0f}" stroke="currentColor" stroke-opacity=".3"/>'
    texts = "".join(
        f'<text x="{box.x + 10:.0f}" y="{box.middle_of(line) + 4}" fill="currentColor" fill-opacity=".8">'
        f"{escape(line)}</text>"
        for line in box.lines
    )
    return (
        f'<a href="{escape(link)}"><rect x="{box.x:.0f}" y="{box.y}" width="{box.width:.0f}" height="{box.height}" '
        'rx="5" fill="var(--md-default-bg-color)" stroke="currentColor"/>'
        f'<text x="{box.x + box.width / 2:.0f}" y="{box.y + 19}" text-anchor="middle" font-weight="bold" '
        f'fill="currentColor">{escape(box.name)}</text>{rule if box.lines else ""}{texts}</a>'
    )


def _arrow(start: _Box, end: _Box, label: str, tip: str) -> str:
    x1, y1 = start.x + start.width, start.middle_of(label)
    x2, y2 = end.x, end.middle_of("")
    middle = (x1 + x2) / 2
    words = f"<title>{escape(label)}</title>" if label else ""
    return (
        f'<path d="M{x1:.0f} {y1:.0f}C{middle:.0f} {y1:.0f} {middle:.0f} {y2:.0f} {x2:.0f} {y2:.0f}" fill="none" '
        f'stroke="currentColor" stroke-opacity=".45" marker-end="url(#{tip})">{words}</path>'
    )
