"""What dbt does again and again and nobody sees, left out: a fifth of a build of this project.

Everything that a build makes, says and logs is the same (tests/test_dbt_pace.py). A dbt in which one of these places
looks different does what it always did there, only slower.
"""

from __future__ import annotations

from typing import Any

from dbt_common.clients import jinja
from dbt_common.events import event_manager_client
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

_HEAR_IT = (EventLevel.DEBUG, EventLevel.TEST)


class HeardEvents(EventManager):
    """dbt's events, without those for its debug log where nothing writes that.

    dbt puts each of them (some twenty for a data test) into words, stamps it, hides secrets in it, and then finds that
    no log wants it.
    """

    def fire_event(
        self,
        e: BaseEvent,
        level: EventLevel | None = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        is_for_debugging = (level or e.level_tag()) == EventLevel.DEBUG and not force_warn_or_error_handling
        if not is_for_debugging or any(logger.level in _HEAR_IT for logger in self.loggers):
            super().fire_event(e, level, node, force_warn_or_error_handling)


def keep() -> None:
    """Leave it out, from now on, in this process."""
    if type(event_manager_client.get_event_manager()) is EventManager:
        event_manager_client.ctx_set_event_manager(HeardEvents())
    # To work out the arguments of a data test, dbt copies the names of all macros, some two thousand, into the
    # template, once for each argument; for the text of models it has learnt to look a name up when it is asked for.
    look_up = jinja.MacroFuzzTemplate.__dict__.get("new_context")
    if look_up is not None and "new_context" not in jinja.NativeSandboxTemplate.__dict__:
        jinja.NativeSandboxTemplate.new_context = look_up  # type: ignore[method-assign]
