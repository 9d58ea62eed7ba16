"""Tells people that something is wrong, through a webhook that takes what Slack's incoming webhooks take."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

from goldreel.config import Settings
from goldreel.errors import GoldreelError

_SECONDS = 10.0


def send_alert(settings: Settings, text: str) -> bool:
    """Send a message to the webhook of the settings.

    Returns:
        Whether there is one.

    Raises:
        GoldreelError: it did not take the message.
    """
    address = settings.alert_webhook.get_secret_value()
    if not address:
        return False
    body = json.dumps({"text": _escaped(text)}).encode()
    problem = ""
    try:
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=_SECONDS):
            return True
    except urllib.error.HTTPError as error:
        problem = f"it answered {error.code} {error.reason}"
    except (OSError, ValueError) as error:
        problem = str(getattr(error, "reason", error)).replace(address, "the address")
    # The address may hold a secret, as Slack's do.
    raise GoldreelError(
        f"The message could not be sent: {problem}.",
        where="GOLDREEL_ALERT_WEBHOOK",
        remedy="correct the address, or see whether its host can be reached from here",
    )


def _escaped(text: str) -> str:
    """Slack reads these three characters as its own markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
