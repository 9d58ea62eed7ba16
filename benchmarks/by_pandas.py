"""The seven gold tables with pandas: python -m benchmarks.by_pandas DELIVERY OUTPUT AS_OF.

It reads one well-formed file of each kind, judges every record by the rules, aggregates in memory and writes gold as
Parquet. No warehouse comes of it: no bronze, no quarantine to look into, no silver and no star schema.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

NUMBER = r"[+-]?[0-9]+(\.[0-9]+)?"
WHOLE = r"[+-]?[0-9]+"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?"


def main(delivery: str, output: str, as_of: str) -> None:
    """Write OUTPUT/gold_*.parquet."""
    folder = Path(delivery)
    users = judged_users(pd.read_csv(folder / "users.csv", dtype="str", keep_default_na=False, engine="pyarrow"))
    titles = judged_titles(json.loads((folder / "content.json").read_text(encoding="utf-8")))
    sessions = judged_sessions(
        pd.read_csv(folder / "viewing_sessions.csv", dtype="str", keep_default_na=False, engine="pyarrow"),
        users,
        titles,
    )
    account = pd.concat(
        [
            frame.groupby(["outcome", "rule"], dropna=False).size().reset_index(name="records").assign(entity=entity)
            for entity, frame in (("users", users), ("viewing_sessions", sessions), ("content", titles))
        ]
    )
    users, titles, sessions = (frame[frame["outcome"] == "current"] for frame in (users, titles, sessions))
    Path(output).mkdir(parents=True)
    for name, table in gold(users, titles, sessions, pd.Timestamp(as_of)).items():
        table.to_parquet(f"{output}/{name}.parquet")
    account.to_parquet(f"{output}/gold_data_quality.parquet")


def clean(text: pd.Series) -> pd.Series:
    """Trimmed; missing when nothing is left."""
    text = text.str.strip(" \t\r\n")
    return text.mask(text == "")


def number(text: pd.Series, pattern: str = NUMBER) -> pd.Series:
    return pd.to_numeric(text.where(text.str.fullmatch(pattern)), errors="coerce").astype("float64")


def day(text: pd.Series) -> pd.Series:
    return pd.to_datetime(text.where(text.str.fullmatch(DAY)).str[:10], format="%Y-%m-%d", errors="coerce")


def plausible(days: pd.Series) -> pd.Series:
    return days.between("1900-01-01", pd.Timestamp.now("UTC").tz_localize(None).normalize() + pd.Timedelta(days=1))


def two_decimals(values: pd.Series) -> pd.Series:
    return np.sign(values) * np.floor(values.abs() * 100 + 0.5) / 100


def judged(frame: pd.DataFrame, key: str, rules: dict[str, pd.Series]) -> pd.DataFrame:
    """Add the first rule that a record breaks, and the outcome that follows; later records replace earlier ones."""
    rule = pd.Series(np.select(list(rules.values()), list(rules), default=""), frame.index, dtype="str")
    rule = rule.mask(rule == "")
    valid = frame[rule.isna()]
    outcome = pd.Series("quarantined", frame.index, dtype="str")
    outcome[valid.index] = np.where(valid[key].duplicated(keep="last"), "superseded", "current")
    return frame.assign(rule=rule, outcome=outcome)


def judged_users(raw: pd.DataFrame) -> pd.DataFrame:
    raw = raw.apply(clean)
    age = number(raw["age"], WHOLE)
    frame = pd.DataFrame(
        {
            "user_id": raw["user_id"],
            "age": age.where(age.between(0, 120)),
            "country": raw["country"].fillna("Unknown"),
            "subscription_type": raw["subscription_type"].fillna("Unknown"),
            "signup_date": day(raw["registration_date"]),
            "total_watch_time_hours": number(raw["total_watch_time_hours"]),
        }
    )
    rules = {
        "user_id_missing": frame["user_id"].isna(),
        "hours_invalid": ~frame["total_watch_time_hours"].between(0, 1_000_000),
        "signup_date_invalid": frame["signup_date"].isna(),
        "signup_date_implausible": ~plausible(frame["signup_date"]),
    }
    frame = judged(frame, "user_id", rules)
    inactive = (frame["outcome"] == "current") & (frame["total_watch_time_hours"] < 100)
    frame.loc[inactive, "outcome"] = "inactive_user"
    return frame


def judged_titles(document: dict[str, list[dict[str, object]]]) -> pd.DataFrame:
    movies = pd.DataFrame(document["movies"], dtype="object").assign(content_type="movie")
    series = pd.DataFrame(document["series"], dtype="object").assign(content_type="series")
    average = number(clean(series["avg_episode_duration"].astype("str")))
    series["duration_minutes"] = average * series["episodes_per_season"].map(sum, na_action="ignore")
    raw = pd.concat([movies, series], ignore_index=True)
    genre = raw["genre"].map(", ".join, na_action="ignore")
    raw = raw.drop(columns=["genre", "episodes_per_season"]).astype("str").apply(clean)
    year, budget = number(raw["release_year"], WHOLE), number(raw["production_budget"])
    frame = pd.DataFrame(
        {
            "content_id": raw["content_id"],
            "title": raw["title"].fillna("Untitled"),
            "genre": clean(genre.astype("str")).fillna("Unknown"),
            "content_type": raw["content_type"],
            "duration_minutes": number(raw["duration_minutes"]),
            "release_year": year.where(year.between(1, 9999), 2020),
            "rating": number(raw["rating"]).clip(0, 5),
            "production_budget": budget.where(budget.between(0, 1e13)),
        }
    )
    rules = {
        "content_id_missing": frame["content_id"].isna(),
        "content_duration_invalid": ~((frame["duration_minutes"] > 0) & (frame["duration_minutes"] <= 1_000_000)),
    }
    return judged(frame, "content_id", rules)


def judged_sessions(raw: pd.DataFrame, users: pd.DataFrame, titles: pd.DataFrame) -> pd.DataFrame:
    minutes = number(clean(raw["watch_duration_minutes"]))
    completion = number(clean(raw["completion_percentage"]))
    frame = pd.DataFrame(
        {
            "session_id": clean(raw["session_id"]),
            "user_id": clean(raw["user_id"]),
            "content_id": clean(raw["content_id"]),
            "watch_date": day(clean(raw["watch_date"])),
            "duration_minutes": minutes,
            "completion_percentage": completion.where(completion.between(0, 100)),
        }
    )
    rules = {
        "session_id_missing": frame["session_id"].isna(),
        "user_id_missing": frame["user_id"].isna(),
        "content_id_missing": frame["content_id"].isna(),
        "watch_date_invalid": frame["watch_date"].isna(),
        "watch_date_implausible": ~plausible(frame["watch_date"]),
        "duration_invalid": ~((frame["duration_minutes"] > 0) & (frame["duration_minutes"] <= 1440)),
    }
    frame = judged(frame, "session_id", rules).drop(columns="session_id")
    # From here on the keys only group and join: as categories they take a fraction of the memory and the time.
    frame = frame.astype({"user_id": "category", "content_id": "category"})
    known_users = users[users["outcome"].isin(["current", "inactive_user"])]
    current = frame["outcome"] == "current"
    no_user = current & ~frame["user_id"].isin(known_users["user_id"])
    no_title = current & ~no_user & ~frame["content_id"].isin(titles.loc[titles["outcome"] == "current", "content_id"])
    inactive = frame["user_id"].isin(known_users.loc[known_users["outcome"] == "inactive_user", "user_id"])
    frame.loc[no_user, "rule"], frame.loc[no_title, "rule"] = "user_unknown", "content_unknown"
    frame.loc[no_user | no_title, "outcome"] = "held"
    frame.loc[current & ~no_user & ~no_title & inactive, "outcome"] = "inactive_user"
    return frame


def gold(
    users: pd.DataFrame, titles: pd.DataFrame, sessions: pd.DataFrame, as_of: pd.Timestamp
) -> dict[str, pd.DataFrame]:
    """The gold tables without the account, from current records only."""
    pairs = sessions[["user_id", "content_id"]].drop_duplicates()

    by_user = sessions.groupby("user_id", observed=True)
    views = pd.DataFrame(
        {
            "total_sessions": by_user.size(),
            "avg_session_duration": by_user["duration_minutes"].mean(),
            "total_minutes_watched": by_user["duration_minutes"].sum(),
            "unique_content_watched": pairs.groupby("user_id", observed=True).size(),
            "avg_completion_rate": by_user["completion_percentage"].mean(),
            "last_watch_date": by_user["watch_date"].max(),
        }
    )
    counts = ["total_sessions", "total_minutes_watched", "unique_content_watched"]
    analytics = users.drop(columns=["rule", "outcome"]).join(views, on="user_id").fillna(dict.fromkeys(counts, 0))
    bands, names = [0, 150, 300, 500, np.inf], ["Light User", "Regular User", "Heavy User", "Power User"]
    analytics["user_segment"] = pd.cut(analytics["total_watch_time_hours"], bands, right=False, labels=names).astype(
        "str"
    )
    analytics["days_since_signup"] = (as_of - analytics["signup_date"]).dt.days

    by_title = sessions.groupby("content_id", observed=True)
    views = pd.DataFrame(
        {
            "total_views": by_title.size(),
            "unique_viewers": pairs.groupby("content_id", observed=True).size(),
            "avg_watch_time": by_title["duration_minutes"].mean(),
            "avg_completion_rate": by_title["completion_percentage"].mean(),
        }
    )
    performance = titles.drop(columns=["rule", "outcome"]).join(views, on="content_id")
    performance = performance.fillna({"total_views": 0, "unique_viewers": 0})
    millions = performance["production_budget"].where(performance["production_budget"] > 0) / 1_000_000
    performance["views_per_million_budget"] = two_decimals(performance["total_views"] / millions)
    bands, names = [0, 3, 3.5, 4, 4.5, np.inf], ["Below Average", "Average", "Good", "Very Good", "Excellent"]
    performance["rating_category"] = pd.cut(performance["rating"], bands, right=False, labels=names).astype("str")

    country_of = users.set_index("user_id")["country"]
    watched = pairs.assign(country=pairs["user_id"].map(country_of))[["country", "content_id"]].drop_duplicates()
    by_country = analytics.groupby("country")
    country = pd.DataFrame(
        {
            "total_users": by_country.size(),
            "avg_watch_hours_per_user": by_country["total_watch_time_hours"].mean(),
            "avg_user_age": by_country["age"].mean(),
            "total_sessions": by_country["total_sessions"].sum(),
            "avg_session_duration": by_country["total_minutes_watched"].sum() / by_country["total_sessions"].sum(),
            "unique_content_consumed": watched.groupby("country", observed=True).size(),
        }
    ).fillna({"unique_content_consumed": 0})

    by_segment = analytics.groupby("user_segment")
    segmentation = pd.DataFrame(
        {
            "users_in_segment": by_segment.size(),
            "avg_watch_hours": by_segment["total_watch_time_hours"].mean(),
            "avg_sessions_per_user": by_segment["total_sessions"].mean(),
            "avg_unique_content": by_segment["unique_content_watched"].mean(),
            "segment_percentage": two_decimals(100 * by_segment.size() / len(analytics)),
        }
    )
    summary = {
        "metric_category": "Platform Overview",
        "active_users_100h_plus": len(users),
        "total_content_catalog": len(titles),
        "total_viewing_sessions": len(sessions),
        "avg_user_engagement_hours": two_decimals(pd.Series([users["total_watch_time_hours"].mean()]))[0],
        "content_with_views": len(by_title),
        "total_watch_hours": sessions["duration_minutes"].sum() / 60,
        "data_through": sessions["watch_date"].max(),
    }
    return {
        "gold_user_analytics": analytics,
        "gold_content_performance": performance,
        "gold_country_insights": country.reset_index(names="country"),
        "gold_genre_analytics": genre_analytics(titles, sessions, pairs),
        "gold_executive_summary": pd.DataFrame([summary]),
        "gold_user_segmentation": segmentation.reset_index(names="user_segment"),
    }


def genre_analytics(titles: pd.DataFrame, sessions: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Sessions are summed per title first; only the viewers have to be told apart over all titles of a genre."""
    parts = titles.assign(genre=titles["genre"].str.split(",")).explode("genre")
    parts["genre"] = clean(parts["genre"])
    parts = parts.dropna(subset="genre").drop_duplicates(["content_id", "genre"])
    without = titles[~titles["content_id"].isin(parts["content_id"])].assign(genre="Unknown")
    parts = pd.concat([parts, without])

    last_day = sessions["watch_date"].max()
    last = sessions["watch_date"] > last_day - pd.Timedelta(days=30)
    previous = (sessions["watch_date"] > last_day - pd.Timedelta(days=60)) & ~last
    by_title = sessions.groupby("content_id", observed=True)
    views = pd.DataFrame(
        {
            "total_views": by_title.size(),
            "minutes": by_title["duration_minutes"].sum(),
            "views_last_30_days": last.groupby(sessions["content_id"], observed=True).sum(),
            "views_previous_30_days": previous.groupby(sessions["content_id"], observed=True).sum(),
        }
    )
    by_genre = parts.join(views, on="content_id").groupby("genre")
    viewers = {
        genre: pairs.loc[pairs["content_id"].isin(members), "user_id"].nunique()
        for genre, members in parts.groupby("genre")["content_id"]
    }
    sums = by_genre[list(views.columns)].sum()
    earlier = sums["views_previous_30_days"]
    return pd.DataFrame(
        {
            "total_content_items": by_genre.size(),
            "total_views": sums["total_views"],
            "unique_viewers": pd.Series(viewers),
            "avg_production_budget": by_genre["production_budget"].mean(),
            "total_investment": by_genre["production_budget"].sum(),
            "avg_genre_rating": by_genre["rating"].mean(),
            "avg_content_duration": by_genre["duration_minutes"].mean(),
            "avg_watch_time": sums["minutes"] / sums["total_views"],
            "views_last_30_days": sums["views_last_30_days"],
            "views_previous_30_days": earlier,
            "view_trend_pct": two_decimals(100 * (sums["views_last_30_days"] - earlier) / earlier.where(earlier > 0)),
        }
    ).reset_index(names="genre")


if __name__ == "__main__":
    main(*sys.argv[1:])
