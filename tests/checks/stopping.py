"""Thresholds for deliveries that are wrong on purpose."""

from __future__ import annotations

NONE_STOPPED = {"broken_share_stopped": 1.0, "held_share_stopped": 1.0, "identity_changed_stopped": 1.0}
"""No load keeps a build from being published."""
