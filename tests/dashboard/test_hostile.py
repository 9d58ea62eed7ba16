"""Deliveries whose text would be an image, a link, a colour, a formula or a script: every page shows it as text."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.conftest import published, serving
from goldreel.dashboard.texts import as_text

FOREIGN = "http://foreign.test"
HOSTILE = (
    f"![x]({FOREIGN}/p.png)",
    f"[Peru]({FOREIGN}/)",
    f"{FOREIGN}/auto",
    "www.foreign.test",
    "US$ or A$ zone $x^2$",
    ":red[Peru] :green-badge[x]",
    ":smile: :streamlit:",
    ":material/home:",
    f"<img src={FOREIGN}/a onerror=alert(1)>",
    "<script>document.title = 'taken'</script>",
    "<style>* {display: none}</style>",
    "<b>bold</b> &amp; `code` ``x",
    "**bold** _it_ ~~x~~ -> -- <-",
    "# heading",
    "| a | b |",
    "[[1]] [^1]: x",
    "A\\[x\\](y) \\:red[z]",
    "{{ x }} ${y} datum.z",
    "'); drop table users; --",
)
PATIENCE = 120_000

Foreign = list[str]


def write(file: Path, columns: str, rows: list[list[object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(columns.split())
        writer.writerows(rows)


@pytest.fixture(scope="module")
def hostile_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published build in which every delivered text is hostile: names, ids, files, and what does not count."""
    folder = tmp_path_factory.mktemp("hostile")
    delivery = folder / "delivery"
    delivery.mkdir()
    values = list(enumerate(HOSTILE))
    write(
        delivery / "users ![x](http:) :red[y] $z$.csv",
        "user_id age country subscription_type registration_date total_watch_time_hours",
        [[f"{text} {n}", 20 + n, text, text, "2024-01-01", 150 + 100 * (n % 4)] for n, text in values]
        + [[f"bad {text}", 30, text, text, text, text] for text in HOSTILE],
    )
    write(
        delivery / "viewing_sessions.csv",
        "session_id user_id content_id watch_date watch_duration_minutes completion_percentage device_type "
        "quality_level",
        [
            [f"s{n}{text}", f"{text} {n}", f"c{n}{text}", f"2024-0{1 + n % 8}-11", 30, 50, text, text]
            for n, text in values
        ]
        + [[f"h{text}", f"nobody {text}", f"c{n}{text}", "2024-02-01", 10, 50, text, text] for n, text in values]
        + [[f"q{text}", f"{text} {n}", f"c{n}{text}", "2024-02-01", text, 50, text, text] for n, text in values]
        + [["too few", text] for text in HOSTILE],
    )
    titles = [
        {"content_id": f"c{n}{text}", "title": text, "genre": [text, "Drama"], "duration_minutes": 90, "rating": 4,
         "release_year": 2020, "views_count": 5, "production_budget": 1_000_000 + n}
        for n, text in values
    ]  # fmt: skip
    (delivery / "content.json").write_text(json.dumps({"movies": titles, "series": []}))
    published(folder / "home", delivery)
    return folder / "home"


@pytest.fixture(scope="module")
def hostile_address(hostile_home: Path) -> Iterator[str]:
    with serving(hostile_home) as address:
        yield address


@pytest.fixture
def opened(browser: Browser) -> Iterator[tuple[Page, Foreign]]:
    """A page, and what it asks others for."""
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    foreign: Foreign = []
    page.on("request", lambda asked: foreign.append(asked.url) if "foreign" in asked.url.partition("?")[0] else None)
    page.on("dialog", lambda dialog: foreign.append(dialog.message))
    yield page, foreign
    context.close()


OURS = "[data-testid='stPageLink-NavLink']"  # links of ours, from tiles to the page What changed


def settle(page: Page) -> None:
    page.get_by_test_id("stMetric").first.wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(1_000)


@pytest.mark.parametrize(
    "path",
    ["", "audience", "content", "retention", "what-changed", "data-quality", "data-quality?outcome=rejected"],
)
def test_no_page_takes_delivered_text_for_anything_else(
    hostile_address: str, opened: tuple[Page, Foreign], path: str
) -> None:
    page, foreign = opened
    page.goto(f"{hostile_address}/{path}")
    settle(page)
    for opener in page.get_by_test_id("stExpander").all():
        opener.locator("summary").click()
    settle(page)
    main = page.get_by_test_id("stMain")
    links = f"a[href]:not({OURS})"
    for made in (links, "img:not([src^='data:'])", ".katex", "script", "iframe", "h4", "li", "del", "em"):
        assert main.locator(made).count() == 0, made
    assert page.title() != "taken"
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert foreign == []


def test_names_that_are_on_no_map_are_shown_as_they_were_delivered(
    hostile_address: str, opened: tuple[Page, Foreign]
) -> None:
    page, foreign = opened
    page.goto(f"{hostile_address}/audience")
    settle(page)
    note = page.get_by_text("Not on the map:").inner_text().replace("\u2060", "")
    assert sorted(HOSTILE) == sorted(
        note.removeprefix("Not on the map: ").removesuffix(". They are in the table.").split(", ")
    )
    assert foreign == []


def test_a_filter_offers_and_a_tooltip_shows_the_names_as_text(
    hostile_address: str, opened: tuple[Page, Foreign]
) -> None:
    page, foreign = opened
    page.goto(f"{hostile_address}/audience")
    settle(page)
    page.get_by_role("combobox", name="Country").click()
    page.get_by_role("option").nth(1).wait_for()
    assert set(page.get_by_role("option").all_inner_texts()) <= {*HOSTILE, "Select all"}
    name = page.get_by_role("option").nth(1).inner_text()
    page.get_by_role("option").nth(1).click()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("1")
    expect(page.get_by_test_id("stMultiSelect").first.get_by_text(name)).to_be_visible()
    assert page.get_by_test_id("stMultiSelect").first.locator("img, a, .katex").count() == 0
    page.get_by_role("button", name=re.compile("Clear")).first.click()
    settle(page)

    chart = page.get_by_test_id("stVegaLiteChart").nth(1)
    chart.scroll_into_view_if_needed()
    page.wait_for_timeout(1_000)
    box = chart.bounding_box()
    assert box is not None
    tooltip = page.locator("#vg-tooltip-element")
    shown = set()
    for y in range(15, int(box["height"]) - 60, 10):
        page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + y)
        page.wait_for_timeout(50)
        if page.locator("#vg-tooltip-element.visible").count():
            shown.add(tooltip.locator("td.value").first.inner_text())
            assert tooltip.locator("img, a, script, style").count() == 0
    assert len(shown & set(HOSTILE)) > len(HOSTILE) / 2
    assert foreign == []


def test_the_values_would_be_something_else_if_they_were_read_as_markdown() -> None:
    assert all(as_text(value) != value for value in HOSTILE)
