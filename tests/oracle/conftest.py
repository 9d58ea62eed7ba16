"""Cases that several tests of the oracle look at."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from oracle import (
    Warehouse,
    account_for,
)
from oracle.cases import AS_OF, content, deliver, movie, sessions, users


@pytest.fixture
def small(tmp_path: Path) -> Warehouse:
    """Two users of Peru, one without sessions in Chile; a film of two genres and one unwatched."""
    last = date(2024, 8, 31)
    days = [last, last - timedelta(29), last - timedelta(30), last - timedelta(59), last - timedelta(60)]
    watched = [f"S{n},U1,M1,{on},{10 * (n + 1)},{'' if n else 40},TV,HD" for n, on in enumerate(days)]
    delivery = deliver(
        tmp_path / "small",
        users_csv=users(
            "U1,20,Peru,Basic,2024-08-01,500",
            "U2,,Peru,Basic,2024-09-02,300",
            "U3,40,Chile,Basic,2024-09-01,100",
        ),
        viewing_sessions_csv=sessions(*watched, f"S9,U2,S1,{last},60,80,TV,HD"),
        content_json=content(
            [
                movie("M1", genre=["Drama", "Action"], production_budget=3_000_000, rating=4.5),
                movie("M2", production_budget=0),
            ],
            [
                {
                    "content_id": "S1",
                    "genre": "Drama",
                    "episodes_per_season": [2],
                    "avg_episode_duration": 30,
                    "rating": -2,
                }
            ],
        ),
    )
    return account_for([delivery], AS_OF)
