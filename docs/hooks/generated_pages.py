"""The pages that are written at every build of the site, from the project itself, so that they cannot be stale.

The home page is the README; the data dictionary and the entity diagrams come from the YAML beside the models, the
lineage from dbt's own reading of the project, the rules and the settings from the code that applies them.
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))
from diagrams import Edge, draw

from goldreel.config import NO_USAGE_STATISTICS, Settings, SQLServerSettings, changed_environment, dbt_project
from goldreel.data_dictionary import LAYERS, TableMeaning, read_dictionary

REPOSITORY = Path(__file__).parents[2]
HOME = "index.md"
_LINK = re.compile(r"(!?)\[([^\]]+)\]\(([^)\s]+)\)")  # of an image, with its mark
_FENCE = re.compile(r"^(`{3,}|~{3,}).*?^\1`*$", re.MULTILINE | re.DOTALL)

_TITLES = {
    "bronze": "Bronze: as delivered",
    "staging": "Staging: typed and judged",
    "touched": "Touched: what a build judges anew",
    "silver": "Silver: valid and current",
    "partials": "Partial sums: what gold is added up from",
    "gold": "Gold: the numbers",
    "warehouse": "Star schema",
    "quality": "Quality",
    "changes": "Changes",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to those in the folder."""
    tables = read_dictionary()
    graph = read_lineage()
    pages = {
        HOME: (REPOSITORY / "README.md").read_text(encoding="utf-8"),
        "reference/dictionary.md": dictionary_page(tables),
        "reference/entities.md": entities_page(tables),
        "reference/lineage.md": lineage_page(graph, tables),
        "reference/rules.md": rules_page(graph["rules"]),
        "reference/settings.md": settings_page(),
        "changelog.md": (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"),
        "contributing.md": (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8"),
    }
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_nav(nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
    """What readers need first comes first."""
    order = ("Home", "Guide", "Reference", "Decisions")
    nav.items.sort(key=lambda item: order.index(item.title) if item.title in order else len(order))
    nav.items.sort(key=lambda item: not (item.is_page and item.is_homepage))
    return nav


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links that hold on the code host are led to the page of the site, or to plain words where there is none."""
    source = {HOME: "README.md", "changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}.get(
        page.file.src_uri, f"docs/{page.file.src_uri}"
    )
    if page.file.src_uri.startswith("reference/"):
        return markdown

    def adapted(match: re.Match[str]) -> str:
        return _link_on_site(match, source, page.file.src_uri, files)

    pieces, last = [], 0
    for fence in _FENCE.finditer(markdown):
        pieces += [_LINK.sub(adapted, markdown[last : fence.start()]), fence.group()]
        last = fence.end()
    return "".join([*pieces, _LINK.sub(adapted, markdown[last:])])


def _link_on_site(match: re.Match[str], source: str, page: str, files: Files) -> str:
    image, words, address = match.groups()
    path, hash_, anchor = address.partition("#")
    if not path or re.match(r"[a-z]+:", path):
        return match.group()
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    on_site = {
        "README.md": HOME,
        "CHANGELOG.md": "changelog.md",
        "CONTRIBUTING.md": "contributing.md",
        "dbt/models": "reference/dictionary.md",
        "docs": "guide/README.md",
        "docs/guide": "guide/README.md",
        "docs/decisions": "decisions/README.md",
        "dbt/macros/rules/quality_rules.sql": "reference/rules.md",
    }.get(target, target.removeprefix("docs/") if target.startswith("docs/") else "")
    if on_site:  # a page that is missing there is for strict mode to find
        return f"{image}[{words}]({posixpath.relpath(on_site, posixpath.dirname(page) or '.')}{hash_}{anchor})"
    if not (REPOSITORY / target).exists():
        raise FileNotFoundError(f"docs: {source} links to {address}, and {target} is not in the repository")
    name = words.strip("`")
    return f"`{target}`" if name == target else f"{words} (`{target}`)"


def read_lineage() -> dict[str, Any]:
    """What dbt itself reads in the project: `edges` (from table, to table) and the declared `rules`."""
    from dbt.cli.main import dbtRunner

    project = str(dbt_project())
    with TemporaryDirectory() as scratch, changed_environment(NO_USAGE_STATISTICS):
        result = dbtRunner().invoke(
            [
                *("parse", "--project-dir", project, "--profiles-dir", project, "--target", "duckdb"),
                *("--target-path", scratch, "--log-path", scratch, "--log-level", "none", "--no-write-json"),
            ]
        )
    if not result.success:
        raise RuntimeError(f"dbt cannot read the project: {result.exception}")
    manifest = result.result
    names = {key: node.name for key, node in manifest.nodes.items() if node.resource_type == "model"}
    delivered = {key: source for key, source in manifest.sources.items() if source.source_name == "bronze"}
    names |= {key: f"bronze.{source.name}" for key, source in delivered.items()}
    edges = [
        (names[parent], names[key])
        for key, node in manifest.nodes.items()
        if node.resource_type == "model"
        for parent in node.depends_on.nodes
        if parent in names
    ]
    rules = manifest.macros["macro.goldreel.quality_rules"].macro_sql
    return {"edges": sorted(set(edges)), "rules": _declared_rules(rules)}


def _declared_rules(macro: str) -> list[dict[str, str]]:
    """The list that the macro returns, rendered by the template language it is written in."""
    from jinja2 import Environment

    declared: list[dict[str, str]] = []
    environment = Environment(extensions=["jinja2.ext.do"])
    template = environment.from_string(macro + "{% do quality_rules() %}")
    template.render({"return": declared.extend})
    return declared


def dictionary_page(tables: dict[str, TableMeaning]) -> str:
    lines = ["# Data dictionary", "", "Written from the YAML beside the models, at every build of this site.", ""]
    for layer in LAYERS:
        lines += [f"## {_TITLES[layer]}", ""]
        for table in _of_layer(tables, layer):
            lines += [f"### {table.name} {{ #{_anchor(table.name)} }}", "", _text(table.description), ""]
            if table.sql_file:
                lines += [f"Formula: `dbt/{table.sql_file.as_posix()}`", ""]
            typed = any(column.type for column in table.columns.values())
            rows = (
                (f"`{column.name}`", *[column.type] * typed, _text(column.description) + _reference(column.references))
                for column in table.columns.values()
            )
            lines += _table(("column", *["type"] * typed, "meaning"), rows)
    return "\n".join(lines)


def _reference(references: tuple[str, str] | None) -> str:
    return f" → [{references[0]}](#{_anchor(references[0])}).{references[1]}" if references else ""


def entities_page(tables: dict[str, TableMeaning]) -> str:
    lines = [
        "# Entity diagrams",
        "",
        "An arrow leads from a column to the table in which a data test finds each of its values.",
        "",
    ]
    edges = [
        (table.name, column.references[0], column.name)
        for table in tables.values()
        for column in table.columns.values()
        if column.references and table.layer != "staging"
    ]
    for layer in ("warehouse", "silver", "gold", "quality", "bronze"):
        names = {table.name for table in _of_layer(tables, layer)}
        own = [edge for edge in edges if edge[0] in names]
        lines += [f"## {_TITLES[layer]}", ""]
        if own:
            boxes = sorted({name for edge in own for name in edge[:2]} | names)
            columns = {name: list(tables[name].columns) for name in boxes}
            lines += [draw(boxes, own, _links(boxes), f"Entity diagram: {_TITLES[layer]}", columns), ""]
        else:
            lines += [*(f"- {_linked(name)}" for name in sorted(names)), "", "No data test relates these tables.", ""]
    return "\n".join(lines)


def lineage_page(graph: dict[str, Any], tables: dict[str, TableMeaning]) -> str:
    edges: list[Edge] = [(parent, child, "") for parent, child in graph["edges"]]
    boxes = [name for name in tables if any(name in edge[:2] for edge in edges)]
    lines = ["# Lineage", "", "What every table is made from, as dbt reads the project.", ""]
    lines += [draw(boxes, edges, _links(boxes), "Lineage from bronze to gold"), "", "## Table by table", ""]
    parents = {name: [parent for parent, child, _ in edges if child == name] for name in tables}
    children = {name: [child for parent, child, _ in edges if parent == name] for name in tables}
    lines += _table(
        ("table", "made from", "used by"),
        (
            (_linked(name), ", ".join(map(_linked, parents[name])), ", ".join(map(_linked, children[name])))
            for name in tables
        ),
    )
    return "\n".join(lines)


def rules_page(rules: list[dict[str, str]]) -> str:
    lines = [
        *(
            "# Rules",
            "",
            "A record is judged by the first rule it breaks. *Quarantined*: it breaks the rule by itself. ",
        ),
        *("*Held*: it is valid, but refers to a record that is not there yet.", ""),
    ]
    rows = (
        (f"`{rule['rule']}`", rule["entity"], rule["outcome"], _text(rule["meaning"]), f"`{rule['value']}`")
        for rule in rules
    )
    return "\n".join(lines + _table(("rule", "entity", "outcome", "meaning", "offending column"), rows))


def settings_page() -> str:
    lines = [
        "# All settings",
        "",
        "Read from the environment and from `.env`. [How they are used](../guide/settings.md).",
        "",
    ]
    for settings, prefix in ((Settings, "GOLDREEL_"), (SQLServerSettings, "MSSQL_")):
        rows = (
            (f"`{prefix}{name.upper()}`", _default(field), _text(field.description or ""))
            for name, field in settings.model_fields.items()
        )
        lines += [f"## {prefix}…", "", *_table(("setting", "default", "meaning"), rows)]
    return "\n".join(lines)


def _default(field: Any) -> str:
    if field.default_factory is not None:
        return "of the machine"
    if field.is_required():
        return "required"
    return f"`{field.default}`" if field.default not in ("", None) else ""


def _of_layer(tables: dict[str, TableMeaning], layer: str) -> list[TableMeaning]:
    return [table for table in tables.values() if table.layer == layer]


def _anchor(table: str) -> str:
    return table.replace(".", "-")


def _linked(table: str) -> str:
    return f"[{table}](dictionary.md#{_anchor(table)})"


def _links(tables: Iterable[str]) -> dict[str, str]:
    return {name: f"dictionary.html#{_anchor(name)}" for name in tables}


def _text(text: str) -> str:
    """Text for a cell of a table: a bar would end it, a < would begin a tag."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)]
    return [*lines, ""]
