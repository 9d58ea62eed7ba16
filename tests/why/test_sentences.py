"""What a person reads of a change."""

from __future__ import annotations

from goldreel.why.kpis import KPIS
from goldreel.why.parts import Explained, LoadPart, Part
from goldreel.why.sentences import sentence, what_moved

KPI = {kpi.name: kpi for kpi in KPIS}
HOURS = KPI["total_watch_hours"]


def test_the_largest_parts_come_first_with_the_file_behind_them() -> None:
    new = Part("new", 1902.4, 40, (LoadPart(12, "viewing_sessions.csv", 1902.4, 40),))
    late = Part("late", 402.0, 9, tuple(LoadPart(load, "viewing_sessions.csv", 134.0, 3) for load in (7, 8, 9)))
    corrected = Part("corrected", -71.3, 2, (LoadPart(12, "viewing_sessions.csv", -71.3, 2),))
    assert sentence(Explained(HOURS, 208_769.0, 211_002.1, (new, late, corrected))) == (
        "Watch hours rose by 2,233.1 h (+1.1 %), from 208,769.0 h to 211,002.1 h. "
        "1,902.4 h from new sessions (viewing_sessions.csv of load 12), 402.0 h from late sessions of 3 files, "
        "−71.3 h from corrections (viewing_sessions.csv of load 12)."
    )


def test_what_fell_says_so() -> None:
    part = Part("corrected", -3.0, 3)
    assert sentence(Explained(KPI["active_users_100h_plus"], 10, 7, (part,))) == (
        "Active users fell by 3 (−30.0 %), from 10 to 7. −3 from later snapshots of users."
    )


def test_what_did_not_move_says_so() -> None:
    assert sentence(Explained(KPI["total_users"], 10, 10, ())) == "Users did not change: 10."


def test_what_moved_by_less_than_is_shown_says_so() -> None:
    parts = (Part("new", 0.02, 2), Part("corrected", -0.03, 2))
    assert sentence(Explained(HOURS, 10.01, 10.0, parts)) == "Watch hours moved by less than is shown: 10.0 h."
    assert sentence(Explained(HOURS, 10.01, 10.0, (Part("new", 2.0, 2), Part("corrected", -2.01, 2)))).startswith(
        "Watch hours stayed at 10.0 h: −2.0 h from corrections, 2.0 h from new sessions"
    )


def test_parts_that_cancel_are_still_told() -> None:
    parts = (Part("new", 2.0, 2), Part("withdrawn", -2.0, 2))
    assert sentence(Explained(KPI["total_users"], 10, 10, parts)) == (
        "Users stayed at 10: 2 from new users, −2 from deliveries that were taken back."
    )


def test_the_first_build_begins_from_nothing() -> None:
    average = KPI["avg_user_engagement_hours"]
    assert sentence(Explained(average, None, 473.975, (Part("new", 473.975, 9),))) == (
        "Lifetime hours per active user rose by 473.98 h, from nothing to 473.98 h. 473.98 h from new users."
    )
    assert sentence(Explained(average, None, None, ())) == "Lifetime hours per active user: nothing to count yet."


def test_parts_beyond_the_largest_are_told_as_one() -> None:
    causes = ["new", "late", "corrected", "released", "withdrawn"]
    parts = tuple(Part(cause, float(10 - number), 1) for number, cause in enumerate(causes))
    assert sentence(Explained(HOURS, 0.0, 40.0, parts)).endswith(", 13.0 h from 2 other causes.")


def test_parts_too_small_to_be_seen_are_left_out() -> None:
    size = KPI["effective_catalog_size"]
    parts = (Part("new", 3.1, 5), Part("corrected", -0.001, 2))
    assert sentence(Explained(size, 33.6, 36.699, parts)).endswith(" 3.1 titles from new sessions.")


def test_a_single_cause_beyond_the_largest_is_named() -> None:
    parts = tuple(Part(cause, 9.0, 1) for cause in ("new", "late", "corrected", "withdrawn"))
    assert sentence(Explained(HOURS, 0.0, 36.0, parts)).endswith("9.0 h from deliveries that were taken back.")


def test_the_summary_of_a_run_tells_the_three_that_people_ask_for_first() -> None:
    part = (Part("new", 2.0, 2),)
    explained = [Explained(kpi, 10.0, 12.0, part) for kpi in KPIS]
    told = what_moved(explained)
    assert [line.partition(" rose")[0] for line in told] == ["Watch hours", "Active users", "Viewing sessions"]


def test_the_summary_of_a_run_says_nothing_where_nothing_moved_or_nothing_was_before() -> None:
    assert what_moved([Explained(kpi, 10.0, 10.0, ()) for kpi in KPIS]) == ()
    assert what_moved([Explained(kpi, 10.0, 10.0 + 1e-9, (Part("new", 1e-9, 1),)) for kpi in KPIS]) == ()
    assert what_moved([Explained(kpi, 0, 12.0, (Part("new", 12.0, 12),)) for kpi in KPIS]) == ()
