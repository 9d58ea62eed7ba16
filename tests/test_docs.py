"""The docs site: whole, and readable without a network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from goldreel.data_dictionary import read_dictionary

REPOSITORY = Path(__file__).parents[1]


class _Page(HTMLParser):
    """What a page loads by itself, what it links to, and what can be linked to in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        self.ids |= {values[name] for name in ("id", "name") if name in values}
        if "src" in values:
            self.loads.append(values["src"])
        if "href" in values:
            loaded = tag == "link" and values.get("rel") not in ("canonical", "next", "prev")
            (self.loads if loaded else self.links).append(values["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "site"
    build = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=REPOSITORY,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert build.returncode == 0, build.stdout + build.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, _Page]:
    return {file: _Page(file.read_text(encoding="utf-8")) for file in site.rglob("*.html") if file.name != "404.html"}


def test_every_table_and_column_is_in_the_dictionary(site: Path) -> None:
    html = (site / "reference" / "dictionary.html").read_text(encoding="utf-8")
    sections = dict(re.findall(r'<h3 id="([^"]+)">(.*?)(?=<h[23]|</article>)', html, re.DOTALL))
    for table in read_dictionary().values():
        section = sections[table.name.replace(".", "-")]
        missing = [column for column in table.columns if f"<code>{column}</code>" not in section]
        assert not missing, f"{table.name}: {missing}"


def test_every_table_is_in_the_lineage_and_every_table_of_the_star_in_its_diagram(site: Path) -> None:
    lineage = (site / "reference" / "lineage.html").read_text(encoding="utf-8")
    entities = (site / "reference" / "entities.html").read_text(encoding="utf-8")
    for table in read_dictionary().values():
        assert f"#{table.name.replace('.', '-')}" in lineage, table.name
        if table.layer == "warehouse":
            assert f">{table.name}</text>" in entities, table.name


def test_every_declared_rule_has_a_row(site: Path) -> None:
    html = (site / "reference" / "rules.html").read_text(encoding="utf-8")
    declared = re.findall(r"'rule': '(\w+)'", (REPOSITORY / "dbt/macros/rules/quality_rules.sql").read_text("utf-8"))
    assert declared
    assert not [rule for rule in declared if f"<code>{rule}</code>" not in html]


def test_no_page_loads_anything_from_another_host(site: Path, pages: dict[Path, _Page]) -> None:
    loaded = {(file.name, address) for file, page in pages.items() for address in page.loads}
    assert loaded
    assert not {each for each in loaded if re.match(r"(https?:)?//", each[1])}
    for sheet in site.rglob("*.css"):
        assert not re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet


def test_every_internal_link_leads_somewhere(site: Path, pages: dict[Path, _Page]) -> None:
    broken = []
    for file, page in pages.items():
        for address in page.links + page.loads:
            path, _, anchor = address.partition("#")
            if re.match(r"[a-z]+:", address):
                continue
            target = (file.parent / path).resolve() if path else file
            target = target / "index.html" if target.is_dir() else target
            if not target.exists() or (anchor and target in pages and anchor not in pages[target].ids):
                broken.append(f"{file.relative_to(site)}: {address}")
    assert not broken
