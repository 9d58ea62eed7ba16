"""How long the dashboard keeps a person waiting: `python -m benchmarks.dashboard` (home: GOLDREEL_HOME, as everywhere).

For each page, by the browser's own clock: the first content and the first figure of a first visit (nothing in the
browser's cache) and of a later one; then, from choosing a value of the first filter, to the last figure changed (to the
end where none changes) and to the whole page, its charts and tables, made anew. Targets are printed as met or missed.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import BrowserContext, Page

from benchmarks import kept
from goldreel.config import load_settings

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browsing import find_chromium, open_browser
from dashboard.conftest import serving

PAGES = ("", "audience", "content", "retention", "data-quality")
TO_FIRST_CONTENT, TO_FILTERED = 2.0, 0.5  # seconds

# Notes in the page when a choice was made, when the figures had changed, and when the run that it caused had ended.
WATCH = """() => {
    const app = document.querySelector('[data-test-script-state]')
    window.chosen = window.changed = window.ended = null
    document.addEventListener('pointerup', () => {
        window.chosen = performance.now()
        window.changed = window.ended = null
    }, true)
    new MutationObserver(changes => changes.forEach(change => {
        if (!window.chosen) return
        if (change.target === app && app.dataset.testScriptState === 'notRunning') window.ended = performance.now()
        const inside = change.target.parentElement
        if (inside && inside.closest('[data-testid=stMetricValue]')) window.changed = performance.now()
    })).observe(app, {
        subtree: true, childList: true, characterData: true, attributes: true,
        attributeFilter: ['data-test-script-state'],
    })
}"""
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


@dataclass(frozen=True)
class Wait:
    """Seconds."""

    first_content: float
    first_figure: float
    figures_filtered: float
    all_filtered: float


def main() -> int:
    """Measure every page; exit code 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="medians are over so many [%(default)s]")
    kept.add_option(parser)
    options = parser.parse_args()
    rounds = options.rounds
    chromium = find_chromium()
    if chromium is None:
        sys.exit("Chromium is missing (Debian: apt install chromium)")
    first: dict[str, list[Wait]] = {path: [] for path in PAGES}
    later: dict[str, list[Wait]] = {path: [] for path in PAGES}
    with serving(load_settings().home.resolve()) as address, open_browser(chromium) as browser:
        for path in PAGES * rounds:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            first[path].append(wait(context, f"{address}/{path}"))
            later[path].append(wait(context, f"{address}/{path}"))
            context.close()
    print(f"{'seconds':<14}{'first visit':>20}{'later visit':>20}{'filter':>20}")
    print(f"{'':<14}{'content':>10}{'figure':>10}{'content':>10}{'figure':>10}{'figures':>10}{'all':>10}")
    missed = False
    waits: list[list[float]] = []
    for path in PAGES:
        both = first[path] + later[path]
        columns = (
            [each.first_content for each in first[path]],
            [each.first_figure for each in first[path]],
            [each.first_content for each in later[path]],
            [each.first_figure for each in later[path]],
            [each.figures_filtered for each in both],
            [each.all_filtered for each in both],
        )
        numbers = [median(column) for column in columns]
        waits.append(numbers)
        late = numbers[0] > TO_FIRST_CONTENT or numbers[4] > TO_FILTERED
        missed = missed or late
        shown = "".join(f"{number:>10.2f}" for number in numbers)
        print(f"{path or 'overview':<14}{shown}   {'missed' if late else 'met'}")
    if options.record:
        names = ("first_content", "first_figure", "later_content", "later_figure", "figures_filtered", "all_filtered")
        figures = {
            name: {"least": min(column), "most": max(column)}
            for name, column in zip(names, zip(*waits, strict=True), strict=True)
        }
        kept.record("dashboard", {"rounds": rounds, **figures}, ("goldreel", "streamlit"))
    return 1 if missed else 0


def wait(context: BrowserContext, url: str) -> Wait:
    """Open a page, look, and choose another value of its first filter."""
    page = context.new_page()
    page.goto(url, wait_until="commit")
    page.get_by_test_id("stMetricValue").first.wait_for()
    figure = page.evaluate("performance.now()")
    page.locator("[data-test-script-state=notRunning]").wait_for()
    content = page.evaluate(PAINTED)
    page.wait_for_timeout(1_500)  # charts fade in
    page.evaluate(WATCH)
    choose(page)
    page.wait_for_function("window.ended")
    page.wait_for_timeout(300)  # one choice may run the page twice
    changed = page.evaluate("(window.changed ?? window.ended) - window.chosen")
    ended = page.evaluate("window.ended - window.chosen")
    page.close()
    return Wait(content / 1000, figure / 1000, changed / 1000, ended / 1000)


def choose(page: Page) -> None:
    """Choose another value of the first filter."""
    filters = page.locator("[data-testid=stButtonGroup], [data-testid=stMultiSelect], [data-testid=stSelectbox]").first
    if filters.get_attribute("data-testid") == "stButtonGroup":
        filters.get_by_role("radio").last.click()
    else:
        filters.get_by_role("combobox").click()
        page.get_by_role("option").nth(1).click()


if __name__ == "__main__":
    sys.exit(main())
