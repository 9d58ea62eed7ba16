"""How a task ends that cannot go on: its reason as plain lines in its log, and a second try only where it helps."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from goldreel.errors import BuildOvertaken, GoldreelError, NothingDue, ServerLost, ServerUnreachable, WarehouseInUse

log = logging.getLogger(__name__)


class TaskFailed(AirflowFailException):
    """A failure that another try does not mend.

    Attributes:
        reason: what happened, where, and what to do.
    """

    def __init__(self, reason: GoldreelError) -> None:
        super().__init__(reason.what)
        self.reason = reason


class TaskWaits(AirflowException):
    """A failure that another try may mend: the warehouse is in use, or cannot be reached."""

    def __init__(self, reason: GoldreelError) -> None:
        super().__init__(reason.what)
        self.reason = reason


@contextmanager
def told() -> Iterator[None]:
    """Let a task end as Airflow understands it."""
    try:
        yield
    except (BuildOvertaken, NothingDue) as error:
        skip(error.what)
    except (WarehouseInUse, ServerLost, ServerUnreachable) as error:
        _say(error)
        raise TaskWaits(error) from None
    except GoldreelError as error:
        fail(error)


def fail(error: GoldreelError) -> NoReturn:
    _say(error)
    raise TaskFailed(error) from None


def skip(reason: str) -> NoReturn:
    log.info("%s", reason)
    raise AirflowSkipException(reason)


def reason_lines(error: GoldreelError) -> list[str]:
    """What people read of it, line by line."""
    where = f"where: {error.where}" if error.where else ""
    remedy = f"what to do: {error.remedy}" if error.remedy else ""
    return [line for text in (error.what, where, remedy) if text for line in text.splitlines()]


def _say(error: GoldreelError) -> None:
    """Before the traceback that Airflow writes, which is about Airflow and not about the reason."""
    for line in reason_lines(error):
        log.error("%s", line)
