"""What dbt does again and again and nobody sees, left out: a quarter of a build of this project.

Everything that a build makes, says and logs is the same (tests/test_dbt_pace.py). A dbt in which one of these places
is missing does what it always did there, only slower.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache, cached_property
from typing import Any

from dbt_common.clients import agate_helper, jinja
from dbt_common.events import event_manager_client
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

_HEAR_IT = (EventLevel.DEBUG, EventLevel.TEST)


class HeardEvents(EventManager):
    """dbt's events, without those for its debug log where nothing writes that.

    dbt puts each of them (some twenty for a data test) into words, stamps it, hides secrets in it, and then finds that
    no log wants it.

    Attributes:
        listened_for: names of those that who listens to dbt is told all the same.
    """

    listened_for: frozenset[str] = frozenset()

    def fire_event(
        self,
        e: BaseEvent,
        level: EventLevel | None = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        is_for_debugging = (level or e.level_tag()) == EventLevel.DEBUG and not force_warn_or_error_handling
        is_heard = type(e).__name__ in self.listened_for or any(logger.level in _HEAR_IT for logger in self.loggers)
        if is_heard or not is_for_debugging:
            super().fire_event(e, level, node, force_warn_or_error_handling)


@cache  # once in a process
def _make_messages_when_they_are_read() -> None:
    """An event becomes a message of protobuf when it is made, field by field in Python; most are never read."""
    if "pb_msg" in vars(BaseEvent) or not hasattr(BaseEvent, "PROTO_TYPES_MODULE"):
        return
    make = BaseEvent.__init__

    def message(event: BaseEvent) -> Any:
        arguments, named = event.__dict__.pop("_given")
        make(event, *arguments, **named)
        return event.__dict__["pb_msg"]

    def give(event: BaseEvent, *arguments: Any, **named: Any) -> None:
        event.__dict__["_given"] = arguments, named

    read = cached_property(message)
    read.__set_name__(BaseEvent, "pb_msg")
    BaseEvent.pb_msg = read
    BaseEvent.__init__ = give  # type: ignore[method-assign,assignment]


@cache
def _make_types_once() -> None:
    """For the rows of each query dbt makes anew what could tell a date from a number in them, with all ways of all
    languages to write a date; also where there are no rows.
    """
    if not {"empty_table", "build_type_tester"} <= vars(agate_helper).keys():
        return
    empty: Any = agate_helper.empty_table()  # type: ignore[no-untyped-call]
    types_of = cache(agate_helper.build_type_tester)

    def types(text_columns: Iterable[str], string_null_values: Iterable[str] | None = ("null", "")) -> Any:
        return types_of(frozenset(text_columns), None if string_null_values is None else tuple(string_null_values))

    agate_helper.empty_table = lambda: empty
    agate_helper.build_type_tester = types


def keep(listened_for: Collection[str] = ()) -> None:
    """Leave it out, from now on, in this process; see `HeardEvents`."""
    if type(event_manager_client.get_event_manager()) is EventManager:
        event_manager_client.ctx_set_event_manager(HeardEvents())
    manager = event_manager_client.get_event_manager()
    if isinstance(manager, HeardEvents):
        manager.listened_for = frozenset(listened_for)
    _make_messages_when_they_are_read()
    _make_types_once()
    # To work out the arguments of a data test, dbt copies the names of all macros, some two thousand, into the
    # template, once for each argument; for the text of models it has learnt to look a name up when it is asked for.
    look_up = jinja.MacroFuzzTemplate.__dict__.get("new_context")
    if look_up is not None and "new_context" not in jinja.NativeSandboxTemplate.__dict__:
        jinja.NativeSandboxTemplate.new_context = look_up  # type: ignore[method-assign]
