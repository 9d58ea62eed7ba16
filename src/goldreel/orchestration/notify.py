"""One readable message about a failure, through any Airflow notifier. Runs in Airflow."""

from __future__ import annotations

import logging
import pkgutil
from typing import Any

from goldreel.errors import GoldreelError
from goldreel.orchestration.settings import OrchestrationSettings, with_message

log = logging.getLogger(__name__)


def tell_failure(context: Any) -> None:
    """Send the message about the task that failed; an `on_failure_callback`."""
    settings = OrchestrationSettings()
    message = failure_message(context)
    log.error("%s", message)
    if settings.airflow_notifier:
        notifier = pkgutil.resolve_name(settings.airflow_notifier)
        notifier(**with_message(settings.airflow_notifier_arguments, message))(context)


def failure_message(context: Any) -> str:
    """What failed, where, why, and what to do: a few lines of plain text."""
    task = context["ti"]
    error = context.get("exception")
    cause = error.__cause__ if isinstance(getattr(error, "__cause__", None), GoldreelError) else error
    lines = [f"goldreel: {task.dag_id} failed in {task.task_id} (run {context['run_id']})"]
    if isinstance(cause, GoldreelError):
        lines += [cause.what, f"where: {cause.where}" if cause.where else "", f"what to do: {cause.remedy}"]
    else:
        lines.append(str(cause or "see its log"))
    return "\n".join(line for line in lines if line)
