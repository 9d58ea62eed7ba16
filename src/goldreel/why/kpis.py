"""The numbers that can be explained: those of `gold_executive_summary`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["sum", "shapley"]


@dataclass(frozen=True)
class Kpi:
    """A number that can be explained.

    Attributes:
        name: its column in `gold_executive_summary`.
        label: its name in a sentence.
        unit: what is counted, for people; empty where the label says it.
        entity: whose changes move it.
        how: `sum`: a cause's part is the sum over its changes, record by record; `shapley`: causes act together, and a
            cause's part is its Shapley value.
        digits: decimals that people are shown.
    """

    name: str
    label: str
    unit: str
    entity: str
    how: How
    digits: int = 0


KPIS = (
    Kpi("active_users_100h_plus", "Active users", "", "users", "sum"),
    Kpi("total_users", "Users", "", "users", "sum"),
    Kpi("total_content_catalog", "Titles in the catalogue", "", "content", "sum"),
    Kpi("total_viewing_sessions", "Viewing sessions", "", "viewing_sessions", "sum"),
    Kpi("total_watch_hours", "Watch hours", "h", "viewing_sessions", "sum", 1),
    Kpi("avg_user_engagement_hours", "Lifetime hours per active user", "h", "users", "shapley", 2),
    Kpi("content_with_views", "Titles with views", "", "viewing_sessions", "shapley"),
    Kpi("effective_catalog_size", "Effective catalogue size", "titles", "viewing_sessions", "shapley", 1),
)

# A change has the first of these that fits.
CAUSES = {
    "forgotten": "a person was forgotten",
    "withdrawn": "a delivery was taken back",
    "repaired": "a record was repaired",
    "new": "new records",
    "late": "sessions of days before, delivered late",
    "corrected": "records delivered again with other values",
    "released": "sessions that had waited for their user or title",
    "user_activated": "sessions of users who became active",
    "user_lapsed": "sessions of users who are active no more",
    "definition": "settings or rules changed",
}
