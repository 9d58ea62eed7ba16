"""The order of steps: load → build → publish. The only place that knows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from goldreel.build_log import Build, advance_build, finish_build, last_build, last_part, start_build
from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.errors import BuildOvertaken, GoldreelError, UsageError, WarehouseInUse, WarehouseMissing
from goldreel.loading import DeliveredFile, FileOutcome, Progress, find_delivery, ledger, load_delivery
from goldreel.loading.contract import ENTITIES, LOADS, REJECTED_RECORDS, Entity
from goldreel.loading.ledger import REFUSED_FILES, Load
from goldreel.publish import Publication, current_publication, publish_build, publish_version
from goldreel.transform import BuildResult, build_models


class Listener(Progress, Protocol):
    """Is told how a run goes on."""

    def node_finished(self, name: str, done: int, total: int) -> None: ...


@dataclass
class RunReport:
    """What a run did, and what the warehouse says after it.

    Attributes:
        files: the outcome of every delivered file, in load order.
        ignored: files in the deliveries that are none of ours.
        rows: (layer, table, rows).
        account: rows of gold_data_quality: entity, outcome, rule, records.
        meanings: what each rule of the account means, by (entity, rule).
        rejections: (entity, reason, records) of what could not be read as a record at all.
        kpis: the row of gold_executive_summary.
        seconds: how long each step took.
    """

    files: list[FileOutcome] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    rows: list[tuple[str, str, int]] = field(default_factory=list)
    account: list[tuple[str, str, str | None, int]] = field(default_factory=list)
    meanings: dict[tuple[str, str], str] = field(default_factory=dict)
    rejections: list[tuple[str, str, int]] = field(default_factory=list)
    kpis: dict[str, Any] = field(default_factory=dict)
    build: Build | None = None
    result: BuildResult | None = None
    publication: Publication | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def refused(self) -> list[FileOutcome]:
        return [outcome for outcome in self.files if outcome.status == "refused"]

    @property
    def exit_code(self) -> int:
        """0: all went well; 1: a file was refused, or a model or test failed."""
        failed = self.result is not None and not self.result.passed
        return 1 if failed or self.refused else 0

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start


def prepare(settings: Settings) -> str:
    """Make the warehouse with what loads need, where it is missing.

    Returns:
        Where it is.

    Raises:
        UsageError: the warehouse, or something in it, may not be made.
    """
    with open_engine(settings) as engine:
        ledger.prepare(engine)
        return engine.location


def run(settings: Settings, deliveries: Sequence[Path | str], as_of: date, listener: Listener) -> RunReport:
    """Load the deliveries in the order given, build and test the models, publish if all tests passed.

    Raises:
        UsageError: a delivery or a setting that cannot be used; nothing was done.
        GoldreelError: the warehouse cannot be opened, or dbt cannot start.
    """
    return _steps(settings, deliveries, as_of, listener, load=True, build=True, publish=True)


def load(
    settings: Settings,
    deliveries: Sequence[Path | str],
    listener: Listener,
    wanted: Callable[[Entity, DeliveredFile], bool] = lambda entity, file: True,
) -> RunReport:
    """Load the files of the deliveries that are wanted, in the order given. Raises as `run` does."""
    return _steps(settings, deliveries, date.min, listener, wanted, load=True, build=False, publish=False)


def build(settings: Settings, as_of: date, listener: Listener) -> RunReport:
    """Build and test the models from what is in bronze; publish nothing. Raises as `run` does."""
    return _steps(settings, [], as_of, listener, load=False, build=True, publish=False)


def publish(settings: Settings, version: int | None = None, build_id: int | None = None) -> Publication:
    """Publish the last build, or make an earlier version, if still kept, the current one again.

    Args:
        build_id: the build that is meant; None: whichever began last.

    Raises:
        BuildOvertaken: another build began since the one that is meant.
        GoldreelError: the last build did not pass all its tests.
        UsageError: that version is not kept.
    """
    with open_engine(settings) as engine:
        if version is not None:
            return publish_version(engine, version, settings)
        last = last_build(engine)
        if build_id is not None:
            _refuse_overtaken(engine, last, build_id, with_loads=False)
        return publish_build(engine, last, settings)


def _steps(
    settings: Settings,
    deliveries: Sequence[Path | str],
    as_of: date,
    listener: Listener,
    wanted: Callable[[Entity, DeliveredFile], bool] = lambda entity, file: True,
    *,
    load: bool,
    build: bool,
    publish: bool,
) -> RunReport:
    report = RunReport()
    opened = open_engine(settings)
    found = [] if opened.files else [find_delivery(folder) for folder in deliveries]
    with opened as engine:
        with report.timed("load"):
            found = found or [find_delivery(folder, engine.files) for folder in deliveries]
            ledger.prepare(engine)
            for delivery in found:
                files = tuple(each for each in delivery.files if wanted(*each))
                report.files += load_delivery(engine, replace(delivery, files=files), listener)
                report.ignored += [f"{delivery.folder}/{name}" for name in delivery.ignored]
        if build and _last_load(engine) is None:
            if report.refused:
                return report
            raise _nothing_loaded(engine)
        if build:
            with report.timed("build"):
                engine.prepare_build()
                started = start_build(engine, as_of)
                report.result = _build(engine, settings, as_of, listener)
                report.build = finish_build(engine, started, report.result)
        if publish and report.build is not None and report.build.status == "passed":
            with report.timed("publish"):
                report.publication = publish_build(engine, report.build, settings)
        _describe(engine, report)
    return report


def _build(engine: Engine, settings: Settings, as_of: date, listener: Listener) -> BuildResult:
    """Build the models; once more when nothing but the server's passing state, a deadlock say, was in the way."""
    result = build_models(engine, settings.dbt_workspace, as_of, listener.node_finished)
    if result.failed and all(engine.is_transient(node.message) for node in result.failed):
        engine.prepare_build()
        result = build_models(engine, settings.dbt_workspace, as_of, listener.node_finished)
    return result


