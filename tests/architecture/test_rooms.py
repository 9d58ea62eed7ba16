"""Which room of goldreel may import which: those below it, and no others."""

from __future__ import annotations

import ast
import itertools

import pytest

from architecture.code import PACKAGE, ROOT, imports, modules, place, require_none, room, tree

# From the ground up. A room may import what stands on a lower floor, and nothing beside it or above it.
# A new room (a module or package of `src/goldreel`) gets a place here: as low as what it imports allows.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "names", "clock", "limits", "processes", "generator", "spreadsheet", "dbt_pace", "durable"),
    # why: arithmetic over change sets; it knows no engine
    ("console", "dbt_calls", "env_file", "foreign", "os_faults", "scratch", "why"),
    ("config",),
    ("engines", "data_dictionary", "alerts", "parsing"),
    ("loading", "transform", "sql_runner", "export_sql"),
    # sources: other people's files become records; loading does not know where they came from
    ("build_log", "for_readers", "sources"),
    # explanations: reads what is published for the arithmetic of why
    ("amend", "basis", "changes", "explanations", "load_checks"),
    ("publish",),
    ("pipeline", "freshness"),
    ("parity", "doctor"),
    ("verify",),
    ("report",),
    ("dashboard", "orchestration"),
    ("cli",),
    ("__main__",),
)
FLOOR = {name: number for number, floor in enumerate(FLOORS) for name in floor}
ROOMS = sorted({room(file) for file in modules(PACKAGE)} - {""})
FILES = [file for file in modules(PACKAGE) if room(file)]

DRIVERS = ("mssql_python", "pyspark")  # duckdb is a library as well: it compares and reads tables anywhere
DOORS_OF_ENGINES = ("", "base", "erasing", "published_files", "requirements", "scripts", "stored_files")
ENGINES = ("duckdb", "sqlserver", "spark")


def test_every_room_has_a_floor() -> None:
    missing = [name for name in ROOMS if name not in FLOOR]
    require_none(missing, f"put each on a floor in {__file__}, the lowest that what it imports allows")


def test_no_room_stands_on_two_floors() -> None:
    assert len(FLOOR) == sum(map(len, FLOORS))


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_imports_only_from_below(name: str) -> None:
    upwards = [
        f"{place(file, node)} imports {what}"
        for file in FILES
        if room(file) == name
        for node, what in imports(file)
        if what.startswith("goldreel.")
        for other in [what.split(".")[1]]
        if other in FLOOR and other != name and FLOOR[other] >= FLOOR.get(name, 0)
    ]
    require_none(upwards, "move what is shared to a lower room, or hand it in as an argument")


def test_drivers_are_imported_by_engines_only() -> None:
    outside = [
        f"{place(file, node)} imports {what}"
        for file in FILES
        if room(file) != "engines"
        for node, what in imports(file)
        if what.split(".")[0] in DRIVERS
    ]
    require_none(outside, "ask the engine (goldreel.engines.base.Engine), and add to it what it cannot do yet")


def test_engines_are_reached_through_their_doors() -> None:
    inside = [
        f"{place(file, node)} imports {what}"
        for file in FILES
        if room(file) != "engines"
        for node, what in imports(file)
        if what.startswith("goldreel.engines.")
        for module in [what.split(".")[2]]
        if (PACKAGE / "engines" / f"{module}.py").exists() and module not in DOORS_OF_ENGINES
    ]
    require_none(inside, "use open_engine, open_published or scratch_warehouse of goldreel.engines")


def _asks_which_engine(node: ast.AST) -> bool:
    """Whether something is compared with the name of an engine."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        values = itertools.chain.from_iterable(
            side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side] for side in sides
        )
        return any(isinstance(value, ast.Constant) and value.value in ENGINES for value in values)
    return isinstance(node, ast.MatchValue) and isinstance(node.value, ast.Constant) and node.value.value in ENGINES


def test_nothing_outside_the_engines_asks_which_engine_it_is() -> None:
    asking = [
        place(file, node)
        for file in FILES
        if room(file) != "engines"
        for node in ast.walk(tree(file))
        if _asks_which_engine(node)
    ]
    require_none(asking, "let the engine answer: a method or an attribute of goldreel.engines.base.Engine")


def test_what_is_private_is_used_in_its_own_module_only() -> None:
    taken = [
        f"{place(file, node)} imports {what}"
        for file in FILES
        for node, what in imports(file)
        if what.startswith("goldreel.") and what.split(".")[-1].startswith("_") and not what.endswith("__")
    ]
    require_none(taken, "drop the underscore of what others use")


@pytest.mark.parametrize("folder", ["tests/oracle", "benchmarks/by_pyspark"])
def test_what_goldreel_is_compared_with_shares_no_code_with_it(folder: str) -> None:
    shared = [
        f"{place(file, node)} imports {what}"
        for file in modules(ROOT / folder)
        for node, what in imports(file)
        if what.split(".")[0] == "goldreel"
    ]
    require_none(shared, "write it again, from the contract")


def test_the_dags_call_orchestration_and_nothing_else_of_goldreel() -> None:
    called = [
        f"{place(file, node)} imports {what}"
        for file in modules(ROOT / "dags")
        for node, what in imports(file)
        if what.split(".")[0] == "goldreel" and not what.startswith("goldreel.orchestration")
    ]
    require_none(called, "put it into goldreel.orchestration: a DAG only says what comes after what")
