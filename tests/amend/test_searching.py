"""What is looked for after somebody was forgotten is found where it is."""

from __future__ import annotations

from amend.home import Home
from goldreel.amend.searching import search


def test_a_user_and_their_sessions_are_found_wherever_they_are(small: Home) -> None:
    small.engine.execute("create table main.others (country varchar, label varchar)")
    small.engine.execute("insert into main.others values ('A', 'AB'), ('Peru', 'A')")
    found = search(small.engine, ["A", "nobody"], ["1", "none"])
    assert found.elsewhere == {"main.others.country": 1, "main.others.label": 1}
    wanted = {
        "bronze.users.user_id": 1,
        "bronze.viewing_sessions.user_id": 1,
        "bronze.viewing_sessions.session_id": 1,
        "bronze.rejected_records.raw": 1,
        "ops.kept_changes.record_key": 2,
        "version 1, main.silver_users.user_id": 1,
        "version 1, main.silver_viewing_sessions.session_id": 1,
    }
    assert {place: found.found.get(place) for place in wanted} == wanted
    assert search(small.engine, ["nobody"], ["none"]).found == {}
