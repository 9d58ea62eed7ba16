"""Countries find their place on the map, and those without one are known."""

from __future__ import annotations

import pytest

from goldreel.dashboard import geography


@pytest.mark.parametrize(
    ("delivered", "on_map"),
    [
        ("Peru", "Peru"),
        (" peru ", "Peru"),
        ("PERÚ", "Peru"),
        ("México", "Mexico"),
        ("USA", "United States of America"),
        ("United States", "United States of America"),
        ("Czech Republic", "Czechia"),
        ("Cote d'Ivoire", "Côte d'Ivoire"),
    ],
)
def test_a_country_is_found_by_the_names_that_people_write(delivered: str, on_map: str) -> None:
    assert geography.names_on_map([delivered]) == {delivered: on_map}


def test_what_is_no_country_of_the_map_is_left_out() -> None:
    assert geography.names_on_map(["Unknown", "Perru", "", "Chile"]) == {"Chile": "Chile"}


def test_every_alias_leads_to_a_country_of_the_map() -> None:
    names = {geometry["properties"]["name"] for geometry in geography.outlines()}
    assert set(geography.ALIASES.values()) <= names


def test_the_frame_is_drawn_around_the_countries() -> None:
    west, south, east, north = geography.bounds(["Peru"])
    assert (west, south, east, north) == pytest.approx((-81.4, -18.3, -68.7, 0.0), abs=0.5)
    west, south, east, north = geography.bounds(["Peru", "Mexico"])
    assert west < -115
    assert north > 30


def test_far_away_parts_of_a_country_do_not_widen_the_frame() -> None:
    west, south, _, north = geography.bounds(["United States of America"])
    assert west > -130
    assert (south, north) == pytest.approx((25, 49), abs=1.5)


def test_without_a_country_the_frame_holds_the_world() -> None:
    assert geography.bounds([]) == (-180, -60, 180, 80)