def begin_build(settings: Settings, as_of: date, *, only_news: bool = False) -> Build | None:
    """Begin a build whose models are built in parts, by others (see `open_build` and `end_part`).

    Args:
        only_news: begin none when the last build already has all that is in bronze, whether it passed or failed; one
            that came to nothing (its process was killed, say) does not count.

    Returns:
        The build; None when none was begun.

    Raises:
        UsageError: nothing was loaded yet.
    """
    with open_engine(settings) as engine:
        ledger.prepare(engine)
        loaded = _last_load(engine)
        if loaded is None:
            raise _nothing_loaded(engine)
        last = last_build(engine)
        counts = last is not None and (last.status != "running" or last.models_built > 0)
        if only_news and last is not None and counts and last.started_at > loaded:
            return None
        engine.prepare_build()
        return start_build(engine, as_of)


def take_up_build(settings: Settings, as_of: date | None = None, build_id: int | None = None) -> Build | None:
    """The build begun last, of which all parts but the final one have passed, to build that one.

    Args:
        as_of: the day that the final part counts to; None: the day that the build was begun with.
        build_id: the build that is meant; None: whichever began last.

    Returns:
        The build; None when it is published already.

    Raises:
        BuildOvertaken: another build began since the one that is meant.
        GoldreelError: no build stands ready.
    """
    with open_engine(settings) as engine:
        last = last_build(engine)
        if last is not None and build_id is not None:
            _refuse_overtaken(engine, last, build_id, with_loads=True)
        if last is not None and last.published_version is not None:
            return None
        ready = last and last_part(engine, last)
        if last is None or ready is None:
            found = f"build {last.build_id} is {last.status}" if last else "nothing was built yet"
            raise GoldreelError(
                f"There is no tested silver layer to build gold from: {found}.",
                where=engine.location,
                remedy="build silver first (trigger dag_3_data_transformer_bronze), or use `goldreel run`",
            )
        return ready._replace(as_of=as_of.isoformat()) if as_of else ready


@contextmanager
def open_build(settings: Settings, build_id: int) -> Iterator[tuple[Engine, Build]]:
    """The warehouse, to build a part of a build that was begun, and how that build stands.

    Raises:
        BuildOvertaken: another build began since.
    """
    with open_engine(settings) as engine:
        last = last_build(engine)
        part = last and last_part(engine, last)
        last = _refuse_overtaken(engine, last, build_id, with_loads=part is not None)
        build = part or last
        engine.build_schema = build.schema_name
        yield engine, build


