"""Several deliveries, one after the other."""

from collections import Counter

from generator.reading import SERIAL, table, titles
from goldreel.generator import GeneratedDelivery


def test_deliveries_cover_the_period_one_after_the_other(serial: GeneratedDelivery) -> None:
    assert [folder.name for folder in serial.folders] == [f"delivery_0{n}" for n in (1, 2, 3, 4)]
    seen: set[str] = set()
    ends = ["", ""]  # of the delivery before the last one, and of the last one
    for number, folder in enumerate(serial.folders):
        new = [row for row in table(folder, "viewing_sessions") if row["session_id"] not in seen]
        late = [row for row in new if row["watch_date"] <= ends[-1]]
        assert bool(late) == (number > 0)
        assert len(late) < 0.02 * len(new)
        assert all(row["watch_date"] > ends[-2] for row in late)
        ends.append(max(row["watch_date"] for row in new))
        seen |= {row["session_id"] for row in new}
    assert len(seen) == SERIAL.sessions


def test_later_deliveries_correct_earlier_sessions(serial: GeneratedDelivery) -> None:
    known: dict[str, dict[str, str]] = {}
    for number, folder in enumerate(serial.folders):
        rows = table(folder, "viewing_sessions")
        corrected = [row for row in rows if row["session_id"] in known]
        assert bool(corrected) == (number > 0)
        changed = ("watch_duration_minutes", "completion_percentage")
        for row in corrected:
            before = known[row["session_id"]]
            assert {key for key in row if row[key] != before[key]} <= set(changed)
        known |= {row["session_id"]: row for row in rows}


def test_later_deliveries_bring_new_and_changed_users(serial: GeneratedDelivery) -> None:
    known = {row["user_id"]: row for row in table(serial.folders[0], "users")}
    changes: Counter[str] = Counter()
    for folder in serial.folders[1:]:
        rows = table(folder, "users")
        assert any(row["user_id"] not in known for row in rows)
        for row in rows:
            before = known.get(row["user_id"], row)
            changes.update(key for key in row if row[key] != before[key])
        known |= {row["user_id"]: row for row in rows}
    assert set(changes) == {"total_watch_time_hours", "subscription_type", "country"}
    assert len(known) == SERIAL.users


def test_later_deliveries_bring_new_and_changed_titles_but_not_each(serial: GeneratedDelivery) -> None:
    assert [(folder / "content.json").exists() for folder in serial.folders] == [True, False, True, True]
    known = titles(serial.folders[0])
    for folder in serial.folders[2:]:
        brought = titles(folder)
        assert brought.keys() - known.keys()
        both = brought.keys() & known.keys()
        assert {key for title in both for key in known[title] if known[title][key] != brought[title][key]} == {
            *("rating", "views_count", "total_views")
        }
        known |= brought
    assert len(known) == SERIAL.titles


def test_some_users_and_titles_arrive_after_their_sessions(serial: GeneratedDelivery) -> None:
    first, sessions = serial.folders[0], table(serial.folders[0], "viewing_sessions")
    assert {s["user_id"] for s in sessions} - {user["user_id"] for user in table(first, "users")}
    assert {s["content_id"] for s in sessions} - titles(first).keys()
