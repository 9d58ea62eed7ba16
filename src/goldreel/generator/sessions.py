"""The viewing sessions, made in blocks so that any number of them fits in memory."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from goldreel.generator.arrays import FloatArray, IntArray, numbered, pick, take
from goldreel.generator.catalogue import PHASES, Catalogue
from goldreel.generator.options import GeneratorOptions
from goldreel.generator.people import BAND_DEVICES, DEVICES, People, rhythm

BLOCK = 500_000
"""Sessions made at a time."""

QUALITIES = ("SD", "HD", "4K")
PLAN_QUALITY = np.array([[0.66, 0.32, 0.02], [0.18, 0.66, 0.16], [0.06, 0.36, 0.58]])
DEVICE_QUALITY = np.array([[1.5, 1.0, 0.35], [0.7, 1.0, 1.5], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [0.6, 1.0, 1.3]])
PLAN_COMPLETION = np.array([-0.04, 0.0, 0.05])
BAND_COMPLETION = np.array([-0.04, 0.0, 0.03])
DEVICE_COMPLETION = np.array([-0.06, 0.03, 0.0, 0.0, 0.0])

CORRECTED = 0.004
"""Share of the sessions that the next delivery brings again, corrected."""

LATE = 0.003
"""Share of the sessions that come one delivery later than their day: devices were offline."""

SESSION_COLUMNS = (
    "session_id",
    "user_id",
    "content_id",
    "watch_date",
    "watch_duration_minutes",
    "completion_percentage",
    "device_type",
    "quality_level",
)
TENTHS = tuple(f"{tenths / 10:.1f}" for tenths in range(1001))


@dataclass(frozen=True)
class Block:
    """Some sessions, with their corrections, and the delivery of each."""

    sessions: int
    records: pa.Table
    delivery: IntArray


def session_blocks(options: GeneratorOptions, people: People, catalogue: Catalogue) -> Iterator[Block]:
    """Make all sessions, in order of users and, for each user, of time."""
    scale = rhythm(options)
    for number, first in enumerate(range(0, options.sessions, BLOCK)):
        rng = options.rng("sessions", number)
        index = np.arange(first, min(first + BLOCK, options.sessions))
        user = np.searchsorted(people.session_end, index, side="right")
        day = _days(user, people, scale, rng)
        title = _titles(user, day, options, people, catalogue, rng)
        device = np.where(rng.random(len(user)) < 0.7, people.device[user], pick(BAND_DEVICES, people.band[user], rng))
        quality_tables = (PLAN_QUALITY[:, None, :] * DEVICE_QUALITY).reshape(-1, len(QUALITIES))
        quality = pick(quality_tables, people.plan[user] * len(DEVICES) + device, rng)

        mean = 0.74 + PLAN_COMPLETION[people.plan[user]] + BAND_COMPLETION[people.band[user]]
        mean = np.clip(mean + DEVICE_COMPLETION[device] + 0.06 * catalogue.quality[title], 0.3, 0.95)
        completion = np.clip(rng.random(len(user)) ** ((1 - mean) / mean), 0.01, 1)
        minutes = catalogue.minutes[title] * completion * rng.uniform(0.97, 1.03, len(user))

        delivery = options.delivery_of(day)
        late = options.rng("late sessions", number).random(len(user)) < LATE
        delivery = np.minimum(delivery + late, options.deliveries - 1)
        corrected = np.flatnonzero((rng.random(len(user)) < CORRECTED) & (delivery < options.deliveries - 1))
        rows = np.concatenate([np.arange(len(user)), corrected])
        part = np.ones(len(rows))
        part[len(user) :] = rng.uniform(0.5, 1, len(corrected))
        columns = (
            numbered("S", index[rows] + 1, max(6, len(str(options.sessions)))),
            take(people.ids, user[rows]),
            take(catalogue.ids, title[rows]),
            pa.array(np.datetime64(options.start, "D") + day[rows], pa.date32()),
            pa.array(np.maximum(1, np.rint(minutes[rows] * part)).astype(np.int64), pa.int64()),
            take(TENTHS, np.rint(1000 * completion[rows] * part).astype(np.int64)),
            take(DEVICES, device[rows]),
            take(QUALITIES, quality[rows]),
        )
        yield Block(
            sessions=len(user),
            records=pa.table(dict(zip(SESSION_COLUMNS, columns, strict=True))),
            delivery=np.concatenate([delivery, delivery[corrected] + 1]),
        )


def _days(user: IntArray, people: People, scale: FloatArray, rng: np.random.Generator) -> IntArray:
    """The day of each session, ascending for each user: within the user's time, in the platform's rhythm."""
    start, end = people.watched[user].T
    day = np.searchsorted(scale, start + (end - start) * rng.random(len(user)), side="right") - 1
    days = len(scale) - 1
    return np.sort(user * days + np.minimum(day, days - 1)) - user * days


def _titles(
    user: IntArray,
    day: IntArray,
    options: GeneratorOptions,
    people: People,
    catalogue: Catalogue,
    rng: np.random.Generator,
) -> IntArray:
    """The title of each session: series go on for a while, movies are watched once or twice."""
    title = catalogue.choose(people.band[user], day * PHASES // options.days, rng)
    too_early = np.flatnonzero(catalogue.available[title] > day)
    title[too_early] = catalogue.choose_old(len(too_early), rng)

    same_user = np.diff(user, prepend=-1) == 0
    goes_on = same_user & (np.diff(day, prepend=0) <= 3) & (rng.random(len(user)) < 0.75)
    position = np.arange(len(user))
    run_start = np.maximum.accumulate(np.where(goes_on, 0, position))
    watched = title[run_start]
    is_movie = watched < catalogue.movies
    second_part = (position == run_start + 1) & (rng.random(len(user)) < 0.15)
    title = np.where(is_movie & ~second_part, title, watched)

    viewing = user * options.titles + title
    order = np.argsort(viewing, kind="stable")
    third = order[2:][viewing[order[2:]] == viewing[order[:-2]]]
    third = third[title[third] < catalogue.movies]
    title[third] = rng.choice(np.flatnonzero(catalogue.available == 0), len(third))
    return title
