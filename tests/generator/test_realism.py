"""A delivery looks like a streaming service's."""

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

from generator.reading import Rows, table, titles
from goldreel.generator import GeneratedDelivery


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_a_delivery_has_the_shape_of_the_platform(clean: GeneratedDelivery) -> None:
    folder = clean.folders[0]
    users, sessions, content = table(folder, "users"), table(folder, "viewing_sessions"), titles(folder)
    assert clean.records == {"users": 2_000, "viewing_sessions": 60_000, "content": 150}
    assert [user["user_id"] for user in users] == [f"U{n:04}" for n in range(1, 2_001)]
    assert [session["session_id"] for session in sessions] == [f"S{n:06}" for n in range(1, 60_001)]
    assert list(content) == [f"M{n:03}" for n in range(1, 101)] + [f"S{n:03}" for n in range(1, 51)]
    assert list(users[0]) == [
        *("user_id", "age", "country", "subscription_type", "registration_date", "total_watch_time_hours")
    ]
    assert list(content["M001"]) == [
        *("content_id", "title", "genre", "duration_minutes", "release_year"),
        *("rating", "views_count", "production_budget"),
    ]
    assert list(content["S001"]) == [
        *("content_id", "title", "genre", "seasons", "episodes_per_season", "avg_episode_duration"),
        *("rating", "total_views", "production_budget"),
    ]


def test_without_dirt_every_record_is_valid(clean: GeneratedDelivery) -> None:
    folder = clean.folders[0]
    users, content = {user["user_id"] for user in table(folder, "users")}, titles(folder)
    for user in table(folder, "users"):
        assert 18 <= int(user["age"]) <= 65
        assert float(user["total_watch_time_hours"]) >= 0
    for session in table(folder, "viewing_sessions"):
        assert session["user_id"] in users
        assert session["content_id"] in content
        assert date(2024, 1, 1) <= date.fromisoformat(session["watch_date"]) <= date(2024, 8, 31)
        assert 0 < int(session["watch_duration_minutes"]) <= 1440
        assert 0 <= float(session["completion_percentage"]) <= 100
        assert session["device_type"] in ("Mobile", "Smart TV", "Desktop", "Tablet", "Gaming Console")
        assert session["quality_level"] in ("SD", "HD", "4K")
    for title in content.values():
        assert 1 <= len(set(title["genre"])) == len(title["genre"]) <= 3
        assert 1 <= title["rating"] <= 5
        assert len(title.get("episodes_per_season", [])) == title.get("seasons", 0)
    assert not clean.faults


def test_a_few_titles_and_a_few_users_make_up_most_of_the_viewing(clean: GeneratedDelivery) -> None:
    sessions = table(clean.folders[0], "viewing_sessions")
    for column, everything in (("content_id", 150), ("user_id", 2_000)):
        counts = Counter(session[column] for session in sessions).most_common()
        assert sum(n for _, n in counts[: everything // 10]) > 0.3 * len(sessions)


def test_users_watch_from_their_registration_on(clean: GeneratedDelivery) -> None:
    registered = {user["user_id"]: user["registration_date"] for user in table(clean.folders[0], "users")}
    assert max(registered.values()) > "2024-06-01"
    sessions = table(clean.folders[0], "viewing_sessions")
    assert all(session["watch_date"] >= registered[session["user_id"]] for session in sessions)


def test_some_users_go_quiet_and_most_stay(clean: GeneratedDelivery) -> None:
    watched: dict[str, list[str]] = defaultdict(list)
    for session in table(clean.folders[0], "viewing_sessions"):
        watched[session["user_id"]].append(session["watch_date"])
    eager = [dates for dates in watched.values() if sum(day < "2024-03-01" for day in dates) >= 10]
    assert 0.05 < mean([max(dates) < "2024-07-01" for dates in eager]) < 0.4


def test_plans_differ_in_activity_quality_and_completion(clean: GeneratedDelivery) -> None:
    plan = {user["user_id"]: user["subscription_type"] for user in table(clean.folders[0], "users")}
    people = Counter(plan.values())
    of_plan: dict[str, Rows] = defaultdict(list)
    for session in table(clean.folders[0], "viewing_sessions"):
        of_plan[plan[session["user_id"]]].append(session)
    for less, more in (("Basic", "Standard"), ("Standard", "Premium")):
        assert len(of_plan[less]) / people[less] < 0.85 * len(of_plan[more]) / people[more]
        for measure in (
            lambda session: session["quality_level"] == "4K",
            lambda session: float(session["completion_percentage"]),
        ):
            assert mean([measure(s) for s in of_plan[less]]) < mean([measure(s) for s in of_plan[more]])


def test_series_are_watched_in_runs_and_movies_once_or_twice(clean: GeneratedDelivery) -> None:
    sessions = table(clean.folders[0], "viewing_sessions")
    same: dict[str, list[float]] = defaultdict(list)
    for before, after in pairwise(sessions):
        if before["user_id"] == after["user_id"]:
            same[before["content_id"][0]].append(before["content_id"] == after["content_id"])
    assert mean(same["S"]) > 4 * mean(same["M"])
    viewings = Counter((s["user_id"], s["content_id"]) for s in sessions if s["content_id"][0] == "M")
    assert mean([n <= 2 for n in viewings.values()]) > 0.95


def test_weekends_are_busier(clean: GeneratedDelivery) -> None:
    sessions = table(clean.folders[0], "viewing_sessions")
    days = Counter(date.fromisoformat(session["watch_date"]).weekday() for session in sessions)
    assert days[5] > 1.3 * days[0]


def test_most_users_have_watched_for_100_hours_and_the_active_ones_for_more(clean: GeneratedDelivery) -> None:
    hours = {u["user_id"]: float(u["total_watch_time_hours"]) for u in table(clean.folders[0], "users")}
    assert 0.84 <= mean([lifetime >= 100 for lifetime in hours.values()]) <= 0.86
    sessions = Counter(session["user_id"] for session in table(clean.folders[0], "viewing_sessions"))
    busiest = [user for user, _ in sessions.most_common(200)]
    assert mean([hours[user] for user in busiest]) > 2 * mean(list(hours.values()))
