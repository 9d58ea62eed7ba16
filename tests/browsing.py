"""Chromium, driven as a user would, without a screen and without business of its own on the network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Playwright, sync_playwright

_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
_QUIET += ["--disable-background-networking", "--disable-component-update"]


def find_chromium() -> str | None:
    """Where this machine has Chromium, if it does."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


_at_work: list[Playwright] = []  # a process may have one only; several browsers share it


@contextmanager
def open_browser(chromium: str, *options: str) -> Iterator[Browser]:
    """Chromium, with these options of its own besides."""
    with _playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=[*_QUIET, *options])
        yield opened
        opened.close()


@contextmanager
def _playwright() -> Iterator[Playwright]:
    if _at_work:
        yield _at_work[0]
        return
    with sync_playwright() as playwright:
        _at_work.append(playwright)
        try:
            yield playwright
        finally:
            _at_work.clear()
