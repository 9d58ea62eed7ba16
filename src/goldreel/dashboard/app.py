"""The page that Streamlit runs: navigation, the pages, and which build they show."""

from __future__ import annotations

import functools
from collections.abc import Callable

import streamlit as st

import goldreel
from goldreel.dashboard import data, frame
from goldreel.dashboard.views import audience, content, data_quality, overview, retention, what_changed
from goldreel.errors import GoldreelError

_SECONDS_BETWEEN_LOOKS = 5

_PAGES: dict[str, tuple[str, Callable[[data.Publication], None]]] = {
    "overview": ("Overview", overview.show),
    "audience": ("Audience", audience.show),
    "content": ("Content", content.show),
    "retention": ("Retention", retention.show),
    "what-changed": ("What changed", what_changed.show),
    "data-quality": ("Data quality", data_quality.show),
}

_STYLE = """
<style>
[class*="st-key-tiles-"] {display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: .6rem;}
[class*="st-key-filters-"] {display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: .6rem;}
@media (min-width: 900px) {
  [class*="st-key-tiles-4-"] {grid-template-columns: repeat(4, 1fr);}
  [class*="st-key-tiles-5-"] {grid-template-columns: repeat(5, 1fr);}
  [class*="st-key-tiles-6-"] {grid-template-columns: repeat(6, 1fr);}
}
[data-testid="stMetricValue"] {font-variant-numeric: tabular-nums;}
[data-testid="stMainBlockContainer"] {padding-top: 3.6rem; max-width: 1240px;}
[data-testid="stBottomBlockContainer"] {padding-top: .5rem; padding-bottom: .5rem; max-width: 1240px;}
</style>
"""


def main() -> None:
    """One run of the page."""
    st.set_page_config(
        page_title="goldreel",
        layout="wide",
        menu_items={"About": f"goldreel {goldreel.__version__}: published numbers of the streaming platform."},
    )
    st.html(_STYLE)
    pages = {
        path: st.Page(functools.partial(_page, title, show), title=title, url_path=path, default=path == "overview")
        for path, (title, show) in _PAGES.items()
    }
    st.session_state[frame.PAGES] = pages
    st.navigation(list(pages.values()), position="top").run()


def _page(title: str, show: Callable[[data.Publication], None]) -> None:
    st.title(title, anchor=False)
    try:
        publication = data.current_publication()
    except GoldreelError as error:
        frame.show_error(error)
        _watch(None)
        return
    _say_which(publication)
    _say_if_old(publication)
    _watch(publication)
    try:
        show(publication)
    except data.Superseded:
        st.rerun()
    except GoldreelError as error:
        frame.show_error(error)


def _say_which(publication: data.Publication) -> None:
    through = publication.data_through or "no session yet"
    with st.bottom:
        frame.note(
            "Version {version} · build {build} · data through **{through}** · {tests} checks passed · {engine}",
            version=publication.version,
            build=publication.build_id,
            through=through,
            tests=publication.tests_passed,
            engine=publication.engine,
            about=f"Published {publication.published_at:%Y-%m-%d %H:%M} UTC by goldreel "
            f"{publication.goldreel_version}; counts to {publication.as_of}. A build is published only after all its "
            "checks passed. Source: `publication`",
        )


def _say_if_old(publication: data.Publication) -> None:
    age = data.freshness(publication)
    if age.is_stale:
        with st.bottom:
            st.caption(f":red[**{age.told}**]", help="How old they may be: the setting `GOLDREEL_MAX_AGE`")


@st.fragment(run_every=_SECONDS_BETWEEN_LOOKS)
def _watch(shown: data.Publication | None) -> None:
    """Make the page again when something else is published than what it shows, or that has become too old."""
    try:
        now = data.current_publication()
    except GoldreelError:
        now = None
    was_old = st.session_state.get("is_old")
    st.session_state["is_old"] = shown is not None and data.freshness(shown).is_stale
    if now != shown or was_old not in (None, st.session_state["is_old"]):
        st.rerun()


main()
