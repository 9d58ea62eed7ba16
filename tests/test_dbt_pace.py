"""What is left out of dbt's work is what nobody sees: what it logs, tells and renders is the same."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Iterator
from datetime import date
from io import StringIO
from types import ModuleType
from typing import Any

import pytest
from dbt_common.clients import agate_helper, jinja
from dbt_common.events import types_pb2
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import get_event_manager
from dbt_common.events.logger import LineFormat, LoggerConfig
from dbt_common.events.types import Formatting, Note
from dbt_common.exceptions.events import EventCompilationError
from dbt_common.helper_types import WarnErrorOptionsV2

from goldreel import dbt_calls, dbt_pace
from goldreel.dbt_calls import call_dbt

EVENTS: list[tuple[BaseEvent, EventLevel | None]] = [
    (Note(msg="for debugging"), EventLevel.DEBUG),
    (Formatting("as it comes"), None),  # its class says at which level
    *((Note(msg=f"a {level.value}"), level) for level in EventLevel),
]
LOGS: list[list[EventLevel]] = [[], *([level] for level in EventLevel), [EventLevel.WARN, EventLevel.DEBUG]]


@pytest.fixture(autouse=True)
def _kept() -> None:
    dbt_pace.keep()


def written(manager: EventManager, levels: list[EventLevel]) -> list[str]:
    """What logs of these levels hold after all events, without the time."""
    logs = [StringIO() for _ in levels]
    for number, (level, log) in enumerate(zip(levels, logs, strict=True)):
        name = f"a log of {type(manager).__name__} {number}"
        manager.add_logger(LoggerConfig(name, level=level, line_format=LineFormat.PlainText, output_stream=log))
    for event, at in EVENTS:
        manager.fire_event(event, at)
    return ["\n".join(line.partition("  ")[2] for line in log.getvalue().splitlines()) for log in logs]


@pytest.mark.parametrize("levels", LOGS, ids=lambda levels: "+".join(level.value for level in levels) or "none")
def test_every_log_holds_what_it_always_held(levels: list[EventLevel]) -> None:
    found = written(dbt_pace.HeardEvents(), levels)
    assert found == written(EventManager(), levels)
    assert all("a error" in text for text in found)


class Listener(list[str]):
    """Is told of events."""

    def __call__(self, message: Any) -> None:
        self.append(f"{message.info.level}: {message.info.msg}")


def test_who_listens_is_told_all_that_is_not_for_debugging() -> None:
    kept, always = Listener(), Listener()
    for told, manager in ((kept, dbt_pace.HeardEvents()), (always, EventManager())):
        manager.add_callback(told)
        written(manager, [EventLevel.INFO])
    assert kept == [each for each in always if not each.startswith("debug")]
    assert len(kept) == len(always) - 2 == len(EventLevel)


def test_who_listens_for_an_event_is_told_it_though_it_is_for_debugging() -> None:
    told, manager = Listener(), dbt_pace.HeardEvents()
    manager.listened_for = frozenset({"Note"})
    manager.add_callback(told)
    written(manager, [EventLevel.INFO])
    assert told[0] == "debug: for debugging"
    assert len(told) == len(EVENTS)
    manager.fire_event(Formatting("of another name"), EventLevel.DEBUG)
    assert len(told) == len(EVENTS)
    for listened_for in (["Note"], []):
        dbt_pace.keep(listened_for)
        assert getattr(get_event_manager(), "listened_for") == set(listened_for)  # noqa: B009  (its class knows none)


def test_what_nobody_hears_is_not_put_into_words(monkeypatch: pytest.MonkeyPatch) -> None:
    worded: list[str] = []

    def message(event: Note) -> str:
        worded.append(event.msg)
        return str(event.msg)

    monkeypatch.setattr(Note, "message", message)
    written(dbt_pace.HeardEvents(), [EventLevel.INFO])
    assert worded == ["a test", "a info", "a warn", "a error"]


def test_a_warning_that_is_to_be_an_error_is_one() -> None:
    manager = dbt_pace.HeardEvents()
    manager.warn_error, manager.warn_error_options = False, WarnErrorOptionsV2(error="all")
    with pytest.raises(EventCompilationError):
        manager.fire_event(Note(msg="a warning"), EventLevel.DEBUG, force_warn_or_error_handling=True)


def test_an_event_is_made_when_it_is_read_and_reads_as_it_always_did() -> None:
    event = Note(msg=7)
    assert "pb_msg" not in vars(event)
    assert event.pb_msg == types_pb2.Note(msg="7")
    assert (event.msg, event.message()) == ("7", "7")
    event.msg = "other"
    assert event.to_json() == '{"msg": "other"}'
    with pytest.raises(AttributeError, match="gone"):
        _ = event.gone
    with pytest.raises(Exception, match="Unable to parse logging event"):
        _ = Note(gone=1).pb_msg


ROWS = [
    {"text": "005", "number": 5, "day": date(2024, 1, 2), "many": [1], "none": None},
    {"text": "null", "number": 7.5, "day": None, "many": [], "none": None},
]


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS], ids=len)
def test_rows_of_a_query_have_the_types_that_they_always_had(rows: list[dict[str, Any]]) -> None:
    as_always = ModuleType("agate_helper")
    exec(inspect.getsource(agate_helper), vars(as_always))

    def told(helper: Any) -> list[Any]:
        tables = [helper.table_from_data_flat(rows, list(ROWS[0])), helper.empty_table()]
        return [
            (
                table.column_names,
                [type(each).__name__ for each in table.column_types],
                [tuple(row) for row in table.rows],
            )
            for table in tables
        ]

    assert told(agate_helper) == told(as_always)
    assert agate_helper.build_type_tester(["text"]) is agate_helper.build_type_tester({"text"})
    assert as_always.build_type_tester(["text"]) is not as_always.build_type_tester(["text"])


class Macros(dict[str, Any]):
    """Names that are looked up, and never all of them."""

    def keys(self) -> Any:
        raise AssertionError("all names are copied")

    __iter__ = items = values = keys


CONTEXT = {"one": 1, "text": "a text", "many": [1, 2], "call": lambda name: f"from {name}", "none": None}
TEMPLATES = (
    *(
        "{{ one }}",
        "{{ text }}",
        "{{ many }}",
        "{{ none }}",
        "{{ '7' }}",
        "{{ call('a table') }}",
        "{{ one }} and {{ text }}",
    ),
    *(
        "{% set two = one + 1 %}{{ two }}",
        "{{ [one, text] }}",
        "{{ 1 if none is none else 2 }}",
        "{{ gone is defined }}",
        "'x'",
        "",
    ),
    *("{% for each in many %}{{ each }}{% endfor %}"),
)


def rendered(template: str, context: dict[str, Any]) -> Any:
    made = jinja.get_template(template, context, native=True)
    return jinja.render_template(made, context)


@pytest.fixture
def as_always(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    with monkeypatch.context() as patch:
        patch.delattr(jinja.NativeSandboxTemplate, "new_context")
        yield patch


@pytest.mark.parametrize("template", TEMPLATES)
def test_arguments_of_data_tests_are_what_they_always_were(template: str, as_always: pytest.MonkeyPatch) -> None:
    always = rendered(template, CONTEXT)
    as_always.undo()
    found = rendered(template, Macros(CONTEXT))
    assert (found, type(found)) == (always, type(always))


def test_all_names_were_copied_for_each_argument(as_always: pytest.MonkeyPatch) -> None:
    with pytest.raises(Exception, match="all names are copied"):
        rendered("{{ one }}", Macros(CONTEXT))


def test_a_name_that_is_nowhere_is_told(as_always: pytest.MonkeyPatch) -> None:
    with pytest.raises(Exception, match="gone") as always:
        rendered("{{ gone() }}", CONTEXT)
    as_always.undo()
    with pytest.raises(type(always.value), match="gone") as found:
        rendered("{{ gone() }}", CONTEXT)
    assert str(found.value) == str(always.value)


def test_another_event_manager_than_dbts_own_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    class Another(EventManager):
        pass

    another = Another()
    monkeypatch.setattr("dbt_common.events.event_manager_client._EVENT_MANAGER", another)
    dbt_pace.keep()
    assert get_event_manager() is another


def test_pythons_search_for_garbage_is_as_it_was_after_dbt_was_called(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    class Runner:
        def __init__(self, **rest: Any) -> None: ...

        def invoke(self, arguments: list[str]) -> None:
            seen.append(gc.get_threshold()[0])
            raise RuntimeError

    monkeypatch.setattr("dbt.cli.main.dbtRunner", Runner)
    before = gc.get_threshold()
    with pytest.raises(RuntimeError):
        call_dbt(["parse"])
    assert seen == [dbt_calls._KEPT_BEFORE_A_SEARCH]
    assert gc.get_threshold() == before
