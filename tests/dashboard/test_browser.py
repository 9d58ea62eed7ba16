"""The dashboard in a real browser: what people see, and what leaves the machine."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from dashboard.conftest import Query, goldreel, serving

PAGES = ("Overview", "Audience", "Content", "Retention", "Data quality")
DESCRIBED = re.compile(r"(Line chart|Bar chart|Map|Scatter plot|Grid|Heat map|Waterfall) of ")
LABELS = "charts => charts.map(chart => chart.getAttribute('aria-label') ?? '')"
PATIENCE = 120_000  # milliseconds; other tests run beside these

Open = Callable[..., Page]


class Faults(list[str]):
    """What went wrong in the browser's eyes."""

    network_changed = False
    """Another program changed the machine's network (a container began, say), and Chromium dropped its requests."""

    def watch(self, page: Page) -> None:
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("request", self._note_foreign)

    def _note(self, message: ConsoleMessage) -> None:
        # Opened at a page's own address, Streamlit looks for its server there first, and then at the root.
        looked = "404" in message.text and re.search(r"/_stcore/(health|host-config)$", message.location["url"])
        if "ERR_NETWORK_CHANGED" in message.text:
            self.network_changed = True
        elif message.type == "error" and not looked:
            self.append(f"{message.text} {message.location['url']}")

    def _note_foreign(self, request: Request) -> None:
        found = urlsplit(request.url)
        if found.scheme not in ("data", "blob") and found.hostname != "localhost":
            self.append(f"a request to {found.netloc}")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens addresses in a context of their own; at the end nothing may have gone wrong in any of them."""
    faults = Faults()
    contexts = []

    def open_at(url: str, width: int = 1280, scheme: str = "light") -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        faults.watch(page)
        page.goto(url)
        while faults.network_changed:
            faults.network_changed = False
            page.reload()
        return page

    expect.set_options(timeout=PATIENCE)
    yield open_at
    for context in contexts:
        context.close()
    assert faults == []


def settle(page: Page) -> None:
    """Wait until the page has run to its end."""
    page.get_by_test_id("stApp").and_(page.locator("[data-test-script-state=notRunning]")).wait_for()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def tile(page: Page, name: str) -> str:
    """The number of a tile."""
    found = page.get_by_test_id("stMetric").filter(has=page.get_by_text(name, exact=True)).first
    return found.get_by_test_id("stMetricValue").inner_text()


def test_every_page_is_reached_by_its_name_and_shows_charts_that_say_what_they_show(
    address: str, open_page: Open
) -> None:
    page = open_page(address)
    for name in PAGES:
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()
        settle(page)
        charts = page.get_by_test_id("stVegaLiteChart")
        expect(charts.first).to_be_visible()
        assert all(DESCRIBED.search(label) for label in charts.evaluate_all(LABELS)), name
        expect(page.get_by_text("checks passed")).to_be_visible()
        expect(page.get_by_test_id("stAlert")).to_have_count(0)
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_every_page_without_scrolling_sideways(address: str, open_page: Open, scheme: str) -> None:
    for path in ("", "audience", "content", "retention", "what-changed", "data-quality"):
        page = open_page(f"{address}/{path}", width=360, scheme=scheme)
        page.get_by_test_id("stMetric").first.wait_for()
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        background = page.get_by_test_id("stApp").evaluate("element => getComputedStyle(element).backgroundColor")
        assert background == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(18, 24, 27)")


def test_the_tiles_show_what_sql_says_about_the_same_build(address: str, open_page: Open, query: Query) -> None:
    page = open_page(f"{address}/?days=Last+7+days")
    page.get_by_test_id("stMetric").first.wait_for()
    settle(page)
    ((hours, sessions, new),) = query(
        "select sum(watch_hours), sum(sessions), sum(new_users) from gold_daily_activity "
        "where activity_date > (select max(activity_date) from gold_daily_activity) - 7"
    )
    assert tile(page, "Watch hours") == f"{hours:,.0f}"
    assert tile(page, "Sessions") == f"{sessions:,.0f}"
    assert tile(page, "New users") == f"{new:,.0f}"
    ((users, active),) = query("select total_users, active_users_100h_plus from gold_executive_summary")
    assert (tile(page, "All users"), tile(page, "Active users")) == (f"{users:,}", f"{active:,}")


def test_filters_change_the_numbers_and_stand_in_the_address(address: str, open_page: Open, query: Query) -> None:
    page = open_page(f"{address}/audience")
    page.get_by_test_id("stMetric").first.wait_for()
    page.get_by_role("combobox", name="Country").fill("Peru")
    page.get_by_role("option", name="Peru", exact=True).click()
    page.wait_for_url(re.compile(r"[?&]country=Peru"))
    ((users,),) = query("select total_users from gold_country_insights where country = 'Peru'")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(f"{users:,}")

    again = open_page(page.url)
    expect(again.get_by_test_id("stMetricValue").first).to_have_text(f"{users:,}")


def test_what_the_address_asks_for_and_is_not_there_is_ignored(address: str, open_page: Open, query: Query) -> None:
    page = open_page(f"{address}/content?type=opera&rank=nothing&rating=Excellent")
    ((excellent,),) = query("select count(*) from gold_content_performance where rating_category = 'Excellent'")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(f"{excellent:,}")
    settle(page)


def test_titles_are_searched_as_one_types(address: str, open_page: Open, query: Query) -> None:
    ((title,),) = query("select min(title) from gold_content_performance where content_type = 'series'")
    ((found,),) = query(f"select count(*) from gold_content_performance where contains(lower(title), lower('{title}'))")
    page = open_page(f"{address}/content")
    page.get_by_label("Search titles").fill(title)
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(f"{found:,}")


def test_a_table_is_downloaded_whole(address: str, open_page: Open, query: Query, tmp_path: Path) -> None:
    page = open_page(f"{address}/data-quality")
    page.get_by_test_id("stMetric").first.wait_for()
    settle(page)
    row = page.get_by_test_id("stDownloadButton").nth(2)
    with page.expect_download() as download:
        row.get_by_role("button").click()
    assert download.value.suggested_filename == "quarantined_records.csv"
    download.value.save_as(tmp_path / "records.csv")
    with (tmp_path / "records.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = query(
        "select source_file, source_row, q.rule, r.meaning from quarantine as q "
        "join data_quality_rules as r on q.entity = r.entity and q.rule = r.rule "
        "where q.entity = 'viewing_sessions' order by load_id, source_row"
    )
    assert [(row["source_file"], int(row["source_row"]), row["rule"], row["meaning"]) for row in rows] == expected


def test_what_does_not_count_is_downloaded_to_be_repaired(
    address: str, open_page: Open, query: Query, tmp_path: Path
) -> None:
    page = open_page(f"{address}/data-quality")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download to repair").click()
    assert download.value.suggested_filename == "repair_viewing_sessions.csv"
    download.value.save_as(tmp_path / "repair.csv")
    with (tmp_path / "repair.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["rule"], int(row["load_id"]), int(row["source_row"])) for row in csv.DictReader(file)]
    assert rows == query(
        "select rule, load_id, source_row from records_to_repair where entity = 'viewing_sessions' order by 2, 3"
    )


def test_with_nothing_published_the_page_says_what_to_run_and_shows_the_first_build_by_itself(
    home: Path, open_page: Open, tmp_path: Path
) -> None:
    with serving(tmp_path / "home") as address:
        page = open_page(address)
        expect(page.get_by_text("Nothing is published yet.")).to_be_visible()
        expect(page.get_by_text("goldreel run")).to_be_visible()
        shutil.copytree(home, tmp_path / "home", symlinks=True)
        expect(page.get_by_text("Version 1 ·")).to_be_visible()
        expect(page.get_by_text("Nothing is published yet.")).to_have_count(0)
        page.close()


def test_a_new_publication_appears_on_the_open_page(home_copy: Path, open_page: Open) -> None:
    with serving(home_copy) as address:
        page = open_page(address)
        expect(page.get_by_text("Version 1 ·")).to_be_visible()
        goldreel(home_copy, "publish")
        expect(page.get_by_text("Version 2 ·")).to_be_visible()
        settle(page)
        page.close()
