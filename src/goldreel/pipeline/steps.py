"""The order of steps: load → build → publish. The only place that knows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Protocol

from goldreel.basis import left_by
from goldreel.build_log import Build, finish_build, last_build
from goldreel.config import Settings
from goldreel.engines import Engine, open_engine
from goldreel.errors import GoldreelError
from goldreel.load_checks import accept, alarms
from goldreel.loading import (
    DeliveredFile,
    Delivery,
    Progress,
    find_delivery,
    ledger,
    load_files,
    load_parts,
    with_overtaken,
)
from goldreel.loading.arrivals import Arrivals, file_of, new_files, note_files
from goldreel.loading.contract import Entity
from goldreel.pipeline.state import begin, make_anew, nothing_loaded, prepare_warehouse, refuse_overtaken
from goldreel.pipeline.summary import RunReport, summarise
from goldreel.processes import this_process
from goldreel.publish import Publication, publish_build, publish_version
from goldreel.sources import configured, find_with_sources, of_file, resolve, with_thresholds_of_sources
from goldreel.transform import BuildResult, build_models


class Listener(Progress, Protocol):
    """Is told how a run goes on."""

    def node_finished(self, name: str, done: int, total: int) -> None: ...


class Silent:
    """A listener for when nobody watches."""

    def file_started(self, file: object, size: int) -> None: ...

    def bytes_read(self, count: int) -> None: ...

    def file_ended(self) -> None: ...

    def node_finished(self, name: str, done: int, total: int) -> None: ...


def prepare(settings: Settings) -> str:
    """Make the warehouse with what loads need, where it is missing.

    Returns:
        Where it is.

    Raises:
        UsageError: the warehouse, or something in it, may not be made.
    """
    with open_engine(settings) as engine:
        prepare_warehouse(engine)
        return engine.location


def run(
    settings: Settings,
    deliveries: Sequence[Path | str],
    as_of: date,
    listener: Listener,
    report: RunReport | None = None,
    sources: Sequence[str] = (),
    *,
    full: bool = False,
) -> RunReport:
    """Load the deliveries in the order given, build and test the models, publish if all tests passed.

    Args:
        full: make everything anew, also what the build before left as it should be.
        report: is filled as the steps are done; when one fails, it tells of those before it.
        sources: what reads files of others, by file or name; none: what lies in the deliveries, else what is set.

    Raises:
        UsageError: a delivery or a setting that cannot be used; nothing was done.
        GoldreelError: the warehouse cannot be opened, or dbt cannot start.
    """
    return _steps(
        settings, deliveries, as_of, listener, report, sources=sources, load=True, build=True, publish=True, full=full
    )


def load(
    settings: Settings,
    deliveries: Sequence[Path | str],
    listener: Listener,
    wanted: Callable[[Entity, DeliveredFile], bool] = lambda entity, file: True,
    report: RunReport | None = None,
    sources: Sequence[str] = (),
) -> RunReport:
    """Load the files of the deliveries that are wanted, in the order given. See `run`."""
    return _steps(
        settings,
        deliveries,
        date.min,
        listener,
        report,
        wanted,
        sources=sources,
        load=True,
        build=False,
        publish=False,
    )


def load_arrived(
    settings: Settings,
    found: Arrivals,
    kind: str,
    listener: Listener,
    fetch: Callable[[str, Sequence[str]], str] = lambda folder, names: folder,
    report: RunReport | None = None,
) -> RunReport:
    """Load those of the files in a watched folder that were not dealt with yet, in their order. See `run`.

    Args:
        found: the complete files of that kind, delivery by delivery.
        kind: the entity's name.
        fetch: gets a folder and names of files in it; says in which folder they can be read.
    """
    report = RunReport() if report is None else report
    sources = configured(settings)
    with open_engine(settings) as engine:
        with report.timed("load"):
            prepare_warehouse(engine)
            for folder, of_folder in groupby(new_files(engine, found), lambda each: each.rpartition("/")[0]):
                noted = {file_of(each, kind): each for each in of_folder}
                here = fetch(folder, [location.rpartition("/")[2] for location in noted])
                own = {each.rpartition("/")[2]: each for each, as_what in noted.items() if each == as_what}
                for outcomes in load_parts(engine, _own(engine, here, own, kind), listener):
                    report.files += outcomes
                    note_files(engine, found, [own[outcome.path.name] for outcome in outcomes])
                for location in [each for each in noted if each not in own.values()]:
                    files = tuple(of_file(Path(here) / location.rpartition("/")[2], location, kind, sources))
                    report.files += load_files(engine, Delivery(folder, files, ()), listener)
                    note_files(engine, found, [noted[location]])
        summarise(engine, report)
    return report


def _own(engine: Engine, here: str, names: Mapping[str, str], kind: str) -> Delivery:
    """Files of goldreel's own, of one kind, in the folder where they can be read."""
    found = find_delivery(here, engine.files).files if names else ()
    return Delivery(here, tuple(each for each in found if each[0].name == kind and each[1].name in names), ())


