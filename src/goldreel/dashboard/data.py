"""Reading what is published: one build per page, each table read once per publication."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import TypeVar

import pandas as pd
import pyarrow as pa
import streamlit as st

from goldreel.config import Settings, load_settings
from goldreel.data_dictionary import TableMeaning, read_dictionary
from goldreel.engines import Engine, open_published
from goldreel.errors import GoldreelError, NothingPublished
from goldreel.freshness import Freshness, age_of

RECORDS_SHOWN = 200_000
"""Single records of one outcome that a page reads at most; more are for SQL."""

_SECONDS_BETWEEN_LOOKS = 2

Answer = TypeVar("Answer")


class Superseded(Exception):
    """A newer build was published while a page was made."""


@dataclass(frozen=True)
class Publication:
    """The build that readers get; see the table `publication`.

    Attributes:
        data_through: the last watch_date, None without a session.
        loaded_at: when the last of its loads ended; None where an earlier goldreel published it.
    """

    version: int
    build_id: int
    published_at: datetime
    as_of: str
    data_through: str | None
    tests_passed: int
    engine: str
    goldreel_version: str
    loaded_at: datetime | None = None


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The settings, read once."""
    return load_settings()


@cache
def dictionary() -> dict[str, TableMeaning]:
    """What every table and column means."""
    return read_dictionary()


@st.cache_resource(ttl=_SECONDS_BETWEEN_LOOKS, show_spinner=False)
def current_publication() -> Publication:
    """What is published now, looked up again every few seconds.

    Raises:
        GoldreelError: nothing is published, or it cannot be read now.
    """
    with _published() as engine:
        return _publication(engine)


def freshness(publication: Publication) -> Freshness:
    """How old its data are now, and how old they may be."""
    age = age_of(publication.loaded_at or publication.published_at)
    return Freshness(publication.engine, age, settings().max_age)


@st.cache_resource(max_entries=64, show_spinner=False)
def read_table(publication: Publication, name: str, schema: str = "") -> pd.DataFrame:
    """All rows of a published table, which must not be changed.

    Args:
        schema: where it lies; empty: where gold does.

    Raises:
        GoldreelError: it is not part of the publication, or cannot be read now.
        Superseded: the publication is no longer the current one.
    """
    with _reading(publication) as engine:
        place = schema or engine.default_schema
        _require(engine, place, name, publication)
        return _as_frame(engine.read(place, name))


@st.cache_resource(max_entries=2, show_spinner=False)
def read_audience(publication: Publication) -> pd.DataFrame:
    """The sums of `gold_user_analytics` per country, plan, segment and age: small, however many users there are.

    Raises:
        GoldreelError, Superseded: see `read_table`.
    """
    kinds = "country, subscription_type, user_segment, age"
    with _reading(publication) as engine:
        _require(engine, engine.default_schema, "gold_user_analytics", publication)
        sums = engine.execute(
            f"select {kinds}, count(*) as users, sum(total_watch_time_hours) as hours, "
            "sum(total_sessions) as sessions, sum(total_minutes_watched) as minutes "
            f"from {engine.default_schema}.gold_user_analytics group by {kinds}"
        )
    frame = pd.DataFrame(sums.rows, columns=list(sums.columns))
    numbers = ["age", "users", "hours", "sessions", "minutes"]
    frame[numbers] = frame[numbers].apply(pd.to_numeric)
    return frame


@st.cache_resource(max_entries=64, show_spinner=False)
def ask(publication: Publication, question: str, _answer: Callable[[Engine], Answer]) -> Answer:
    """What a function makes of the publication, which must not be changed; asked once.

    Args:
        question: tells one answer from another.

    Raises:
        GoldreelError, Superseded: see `read_table`.
    """
    with _reading(publication) as engine:
        for name in ("changed_records", "change_totals", "published_numbers", "published_parts"):
            _require(engine, engine.default_schema, name, publication)
        return _answer(engine)


@contextmanager
def _published() -> Iterator[Engine]:
    with open_published(settings()) as engine:
        try:
            yield engine
        except engine.errors as error:
            raise GoldreelError(
                f"What is published cannot be read now: {str(error).splitlines()[0]}",
                where=engine.location,
                remedy="run `goldreel doctor`; the page tries again when it is loaded again",
            ) from error


@contextmanager
def _reading(publication: Publication) -> Iterator[Engine]:
    with _published() as engine:
        if _publication(engine) != publication:
            current_publication.clear()
            raise Superseded
        yield engine


def _publication(engine: Engine) -> Publication:
    if not engine.has_table(engine.default_schema, "publication"):
        raise NothingPublished("Nothing is published yet.", engine.location, "run `goldreel run FOLDER` first")
    found = engine.execute(f"select * from {engine.default_schema}.publication")
    about = dict(zip(found.columns, found.rows[0], strict=True))
    return Publication(**{field.name: about[field.name] for field in fields(Publication) if field.name in about})


def _require(engine: Engine, schema: str, name: str, publication: Publication) -> None:
    if not engine.has_table(schema, name):
        raise GoldreelError(
            f"The published build has no table {name} that may be read here.",
            where=f"build {publication.build_id}, made by goldreel {publication.goldreel_version}",
            remedy="run `goldreel run` to build and publish again with this version of goldreel; on a server, see "
            "whether the login's role may read it (docs/guide/sql-server.md)",
        )


def _as_frame(table: pa.Table) -> pd.DataFrame:
    decimals = [field.name for field in table.schema if pa.types.is_decimal(field.type)]
    for name in decimals:
        table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.float64()))
    return table.to_pandas(date_as_object=False)
