"""What the DAGs tell each other. Imports Airflow."""

from __future__ import annotations

from airflow.sdk import Asset, AssetAlias, AssetWatcher

from goldreel.config import load_settings
from goldreel.loading.contract import ENTITIES
from goldreel.orchestration.settings import OrchestrationSettings
from goldreel.orchestration.watcher import DeliveryTrigger

BRONZE = {entity.name: Asset(f"goldreel_bronze_{entity.name}") for entity in ENTITIES}
SILVER_BUILT = Asset("goldreel_silver")
PUBLISHED = Asset("goldreel_published")

LEFT_OVER = Asset("goldreel_bronze_left_over")
"""Loads that came while a build was made, which does not have them."""

WHAT_IS_LEFT = AssetAlias("goldreel_what_is_left")
"""Through it, `publish` tells of LEFT_OVER when there is any, and of nothing else."""

DUE = {part: Asset(f"goldreel_due_{part}") for part in ("csv", "json", "silver", "gold")}
"""What a look found to be due, of which no news told: files to load, a build to begin, its gold to make."""

WHAT_IS_DUE = AssetAlias("goldreel_what_is_due")
"""Through it, a look tells of those of DUE that are, and of nothing else.

Told so, and not by triggering runs: Airflow 3.3 makes no run of news while it believes that a DAG has as many runs as
it may have, and does not count anew when a run ends that a task has triggered.
"""


def arrived(name: str, kinds: list[str]) -> Asset:
    """Whatever has arrived of these kinds of file; each DAG watches for its own, from the moment it is there."""
    settings = OrchestrationSettings()
    trigger = DeliveryTrigger(settings.watched, kinds, settings.deliveries_settle, load_settings().sources)
    return Asset(name, watchers=[AssetWatcher(name=name, trigger=trigger)])