def build(
    settings: Settings, as_of: date, listener: Listener, report: RunReport | None = None, *, full: bool = False
) -> RunReport:
    """Build and test the models from what is in bronze; publish nothing. See `run`."""
    return _steps(settings, [], as_of, listener, report, load=False, build=True, publish=False, full=full)


def publish(
    settings: Settings,
    version: int | None = None,
    build_id: int | None = None,
    accepted: Sequence[int] = (),
    reason: str = "",
) -> Publication:
    """Publish the last build, or make an earlier version, if still kept, the current one again.

    Args:
        build_id: the build that is meant; None: whichever began last.
        accepted: loads that are stopped, and right as they are, for the `reason` given; that is kept.

    Raises:
        BuildOvertaken: another build began since the one that is meant.
        LoadsStopped: a load looks wrong as a whole, and is not accepted.
        GoldreelError: the last build did not pass all its tests.
        UsageError: that version is not kept.
    """
    with open_engine(settings) as engine:
        if version is not None:
            return publish_version(engine, version, settings)
        last = last_build(engine)
        if build_id is not None:
            refuse_overtaken(engine, last, build_id)
        if accepted and last is not None and last.status == "passed":
            accept(engine, last, accepted, reason)
        return publish_build(engine, last, settings)


def _steps(
    settings: Settings,
    deliveries: Sequence[Path | str],
    as_of: date,
    listener: Listener,
    report: RunReport | None,
    wanted: Callable[[Entity, DeliveredFile], bool] = lambda entity, file: True,
    *,
    sources: Sequence[str] = (),
    load: bool,
    build: bool,
    publish: bool,
    full: bool = False,
) -> RunReport:
    report = RunReport() if report is None else report
    opened = open_engine(settings)
    read_by, standing = resolve(sources), [] if sources or not deliveries else configured(settings)
    found = [] if opened.files else [find_with_sources(each, read_by, None, standing) for each in deliveries]
    with opened as engine:
        with report.timed("load"):
            found = found or [find_with_sources(each, read_by, engine.files, standing) for each in deliveries]
            prepare_warehouse(engine)
            for delivery in found:
                files = tuple(each for each in delivery.files if wanted(*each))
                for outcome in load_files(engine, replace(delivery, files=files), listener):
                    report.files.append(outcome)
                report.ignored += [f"{delivery.folder}/{name}" for name in delivery.ignored]
            report.files = with_overtaken(engine, report.files)
        if build and not ledger.last_load_id(engine):
            if report.refused:
                return report
            raise nothing_loaded(engine)
        if build:
            with report.timed("build"):
                report.build, report.result = build_all(
                    engine, settings, as_of, listener, full=full, to_publish=publish
                )
        if report.build is not None and report.build.status == "passed":
            report.alarms = alarms(engine, report.build)
        if publish and report.build is not None and report.build.status == "passed" and not report.stopped:
            with report.timed("publish"):
                try:
                    report.publication = publish_build(engine, report.build, settings)
                except GoldreelError:
                    with suppress(*engine.errors, GoldreelError):
                        summarise(engine, report)  # what was built stands, and is told
                    raise
        summarise(engine, report)
    return report


def build_all(
    engine: Engine,
    settings: Settings,
    as_of: date,
    listener: Listener,
    *,
    full: bool = False,
    to_publish: bool = False,
) -> tuple[Build, BuildResult]:
    """Build and test all models from what is in bronze, and note how that ended.

    Args:
        to_publish: it will be published at once, if it passes.
    """
    settings = with_thresholds_of_sources(engine, settings)
    started = begin(engine, settings, as_of, this_process(), "that was asked for" if full else "")
    if to_publish and started.built_on is not None:
        engine.prepare_publication()
    started, result = _build(engine, settings, started, listener)
    if result.passed:
        started = left_by(engine, settings, started)
    return finish_build(engine, started, result), result


def _build(engine: Engine, settings: Settings, build: Build, listener: Listener) -> tuple[Build, BuildResult]:
    """Build the models; once more when nothing but the server's passing state, a deadlock say, was in the way.

    Returns:
        The build as it was made in the end, and its result.
    """

    def once() -> BuildResult:
        variables = settings.dbt_variables(build.as_of)
        return build_models(engine, settings.dbt_workspace, variables, build.dbt_environment, listener.node_finished)

    result = once()
    if result.failed and all(engine.is_transient(node.message) for node in result.failed):
        build = make_anew(engine, settings, build)
        result = once()
    return build, result
