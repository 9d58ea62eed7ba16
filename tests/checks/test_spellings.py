"""Texts that were encoded twice, and texts that the eye cannot tell apart."""

from __future__ import annotations

from checks.history import Checker, History, session, title, user

MAKE = {"users": user, "viewing_sessions": session, "content": title}
SPELLED = [
    ("users", "country"),
    ("users", "subscription_type"),
    ("viewing_sessions", "device_type"),
    ("viewing_sessions", "quality_level"),
    ("content", "title"),
    ("content", "genre"),
]
PROPER = [
    *("México", "Perú", "Côte d'Ivoire", "Ñuñoa", "Überraschung", "Çeşme", "naïve", "Łódź", "København", "ÅÄÖ"),
    *("Привет", "Ελλάδα", "日本語", "한국어", "العربية", "עברית", "ไทย", "Việt Nam", "emoji 🎬", "«CAFÉ»", "SMÖRGÅS…"),
    *("3 × 4", "5 – 6", "“quoted”", "it’s", "10 €", "½ Ã", "São Paulo", "pâté — maison", "À la carte"),
]


def twice(text: str, wrong: str) -> str:
    return text.encode().decode(wrong)


def test_utf_8_read_in_another_encoding_is_suspicious(checker: Checker) -> None:
    history = History().known()
    expected = {}
    for entity, column in SPELLED:
        for wrong in ("latin-1", "cp1252"):
            spoilt = twice("México", wrong)
            load = history.load(entity, [MAKE[entity](1), MAKE[entity](2, **{column: spoilt})])
            expected[load] = ("suspicious", "1 text, in 1 value", f"{column} = {spoilt} (row 2)")
    found = {each.load_id: each for each in checker.checks(history) if each.check_name == "encoded_twice"}
    assert {load: (found[load].verdict, found[load].observed, found[load].example) for load in expected} == expected


def test_texts_of_many_scripts_are_recognised_when_encoded_twice(checker: Checker) -> None:
    texts = [
        "Perú",
        "Ñuñoa",
        "it’s",
        "“quoted”",
        "Привет",
        "Ελλάδα",
        "日本語",
        "한국어",
        "emoji 🎬",
        "Łódź",
        "10 €",
        "™",
    ]
    history = History()
    for text in texts:
        history.load("content", [title(1, title=twice(text, "latin-1"))])
    found = [each for each in checker.checks(history) if each.check_name == "encoded_twice"]
    assert [text for text, each in zip(texts, found, strict=True) if each.verdict != "suspicious"] == []


def test_what_is_written_as_it_should_be_is_no_alarm(checker: Checker) -> None:
    history = History().known()
    history.load("users", [user(number, country=text) for number, text in enumerate(PROPER)])
    history.load("content", [title(number, title=text) for number, text in enumerate(PROPER)])
    assert checker.not_ok(history) == []


ALIKE = [
    ("Costa Rica", "Costa\u00a0Rica", "Costa\\u00a0Rica"),
    ("Costa Rica", "Costa\u3000Rica", "Costa\\u3000Rica"),
    ("Peru", "Peru\u00a0", "Peru\\u00a0"),
    ("Peru", "\u200bPeru", "\\u200bPeru"),
    ("Peru", "Pe\u00adru", "Pe\\u00adru"),
    ("Peru", "\ufeffPeru", "\\ufeffPeru"),
    ("Perú", "Peru\u0301", "Peru\\u0301"),
    ("México", "Me\u0301xico", "Me\\u0301xico"),
    ("Łódź", "Ło\u0301dz\u0301", "Ło\\u0301dz\\u0301"),
]


def test_texts_that_look_alike_are_suspicious_and_shown_with_escapes(checker: Checker) -> None:
    found = {}
    for entity, column in (("users", "country"), ("content", "title")):
        history = History().known()
        loads = [
            history.load(
                entity, [MAKE[entity](1, **{column: f"{at}{plain}"}), MAKE[entity](2, **{column: f"{at}{hidden}"})]
            )
            for at, (plain, hidden, _) in enumerate(ALIKE)
        ]
        checks = {each.load_id: each for each in checker.checks(history) if each.check_name == "look_alikes"}
        found[column] = [(checks[load].verdict, checks[load].observed, checks[load].example) for load in loads]
    assert found == {
        column: [
            ("suspicious", "1 text", f"{column}: {at}{written} looks like {at}{plain} (row 2)")
            for at, (plain, _, written) in enumerate(ALIKE)
        ]
        for column in found
    }


def test_every_column_of_words_is_looked_at_also_against_earlier_loads(checker: Checker) -> None:
    history = History().known()
    first = [history.load(entity, [MAKE[entity](1, **{column: "Costa Rica"})]) for entity, column in SPELLED]
    later = [history.load(entity, [MAKE[entity](2, **{column: "Costa\u202fRica"})]) for entity, column in SPELLED]
    found = {each.load_id: each.verdict for each in checker.checks(history) if each.check_name == "look_alikes"}
    assert [found[load] for load in (*first, *later)] == ["ok"] * len(first) + ["suspicious"] * len(later)


def test_ids_that_look_alike_are_suspicious(checker: Checker) -> None:
    history = History().known()
    expected = {}
    for at, (entity, key) in enumerate(
        [
            *(("users", "user_id"), ("content", "content_id"), ("viewing_sessions", "session_id")),
            *(("viewing_sessions", "user_id"), ("viewing_sessions", "content_id")),
        ]
    ):
        owner = {"user_id": "users", "content_id": "content", "session_id": "viewing_sessions"}[key]
        history.load(owner, [MAKE[owner](5, **{key: f"X{at}"})])
        load = history.load(entity, [MAKE[entity](1000 + at, **{key: f"X{at}\u200b"})])
        expected[load] = ("suspicious", f"{key}: X{at}\\u200b looks like X{at} (row 1)")
    found = {each.load_id: each for each in checker.checks(history) if each.check_name == "look_alikes"}
    assert {load: (found[load].verdict, found[load].example) for load in expected} == expected


def test_a_hidden_sign_without_a_twin_is_how_someone_writes(checker: Checker) -> None:
    history = History().known()
    history.load(
        "content", [title(1, title="Quoi\u00a0?"), title(2, title="می\u200cخواهم"), title(3, title="👨\u200d👩")]
    )
    history.load("users", [user(1, country="Perú"), user(2, country="Peru"), user(3, country="peru")])
    assert checker.not_ok(history) == []
