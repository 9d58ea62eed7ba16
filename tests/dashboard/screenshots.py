"""Makes the pictures of the dashboard for the docs: `python -m tests.dashboard.screenshots [FOLDER]`.

Generates a delivery, runs the pipeline on it in a folder that is gone afterwards, and photographs every page.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parents[1]))

from browsing import find_chromium, open_browser
from dashboard.conftest import goldreel, serving
from goldreel.generator import GeneratorOptions, generate

PICTURES = Path(__file__).parents[2] / "docs" / "images"
PAGES = {"overview": "", "audience": "audience", "content": "content", "retention": "retention"}
PAGES |= {"what-changed": "what-changed", "data-quality": "data-quality"}


def main() -> None:
    """All pictures, into the folder given, or into docs/images/."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    target.mkdir(parents=True, exist_ok=True)
    chromium = find_chromium()
    if chromium is None:
        sys.exit("Chromium is missing (Debian: apt install chromium)")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        made = generate(Path(folder) / "delivery", GeneratorOptions(sessions=100_000, dirt=0.002))
        goldreel(home, "run", *made.folders, "--as-of", "2024-09-01")
        with serving(home) as address, open_browser(chromium) as browser:
            for name, path in PAGES.items():
                photograph(browser, f"{address}/{path}", target / f"dashboard-{name}.png", 1200, 1000, "light")
            photograph(browser, address, target / "dashboard-phone.png", 390, 844, "dark")


def photograph(browser: Browser, url: str, file: Path, width: int, height: int, scheme: str) -> None:
    """A page as it is when it has come to rest."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(url)
    page.get_by_test_id("stVegaLiteChart").first.wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(3_000)  # charts fade in
    page.screenshot(path=file)
    context.close()


if __name__ == "__main__":
    main()
