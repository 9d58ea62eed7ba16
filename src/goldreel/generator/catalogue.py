"""The titles: what they are, how popular with whom and when, and the snapshots of them in each delivery."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from goldreel.generator.arrays import FloatArray, IntArray, late_ones, numbered
from goldreel.generator.options import GeneratorOptions

GENRES = {
    "Action": (78, 1.3, 1.1, 0.7),
    "Romance": (70, 0.9, 1.0, 1.2),
    "Drama": (66, 0.8, 1.0, 1.4),
    "Horror": (63, 1.4, 1.0, 0.5),
    "Comedy": (60, 1.1, 1.1, 0.9),
    "Documentary": (57, 0.6, 1.0, 1.6),
    "Sci-Fi": (56, 1.3, 1.1, 0.7),
    "Animation": (49, 1.5, 1.0, 0.5),
    "Thriller": (39, 1.0, 1.1, 1.1),
    "Crime": (23, 0.7, 1.0, 1.5),
    "Reality": (18, 1.3, 1.0, 0.8),
}
"""How common a genre is, and how much each age band likes it."""

PHASES = 6
"""Parts of the period between which the genres' popularity drifts."""

WAITING = 0.03
"""The part of a delivery's sessions, at most, that waits for titles that come later."""

ADJECTIVES = ("Silent", "Golden", "Broken", "Distant", "Crimson", "Frozen", "Velvet", "Bitter", "Midnight")
NOUNS = ("Harbour", "Garden", "River", "Promise", "Orchard", "Mirror", "Island", "Letter", "Storm", "Planet")
PATTERNS = ("{} {}", "The {} {}", "{} {} Stories", "The {} {} Files", "{} {} 2", "Return to the {} {}")


@dataclass(frozen=True)
class Catalogue:
    """The titles, movies first, one array per attribute. Days count from the period's start."""

    ids: pa.StringArray
    movies: int
    records: list[dict[str, Any]]
    """As the last delivery tells them, in the shape of content.json."""
    minutes: IntArray
    """Length of a movie, or of an episode."""
    quality: FloatArray
    """How good it is, standard normal: drives rating, popularity and completion."""
    available: IntArray
    """First day on which it can be watched."""
    arrival: IntArray
    """The delivery that brings it first."""
    popularity: FloatArray
    """Weights within each audience, shape (age bands x phases, titles)."""

    def choose(self, band: IntArray, phase: IntArray, rng: np.random.Generator) -> IntArray:
        """Draw a title for each session, by the taste of the age band in that phase of the period."""
        return _draw(self.popularity, band * PHASES + phase, rng)

    def choose_old(self, n: int, rng: np.random.Generator) -> IntArray:
        """Draw titles that were there from the first day."""
        weights = np.where(self.available == 0, self.popularity.mean(axis=0), 0)
        return _draw(weights[None, :], np.zeros(n, dtype=np.int64), rng)


def _draw(weights: FloatArray, row: IntArray, rng: np.random.Generator) -> IntArray:
    """Draw a column for each element by the weights of its row: one search in all scales, end to end."""
    scale = np.cumsum(weights, axis=1)
    scale = scale / scale[:, -1:] + np.arange(len(weights))[:, None]
    found = np.searchsorted(scale.ravel(), row + rng.random(len(row)), side="right")
    last = (row + 1) * weights.shape[1] - 1
    column: IntArray = np.minimum(found, last) - row * weights.shape[1]
    return column


