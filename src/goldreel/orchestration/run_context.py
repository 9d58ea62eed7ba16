"""What a task knows of its run: what woke it, and with which parameters. Runs in Airflow."""

from __future__ import annotations

from datetime import date
from typing import Any

from airflow.sdk import get_current_context

from goldreel.config import Settings, load_settings
from goldreel.errors import UsageError
from goldreel.orchestration.failures import fail


def by_hand() -> bool:
    """Whether a person started the run, and not news or the look from time to time."""
    run_type = get_current_context()["dag_run"].run_type  # a member of an enumeration, whose text is not its value
    return getattr(run_type, "value", run_type) == "manual"


def engine_settings() -> Settings:
    return load_settings(_given("engine"))


def as_of() -> date | None:
    given = _given("as_of")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        fail(UsageError(f"as_of is no day: {given!r}.", "the parameters of this run", "give it as YYYY-MM-DD"))


def passed_on() -> dict[str, Any]:
    """What a run tells the next one: the engine and the day that it was triggered with."""
    return {"engine": engine_settings().engine, "as_of": _given("as_of")}


def _given(name: str) -> Any:
    """A parameter: of this run, else of the one that it follows."""
    of_run = get_current_context()["params"][name]
    return of_run or next((value for event in reversed(_events()) if (value := event.extra.get(name))), None)


def _events() -> list[Any]:
    """The news that started this run, oldest first; none for a run that was triggered by hand."""
    found = get_current_context().get("triggering_asset_events") or {}
    return sorted((event for events in found.values() for event in events), key=lambda event: event.timestamp)
