"""On the page What changed a bar is picked with the mouse, and what is behind it follows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dashboard.conftest import published, serving
from dashboard.test_browser import PATIENCE, settle
from goldreel.generator import GeneratorOptions, generate


@pytest.fixture(scope="module")
def address_of_two_versions(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard over a history of two deliveries, each published: the second moved numbers for several reasons."""
    folder = tmp_path_factory.mktemp("bars")
    options = GeneratorOptions(users=200, sessions=4_000, titles=60, days=60, deliveries=2, seed=5)
    for delivery in generate(folder / "deliveries", options).folders:
        published(folder / "home", delivery)
    with serving(folder / "home") as address:
        yield address


def pick_another(page: Page, chart: Locator, chosen: Locator) -> None:
    """Click on the chart, from its right edge to the left and from top to bottom, until another cause is chosen."""
    before = chosen.input_value()
    box = chart.bounding_box()
    assert box is not None
    for across in range(19, 1, -1):
        for down in range(1, 12):
            page.mouse.click(box["x"] + box["width"] * across / 20, box["y"] + box["height"] * down / 12)
            page.wait_for_timeout(60)
            if page.locator("[data-test-script-state=running]").count():
                settle(page)
            if chosen.input_value() != before:
                return
    raise AssertionError("no click on the chart picked a bar")


def test_a_bar_that_is_clicked_shows_the_files_and_records_behind_it(
    address_of_two_versions: str, browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1400})
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(f"{address_of_two_versions}/what-changed")
        page.get_by_test_id("stMetric").first.wait_for()
        settle(page)
        chosen = page.get_by_label("Files and records of")
        expect(chosen).to_be_visible(timeout=PATIENCE)
        first = chosen.input_value()
        chart = page.get_by_test_id("stVegaLiteChart").first
        chart.scroll_into_view_if_needed()
        pick_another(page, chart, chosen)
        settle(page)
        cause = chosen.input_value().partition(":")[0]
        assert cause
        assert cause != first.partition(":")[0]
        assert f"cause={cause}" in page.url, "the address holds what was picked"
    finally:
        page.close()
