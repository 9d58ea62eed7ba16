"""Thresholds that the sources of a warehouse's users are made for."""

from __future__ import annotations

import json

from goldreel.config import Settings
from goldreel.engines import Engine
from goldreel.loading.contract import LOADS, USERS
from goldreel.loading.ledger import DECLARATIONS


def with_thresholds_of_sources(engine: Engine, settings: Settings) -> Settings:
    """The settings, with the thresholds that the sources of all users say, where they say the same.

    Users of a platform's own snapshots know their hours; users made of plays have those of the plays, and whoever made
    them says from when on such a user counts. Where both are in one warehouse, the settings alone decide.
    """
    if not engine.has_table(DECLARATIONS.schema, DECLARATIONS.name):
        return settings
    found = engine.execute(
        f"select {DECLARATIONS}.thresholds from {LOADS} left join {DECLARATIONS} "
        f"on {LOADS}.load_id = {DECLARATIONS}.load_id where {LOADS}.entity = ? and {LOADS}.status = 'loaded'",
        [USERS.name],
    )
    said = {row[0] or "{}" for row in found.rows}
    if len(said) != 1:
        return settings
    declared = json.loads(said.pop())
    return settings.model_copy(update={"thresholds": declared | settings.thresholds}) if declared else settings
