"""One readable message about a failure: to a webhook, and through any Airflow notifier. Runs in Airflow."""

from __future__ import annotations

import logging
import pkgutil
from typing import Any

from goldreel.alerts import send_alert
from goldreel.config import load_settings
from goldreel.errors import GoldreelError
from goldreel.orchestration.failures import TaskFailed, TaskWaits, reason_lines
from goldreel.orchestration.settings import OrchestrationSettings, with_message

log = logging.getLogger(__name__)


def tell_failure(context: Any) -> None:
    """Send the message about the task that failed; an `on_failure_callback`."""
    tell(context, failure_message(context))


def tell_failure_once(context: Any) -> None:
    """The same, but nothing when the task had failed already the last time; of tasks that look from time to time."""
    before = context["ti"].get_previous_ti()
    if before is None or str(before.state) != "failed":
        tell_failure(context)


def tell(context: Any, message: str) -> None:
    """To the log, to the webhook of the settings, and to the notifier; one that fails keeps the others from nothing."""
    log.error("%s", message)
    try:
        send_alert(load_settings(), message)
    except GoldreelError as error:
        log.error("%s", error)
    settings = OrchestrationSettings()
    if settings.airflow_notifier:
        notifier = pkgutil.resolve_name(settings.airflow_notifier)
        notifier(**with_message(settings.airflow_notifier_arguments, message))(context)


def failure_message(context: Any) -> str:
    """What failed, where, why, and what to do: a few lines of plain text."""
    task = context["ti"]
    error = context.get("exception")
    lines = [f"goldreel: {task.dag_id} failed in {task.task_id} (run {context['run_id']})"]
    if isinstance(error, TaskFailed | TaskWaits):
        lines += reason_lines(error.reason)
    else:
        lines.append(str(error or "see its log"))
    return "\n".join(lines)
