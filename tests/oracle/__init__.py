"""The data contract in plain Python: an independent account of what deliveries must become.

Tests compare a warehouse with it cell by cell. It shares no code with the pipeline, and prefers
being obviously right to being fast: deliveries -> bronze -> rules -> silver -> gold, in that order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from oracle.bronze import load
from oracle.comparison import close, differences
from oracle.silver import build
from oracle.tables import KEYS, SESSIONS, USERS, Warehouse

__all__ = ["KEYS", "SESSIONS", "USERS", "Warehouse", "account_for", "close", "differences"]


def account_for(deliveries: Sequence[Path], as_of: date) -> Warehouse:
    """The warehouse after loading the delivery folders in the order given, seen on the day `as_of`."""
    warehouse = Warehouse({table: [] for table in KEYS}, [])
    load(deliveries, warehouse)
    build(warehouse.tables, as_of)
    return warehouse