def make_catalogue(options: GeneratorOptions) -> Catalogue:
    """Invent the titles of the platform."""
    rng, n = options.rng("catalogue"), options.titles
    movies = n - n // 3
    is_movie = np.arange(n) < movies
    quality = rng.standard_normal(n)
    spending = rng.standard_normal(n)
    names = list(GENRES)
    common, *liking_of_band = np.array(list(GENRES.values())).T
    share = common / common.sum()
    genres = [rng.choice(len(names), count, replace=False, p=share) for count in rng.integers(1, 4, n)]

    rank = np.argsort(np.argsort(-(0.7 * quality + 0.3 * spending + 0.7 * rng.standard_normal(n))))
    zipf = 1 / (rank + 3.0)
    trend = np.exp(rng.normal(0, 0.5, len(names))[None, :] * np.linspace(-0.5, 0.5, PHASES)[:, None])
    liking = np.array(liking_of_band)[:, None, :] * trend[None, :, :]
    appeal = [liking[:, :, of_title].mean(axis=2).ravel() for of_title in genres]
    popularity = zipf * np.array(appeal).reshape(n, len(liking_of_band) * PHASES).T

    available = np.where(rng.random(n) < 0.15, rng.integers(0, options.days, n), 0)
    available[:1] = 0
    arrival = options.delivery_of(available)
    arrival[late_ones(arrival < options.deliveries - 1, rng)] += 1
    while (waiting := np.isin(arrival, _without_content(options))).any():
        arrival[waiting] += 1
    _let_few_wait(options, popularity.mean(axis=0), available, arrival)

    width = max(3, len(str(movies)))
    ids = pa.concat_arrays(
        [numbered("M", np.arange(1, movies + 1), width), numbered("S", np.arange(1, n - movies + 1), width)]
    )
    minutes = np.where(is_movie, rng.integers(80, 181, n), rng.integers(20, 61, n))
    rating = np.clip(np.round(3.3 + 0.8 * quality + rng.normal(0, 0.25, n), 1), 1, 5)
    views = 60_000 * zipf / (zipf.mean() if n else 1) * rng.lognormal(0, 0.3, n)
    budget = np.clip(70e6 * np.exp(0.9 * spending), 1e6, 5e8)
    age_in_years = np.where(available > 0, 0, 5 * rng.random(n) ** 1.6)

    records = []
    for i, content_id in enumerate(ids.to_pylist()):
        record: dict[str, Any] = {
            "content_id": content_id,
            "title": str(rng.choice(PATTERNS)).format(rng.choice(ADJECTIVES), rng.choice(NOUNS)),
            "genre": [names[g] for g in genres[i]],
        }
        if is_movie[i]:
            record["duration_minutes"] = int(minutes[i])
            record["release_year"] = options.day(int(available[i])).year - int(age_in_years[i])
        else:
            seasons = int(rng.integers(1, 9))
            record["seasons"] = seasons
            record["episodes_per_season"] = rng.integers(6, 25, seasons).tolist()
            record["avg_episode_duration"] = int(minutes[i])
        record["rating"] = float(rating[i])
        record["views_count" if is_movie[i] else "total_views"] = int(views[i])
        record["production_budget"] = int(budget[i])
        records.append(record)
    return Catalogue(ids, movies, records, minutes, quality, available, arrival, popularity)


def _let_few_wait(options: GeneratorOptions, weight: FloatArray, available: IntArray, arrival: IntArray) -> None:
    """Of titles that are watched before their delivery comes, leave the least popular; nobody watches the others yet.

    Otherwise a new title that everyone watches would make a tenth of a day's sessions wait, and a clean delivery
    would look wrong.
    """
    for delivery in range(options.deliveries):
        early = np.flatnonzero((options.delivery_of(available) <= delivery) & (arrival > delivery))
        early = early[np.argsort(weight[early], kind="stable")]
        many = early[np.cumsum(weight[early]) > WAITING * weight.sum()]
        from_the_start = many[available[many] == 0]
        arrival[from_the_start] = 0
        others = np.setdiff1d(many, from_the_start)
        available[others] = options.bounds[arrival[others]]


def _without_content(options: GeneratorOptions) -> list[int]:
    """Every other delivery has no content.json; the first and the last always have one."""
    return list(range(1, options.deliveries - 1, 2))


Snapshot = dict[str, list[Any]]
"""What content.json holds: the records of each section."""


def content_snapshots(options: GeneratorOptions, catalogue: Catalogue) -> Iterator[Snapshot | None]:
    """Make the records of each delivery: new titles, and others whose rating and views changed."""
    rng = options.rng("content snapshots")
    for delivery in range(options.deliveries):
        if delivery in _without_content(options):
            yield None
            continue
        changed = (catalogue.arrival < delivery) & (rng.random(options.titles) < 0.4)
        snapshot: Snapshot = {"movies": [], "series": []}
        for i in np.flatnonzero(changed | (catalogue.arrival == delivery)).tolist():
            record = dict(catalogue.records[i])
            views = "views_count" if i < catalogue.movies else "total_views"
            record[views] = int(record[views] * options.lifetime_share(delivery))
            if changed[i]:
                record["rating"] = round(min(5, max(1, record["rating"] + float(rng.choice([-0.1, 0.1])))), 1)
            snapshot["movies" if i < catalogue.movies else "series"].append(record)
        yield snapshot
