"""The Spark session of this process: a local one, the one that spark-submit began, or one on a remote server."""

from __future__ import annotations

import fcntl
import logging
import os
import re
import shutil
import socket
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from pyspark import cloudpickle
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

import goldreel
from goldreel.config import Settings
from goldreel.engines.shared import first_line
from goldreel.errors import GoldreelError, ServerLost, UsageError, WarehouseInUse, WarehouseMissing
from goldreel.os_faults import fault_in, reason_of

# What the numbers and the account rest on, whatever a cluster's defaults are.
_SESSION = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.sources.partitionOverwriteMode": "STATIC",
    "spark.sql.storeAssignmentPolicy": "ANSI",
    # a file that cannot be read is an error, never a file without rows
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    # By version 1, what tasks of a killed job had finished would be moved into the table by the next job writing to it
    "mapreduce.fileoutputcommitter.algorithm.version": "2",
    # Hive's metastore cannot look for a partition column whose name begins with an underscore; then it lists them all
    "spark.sql.hive.metastorePartitionPruningFallbackOnException": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "50000",
}
_RETRY_SECONDS = 0.2
_REACH_SECONDS = 15

logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # it prints what it raises

# The code that reads delivered files travels to the workers by value: they need pyarrow and numpy, but no goldreel.
cloudpickle.register_pickle_by_value(goldreel)  # type: ignore[no-untyped-call]


def is_submitted() -> bool:
    """Whether spark-submit began this process; it has chosen master, memory and catalogue then."""
    return "PYSPARK_GATEWAY_PORT" in os.environ


@dataclass
class _Holder:
    """The session, and by how many engines it is used."""

    home: Path
    session: SparkSession
    lock: IO[bytes]
    users: int = 1


_holder: _Holder | None = None


def acquire(settings: Settings, *, create: bool, timeout: float) -> SparkSession:
    """The session of this process, begun when there is none; give it back with `release`.

    One process at a time works on the warehouse of a home: an embedded metastore serves no second one, and the tables
    have no transactions.

    Args:
        create: make a local warehouse that is not there yet.
        timeout: seconds to wait while another process works on it.

    Raises:
        WarehouseInUse: another process goes on working on it.
        WarehouseMissing: there is none, and none is to be created.
        UsageError: there is no Java, the server cannot be reached, or the home cannot be written.
    """
    global _holder
    home = settings.spark_home.absolute()
    if _holder is not None:
        if _holder.home != home:
            raise RuntimeError(f"this process already works on {_holder.home}")
        _holder.users += 1
        return _holder.session
    is_local = not is_submitted() and (not settings.spark_remote or settings.spark_remote.startswith("local"))
    if is_local and not create and not (home / "metastore").exists():
        raise WarehouseMissing("There is no warehouse yet.", str(home), "`goldreel run FOLDER` makes one")
    lock = _lock(home, timeout)
    try:
        session = _begin(settings, home, is_local, lock)
        for name, value in _SESSION.items():
            session.conf.set(name, value)
    except BaseException:
        _unlock(lock)
        raise
    _holder = _Holder(home, session, lock)
    return session


def release() -> None:
    """Give the session back; the last one to do so ends it, unless spark-submit began it."""
    global _holder
    if _holder is None:
        return
    _holder.users -= 1
    if _holder.users == 0:
        holder, _holder = _holder, None
        if not is_submitted():
            holder.session.stop()
        _unlock(holder.lock)


