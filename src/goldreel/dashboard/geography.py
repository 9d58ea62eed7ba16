"""The countries of the world, and which of them a delivered name means."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

WORLD = Path(__file__).parent / "world" / "countries-110m.json"

# Names that people write, for those that the map uses. The map's own names need no entry.
ALIASES = {
    "Bosnia and Herzegovina": "Bosnia and Herz.",
    "Brasil": "Brazil",
    "Burma": "Myanmar",
    "Cabo Verde": "Cape Verde",
    "Central African Republic": "Central African Rep.",
    "Czech Republic": "Czechia",
    "Democratic Republic of the Congo": "Dem. Rep. Congo",
    "Dominican Republic": "Dominican Rep.",
    "Equatorial Guinea": "Eq. Guinea",
    "España": "Spain",
    "Eswatini": "eSwatini",
    "Great Britain": "United Kingdom",
    "Ivory Coast": "Côte d'Ivoire",
    "Korea": "South Korea",
    "Myanmar (Burma)": "Myanmar",
    "North Macedonia": "Macedonia",
    "Republic of Korea": "South Korea",
    "Republic of the Congo": "Congo",
    "Russian Federation": "Russia",
    "Solomon Islands": "Solomon Is.",
    "South Sudan": "S. Sudan",
    "Swaziland": "eSwatini",
    "The Bahamas": "Bahamas",
    "The Gambia": "Gambia",
    "The Netherlands": "Netherlands",
    "Türkiye": "Turkey",
    "UAE": "United Arab Emirates",
    "UK": "United Kingdom",
    "US": "United States of America",
    "USA": "United States of America",
    "United States": "United States of America",
    "Viet Nam": "Vietnam",
    "Western Sahara": "W. Sahara",
}


@cache
def world() -> dict[str, Any]:
    """The outlines, as TopoJSON; not to be changed."""
    return dict(json.loads(WORLD.read_text(encoding="utf-8")))


def names_on_map(countries: Iterable[str]) -> dict[str, str]:
    """The map's name of each country that is on it; letter case, accents and blanks around a name do not matter.

    A country that is missing from the answer is not on the map: misspelt, too small for it, or `Unknown`.
    """
    known = _known_names()
    return {country: known[_plain(country)] for country in countries if _plain(country) in known}


def bounds(names: Iterable[str]) -> tuple[float, float, float, float]:
    """West, south, east and north (degrees) of the main lands of countries, by the map's names; the world for none.

    The main land is the outline with most points: France without Guiana, the United States without Alaska.
    """
    chosen = set(names)
    points = [
        point
        for geometry in _geometries()
        if geometry["properties"]["name"] in chosen
        for point in _main_outline(geometry)
    ]
    if not points:
        return -180.0, -60.0, 180.0, 80.0
    longitudes, latitudes = zip(*points, strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def _geometries() -> list[dict[str, Any]]:
    return list(world()["objects"]["countries"]["geometries"])


@cache
def _known_names() -> dict[str, str]:
    own = [geometry["properties"]["name"] for geometry in _geometries()]
    names = {_plain(name): name for name in own}
    return names | {_plain(alias): name for alias, name in ALIASES.items() if name in own}


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.strip().casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _main_outline(geometry: dict[str, Any]) -> list[tuple[float, float]]:
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    outlines = ([point for arc in polygon[0] for point in _arc(arc)] for polygon in polygons)
    return max(outlines, key=len)


def _arc(number: int) -> list[tuple[float, float]]:
    """The points of an arc: TopoJSON states each as steps from the one before (~number: the arc read backwards)."""
    (scale_x, scale_y), (start_x, start_y) = world()["transform"]["scale"], world()["transform"]["translate"]
    x = y = 0
    points = []
    for step_x, step_y in world()["arcs"][number if number >= 0 else ~number]:
        x, y = x + step_x, y + step_y
        points.append((x * scale_x + start_x, y * scale_y + start_y))
    return points
