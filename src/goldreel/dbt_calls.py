"""dbt inside this process: the one place that calls it, but for Cosmos in Airflow."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_KEPT_BEFORE_A_SEARCH = 50_000  # objects; Python's own 700 make a search every few milliseconds of dbt


def call_dbt(arguments: Sequence[str], manifest: Any = None, on_event: Sequence[Callable[[Any], None]] = ()) -> Any:
    """What dbt makes of a command and its options, as a `dbtRunnerResult`.

    Args:
        manifest: the project as it was read before; None: it is read for this command.
        on_event: are told what dbt tells in its log at the level of information, or above.
    """
    with at_pace():
        import dbt.cli.main  # takes seconds: only who calls dbt pays for it

        return dbt.cli.main.dbtRunner(manifest=manifest, callbacks=list(on_event)).invoke(list(arguments))


@contextmanager
def at_pace(listened_for: Collection[str] = ()) -> Iterator[None]:
    """What dbt does inside it costs less, and is the same.

    Args:
        listened_for: events for debugging, by name, that who listens to dbt waits for.
    """
    from goldreel import dbt_pace  # which knows dbt

    dbt_pace.keep(listened_for)
    with _few_searches_for_garbage():
        yield


@contextmanager
def _few_searches_for_garbage() -> Iterator[None]:
    """dbt makes a million objects that stay as long as the process, and hardly any garbage that Python must look for:
    looking for it again and again was an eighth of a run.
    """
    before = gc.get_threshold()
    gc.set_threshold(_KEPT_BEFORE_A_SEARCH, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