def _lock(home: Path, timeout: float) -> IO[bytes]:
    """Lock the log that Java writes to; the operating system lets go of it when we and Java have ended, however we do.

    When this process is killed, Java needs a moment to notice, and may still be writing.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "spark.log").open("ab")
    except OSError as error:
        raise UsageError(
            f"The warehouse cannot be written: {error.strerror or error}.",
            where=str(home),
            remedy="set GOLDREEL_HOME to a folder that you may write to",
        ) from None
    deadline = time.monotonic() + timeout
    told = False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = home / "pid"
            who = f"another goldreel process (PID {holder.read_text() if holder.exists() else 'unknown'})"
            if time.monotonic() >= deadline:
                lock.close()
                raise WarehouseInUse(
                    f"The warehouse is in use by {who}; gave up after {timeout:g} s.",
                    where=str(home),
                    remedy="wait for that process to end, or set GOLDREEL_LOCK_TIMEOUT to wait longer",
                ) from None
            if not told:
                print(f"The warehouse is in use by {who}; waiting up to {timeout:g} s …", file=sys.stderr)
                told = True
            time.sleep(_RETRY_SECONDS)
        except OSError as error:
            lock.close()
            raise UsageError(
                f"The file system of the warehouse knows no locks: {reason_of(error)}.",
                where=str(home),
                remedy="set GOLDREEL_HOME to a folder on a local disk",
            ) from None
        else:
            (home / "pid").write_text(str(os.getpid()))
            return lock


def _unlock(lock: IO[bytes]) -> None:
    fcntl.flock(lock, fcntl.LOCK_UN)  # closing would not do: Java has the file open as well
    lock.close()


def _begin(settings: Settings, home: Path, is_local: bool, log: IO[bytes]) -> SparkSession:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if settings.spark_remote.startswith("sc://"):
        _reach(settings.spark_remote)
    try:
        builder = SparkSession.builder
        if settings.spark_remote:
            # dbt asks every session for Hive's catalogue; a server has chosen its own
            warnings.filterwarnings("ignore", message="Failed to set spark.sql.catalogImplementation")
            builder = builder.remote(settings.spark_remote)
        if not is_local:
            return (builder if settings.spark_remote else builder.enableHiveSupport()).getOrCreate()
        _require_java()
        for name, value in _local_configuration(settings, home).items():
            builder = builder.config(name, value)
        with _output_to(log):
            session = builder.getOrCreate()
            session.sql("show schemas").collect()  # the metastore opens with the first question
            return session
    except PySparkException as error:
        raise UsageError(
            f"Spark {'does not start' if is_local else 'cannot be reached'}: {first_line(error)}",
            where=str(home) if is_local else settings.spark_server or "spark-submit",
            remedy=f"{home / 'spark.log'} tells more; Java 17 or newer is needed"
            if is_local
            else "check GOLDREEL_SPARK_REMOTE, and that the server is up",
        ) from error


def _reach(remote: str) -> None:
    """A plain TCP connection first: Spark's client tries for minutes, and says nothing."""
    address = urlsplit(remote)
    try:
        socket.create_connection((address.hostname or "", address.port or 15002), timeout=_REACH_SECONDS).close()
    except OSError as error:
        raise UsageError(
            f"The Spark server cannot be reached: {reason_of(error)}.",
            where=f"GOLDREEL_SPARK_REMOTE, {address.hostname}:{address.port or 15002}",
            remedy="check the address, and that a server with Spark Connect is up and no firewall is between",
        ) from None


def _local_configuration(settings: Settings, home: Path) -> dict[str, str]:
    """A Spark within this machine, with its own metastore; nothing of it listens to the network."""
    master = {"spark.master": f"local[{settings.threads}]"}
    if settings.spark_remote:
        master = {"spark.connect.grpc.binding.address": "127.0.0.1"}
    return master | {
        "spark.app.name": "goldreel",
        "spark.driver.memory": settings.spark_memory,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": f'"-Dderby.stream.error.file={home / "derby.log"}"',
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.local.dir": str(home / "scratch"),
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.warehouse.dir": str(home / "tables"),
        "spark.sql.shuffle.partitions": str(max(8, 4 * settings.threads)),
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={home / 'metastore'};create=true",
    }


def _require_java() -> None:
    if not os.environ.get("JAVA_HOME") and shutil.which("java") is None:
        raise UsageError(
            "Spark needs Java, and there is none.",
            where="JAVA_HOME, PATH",
            remedy="install Java 17 or newer (Debian: apt install openjdk-17-jre-headless), or set "
            "GOLDREEL_SPARK_REMOTE to a Spark server",
        )


@contextmanager
def _output_to(log: IO[bytes]) -> Iterator[None]:
    """Let what is started meanwhile (Java, and the Python workers that it starts) write to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        for descriptor, copy in enumerate(saved, start=1):
            os.dup2(copy, descriptor)
            os.close(copy)


_LOST = re.compile(
    r"StatusCode\.UNAVAILABLE|failed to connect to all addresses|Connection (refused|reset)|Socket closed"
    r"|Py4JNetworkError|Answer from Java side is empty|SESSION_(CLOSED|NOT_FOUND|CHANGED)",
    re.IGNORECASE,
)


def loss(message: str, location: str) -> GoldreelError | None:
    """The error to tell when a failure with this message means that Spark is gone, or that a disk is full."""
    fault = fault_in(message, location)
    if fault is not None:
        return fault
    found = _LOST.search(message)
    if found is None:
        return None
    return ServerLost(
        f"The connection to Spark was lost: {first_line(message)}",
        where=location,
        remedy="run the command again when Spark is up: whole files that were loaded stay loaded, of the rest nothing "
        "is visible",
    )