def _refuse_overtaken(engine: Engine, last: Build | None, build_id: int, *, with_loads: bool) -> Build:
    """With loads: gold, and the account in it, must be of the same bronze as the silver that it is built on."""
    if last is None or last.build_id != build_id:
        by = "another build"
    elif with_loads and (loaded := _last_load(engine)) is not None and loaded > last.started_at:
        by = "new data in bronze"
    else:
        return last
    raise BuildOvertaken(
        f"Build {build_id} was overtaken by {by}.",
        where=engine.location,
        remedy="nothing: the build that follows holds what is new",
    )


def end_part(engine: Engine, build: Build, result: BuildResult, *, final: bool) -> Build:
    """Note what became of a part of a build; a build ends with its final part, or with the first one that fails."""
    if result.passed and not final:
        return advance_build(engine, build, result)
    return finish_build(engine, build, result)


def describe(settings: Settings) -> RunReport:
    """What the summary of a run would tell of the last build."""
    report = RunReport()
    with open_engine(settings) as engine:
        report.build = last_build(engine)
        _describe(engine, report)
    return report


@dataclass(frozen=True)
class WarehouseStatus:
    """What is in the warehouse, and what readers get.

    Attributes:
        loads: the ledger, newest first.
        refused: (refused_at, source_file, what, place), newest first.
        in_use: who works on the warehouse just now; then only the publication is known.
    """

    location: str
    loads: list[Load] = field(default_factory=list)
    refused: list[tuple[datetime, str, str, str]] = field(default_factory=list)
    last_build: Build | None = None
    publication: Publication | None = None
    in_use: str = ""


def status(settings: Settings) -> WarehouseStatus:
    """Look at the warehouse without changing it, or waiting for it."""
    opened = open_engine(settings, "look")
    try:
        with opened as engine:
            publication = current_publication(settings)
            loads = refused = []
            if _has_ledger(engine):
                loads = engine.execute(f"select {', '.join(Load._fields)} from {LOADS} order by load_id desc").rows
            if engine.has_table(REFUSED_FILES.schema, REFUSED_FILES.name):
                refused = engine.execute(
                    f"select refused_at, source_file, what, place from {REFUSED_FILES} order by refused_at desc"
                ).rows
            return WarehouseStatus(
                engine.location, [Load(*row) for row in loads], refused, last_build(engine), publication
            )
    except WarehouseMissing:
        return WarehouseStatus(opened.location, publication=current_publication(settings))
    except WarehouseInUse as error:
        return WarehouseStatus(opened.location, publication=current_publication(settings), in_use=error.what)


def _nothing_loaded(engine: Engine) -> UsageError:
    return UsageError(
        "There is nothing to build from: nothing has been loaded yet.",
        where=engine.location,
        remedy="give a delivery: goldreel run FOLDER (`goldreel generate FOLDER` makes one to try)",
    )


def _has_ledger(engine: Engine) -> bool:
    return engine.has_table(LOADS.schema, LOADS.name)


def _last_load(engine: Engine) -> datetime | None:
    """When the last load ended, if there was any; the ledger must be there."""
    ended: datetime | None = engine.execute(f"select max(finished_at) from {LOADS}").rows[0][0]
    return ended


def _describe(engine: Engine, report: RunReport) -> None:
    """Read what the summary tells; numbers of a build only when it passed."""
    tables = [("bronze", entity.table.schema, entity.name) for entity in ENTITIES]
    if report.build is not None and report.build.status == "passed":
        built = report.build.schema_name
        names = engine.tables(built)
        for layer in ("silver", "gold"):
            tables += [(layer, built, name) for name in names if name.startswith(f"{layer}_")]
        account = engine.execute(f"select * from {built}.gold_data_quality order by entity, outcome, records desc")
        report.account = [(entity, outcome, rule, records) for entity, outcome, rule, records in account.rows]
        report.rejections = [
            (entity, reason, records)
            for entity, reason, records in engine.execute(
                f"select entity, reason, count(*) as records from {REJECTED_RECORDS} "
                "group by entity, reason order by entity, records desc, reason"
            ).rows
        ]
        rules = engine.execute(f"select * from {built}.data_quality_rules")
        for row in rules.rows:
            rule = dict(zip(rules.columns, row, strict=True))
            report.meanings[rule["entity"], rule["rule"]] = rule["meaning"]
        kpis = engine.execute(f"select * from {built}.gold_executive_summary")
        report.kpis = dict(zip(kpis.columns, kpis.rows[0], strict=True))
    for layer, schema, name in tables:
        rows = engine.execute(f"select count(*) from {schema}.{name}").rows[0][0]
        report.rows.append((layer, name, rows))
