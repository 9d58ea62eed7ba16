"""The users: who they are, how much they watch and until when, and the snapshots of them in each delivery."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from goldreel.generator.arrays import FloatArray, IntArray, late_ones, numbered, pick, take
from goldreel.generator.options import REGISTRATION_LEAD, GeneratorOptions

COUNTRIES = ("Mexico", "Colombia", "Argentina", "Chile", "Peru")
PLANS = ("Basic", "Standard", "Premium")
DEVICES = ("Mobile", "Smart TV", "Desktop", "Tablet", "Gaming Console")

COUNTRY_SIZE = np.array([[0.32, 0.23, 0.20, 0.15, 0.10]])
PLAN_SIZE = np.array([[0.41, 0.36, 0.23]])
PLAN_ACTIVITY = np.array([0.75, 1.0, 1.55])
PLAN_CHURN = np.array([0.055, 0.034, 0.018])
"""Share of a plan's users that go quiet in a month."""

BAND_CHURN = np.array([1.3, 1.0, 0.8])
BAND_ACTIVITY = np.array([1.15, 1.0, 0.9])
BAND_DEVICES = np.array(
    [
        [0.42, 0.20, 0.15, 0.10, 0.13],
        [0.30, 0.39, 0.15, 0.12, 0.04],
        [0.17, 0.50, 0.14, 0.18, 0.01],
    ]
)

WEEKDAY = np.array([0.85, 0.85, 0.90, 0.95, 1.15, 1.30, 1.20])
"""How much is watched on a day of the week, Monday first."""

ACTIVE_SHARE, ACTIVE_HOURS = 0.85, 100.0
"""This share of the users has watched for this many hours or more."""

USER_COLUMNS = (
    "user_id",
    "age",
    "country",
    "subscription_type",
    "registration_date",
    "total_watch_time_hours",
)


@dataclass(frozen=True)
class People:
    """The users in order of registration, one array per attribute. Days count from the period's start."""

    ids: pa.StringArray
    age: IntArray
    band: IntArray
    """Age band: 0 below 30, 1 below 50, 2 from 50 on."""
    country: IntArray
    plan: IntArray
    registered: IntArray
    hours: FloatArray
    """Lifetime watch time at the end of the period."""
    device: IntArray
    """The device they use most."""
    watched: FloatArray
    """From where to where on the rhythm's cumulative scale they watch, shape (users, 2)."""
    session_end: IntArray
    """Index after the last session of each user, all sessions of the period being in order of users."""
    arrival: IntArray
    """The delivery that brings them first."""


def rhythm(options: GeneratorOptions) -> FloatArray:
    """Cumulative viewing up to the start of each day (days + 1 values): weekday, season and growth."""
    day = np.arange(options.days)
    weekday = WEEKDAY[(options.start.weekday() + day) % 7]
    season = 1 + 0.15 * np.cos(2 * np.pi * (options.start.timetuple().tm_yday + day - 15) / 365.25)
    growth = 1 + 0.4 * day / 365
    return np.concatenate([[0.0], np.cumsum(weekday * season * growth)])


def make_people(options: GeneratorOptions) -> People:
    """Invent the users of the platform."""
    rng, n, last_day = options.rng("people"), options.users, options.days - 1
    everybody = np.zeros(n, dtype=np.int64)
    age = 18 + (48 * rng.beta(1.25, 1.7, n)).astype(np.int64)
    band = np.searchsorted([30, 50], age, side="right")
    plan = pick(PLAN_SIZE, everybody, rng)
    span = REGISTRATION_LEAD + options.days
    registered = np.sort(span * rng.random(n) ** 0.8).astype(np.int64) - REGISTRATION_LEAD

    activity = rng.lognormal(0, 0.9, n) * PLAN_ACTIVITY[plan] * BAND_ACTIVITY[band]
    first = np.maximum(registered, 0)
    stay = rng.exponential(30 / (PLAN_CHURN[plan] * BAND_CHURN[band]))
    quiet = np.minimum(last_day, first + stay.astype(np.int64))
    scale = rhythm(options)
    watched = np.stack([scale[first], scale[quiet + 1]], axis=1)
    total = np.cumsum(activity * (watched[:, 1] - watched[:, 0]))
    session_end = np.rint(options.sessions * total / total[-1:]).astype(np.int64)

    hours = activity**0.8 * np.sqrt(quiet - registered + 15) * rng.lognormal(0, 0.35, n)
    if n:
        hours = np.round(hours * ACTIVE_HOURS / np.quantile(hours, 1 - ACTIVE_SHARE, method="lower"), 1)

    arrival = options.delivery_of(registered)
    has_sessions = np.diff(session_end, prepend=0) > 0
    arrival[late_ones(has_sessions & (arrival < options.deliveries - 1), rng)] += 1
    return People(
        ids=numbered("U", np.arange(1, n + 1), max(4, len(str(n)))),
        age=age,
        band=band,
        country=pick(COUNTRY_SIZE, everybody, rng),
        plan=plan,
        registered=registered,
        hours=hours,
        device=pick(BAND_DEVICES, band, rng),
        watched=watched,
        session_end=session_end,
        arrival=arrival,
    )


def user_snapshots(options: GeneratorOptions, people: People) -> Iterator[pa.Table]:
    """Make the records of each delivery: new users, and others whose hours, plan or country changed."""
    rng = options.rng("user snapshots")
    plan, country = people.plan.copy(), people.country.copy()
    for delivery in range(options.deliveries):
        known = people.arrival < delivery
        changed = known & (rng.random(options.users) < 0.3)
        switched = changed & (rng.random(options.users) < 0.15)
        moved = changed & (rng.random(options.users) < 0.03)
        plan[switched] = (plan[switched] + rng.integers(1, len(PLANS), int(switched.sum()))) % len(PLANS)
        country[moved] = (country[moved] + 1) % len(COUNTRIES)
        rows = np.flatnonzero(changed | (people.arrival == delivery))
        hours = people.hours[rows] * options.lifetime_share(delivery)
        columns = (
            take(people.ids, rows),
            pa.array(people.age[rows], pa.int64()),
            take(COUNTRIES, country[rows]),
            take(PLANS, plan[rows]),
            pa.array(np.datetime64(options.start, "D") + people.registered[rows], pa.date32()),
            pa.array([f"{h:.1f}" for h in hours.tolist()], pa.string()),
        )
        yield pa.table(dict(zip(USER_COLUMNS, columns, strict=True)))
