"""`python -m goldreel.orchestration.local`: a whole Airflow on this machine, at work on a demo delivery."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from goldreel.config import load_settings
from goldreel.errors import GoldreelError
from goldreel.orchestration import AIRFLOW_SETTINGS, POOL
from goldreel.orchestration.settings import OrchestrationSettings

# Processes of tasks are forked from the scheduler's, and those that parse from the processor's: what these two have
# imported, none of the others need import.
_PLAIN = ("-m", "airflow")
_PRELOADED = ("-c", "import dbt.cli.main, goldreel.orchestration.layers; from airflow.__main__ import main; main()")
_DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY"
_PATIENCE = f"{__package__}.SQLITE_PATIENCE"
_CONNECT_ARGS = tuple(f"{_DATABASE}_CONNECT_ARGS{kind}" for kind in ("", "_ASYNC"))

DAGS = Path(__file__).parents[3] / "dags"


def environment(home: Path, deliveries: str, port: int) -> dict[str, str]:
    """What a local Airflow needs in its environment.

    Args:
        home: the folder for all that Airflow writes.
        deliveries: the folder that the DAGs watch, or the address of one in an object store.
    """
    url = f"http://127.0.0.1:{port}"
    settings = AIRFLOW_SETTINGS | _patience()
    return settings | {
        "AIRFLOW_HOME": str(home.absolute()),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "false",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "24",  # most tasks wait for dbt; what is heavy takes the one slot of the pool
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
        "AIRFLOW__COSMOS__CACHE_DIR": str(home.absolute() / "cosmos"),
        "GOLDREEL_DELIVERIES": OrchestrationSettings(deliveries=deliveries).watched,
    }


def _patience() -> dict[str, str]:
    """Unless the user has given Airflow a server for its database."""
    if f"{_DATABASE}_CONN" in os.environ:
        return {}
    return dict.fromkeys(_CONNECT_ARGS, _PATIENCE)


def _run(module: str, *arguments: str, settings: Mapping[str, str]) -> None:
    """Run a module to its end.

    Raises:
        GoldreelError: it failed.
    """
    ended = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=os.environ | dict(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip()[-2000:]
        raise GoldreelError(f"{' '.join([module, *arguments])} failed.", remedy=f"mend what it says: {said}")


def prepare(settings: Mapping[str, str]) -> None:
    """Airflow's database, the pool, and what the DAGs are drawn from."""
    Path(settings["AIRFLOW_HOME"]).mkdir(parents=True, exist_ok=True)
    _run("goldreel.orchestration", settings=settings)
    _run("airflow", "db", "migrate", settings=settings)
    _run("airflow", "pools", "set", POOL, "1", "Whatever writes to goldreel's warehouse", settings=settings)


@contextmanager
def running(settings: Mapping[str, str], patience: float = 300.0) -> Iterator[list[subprocess.Popen[bytes]]]:
    """A local Airflow, ready; stopped with all its processes at the end. Their logs are in its home.

    Args:
        patience: seconds that it may take to start.

    Raises:
        GoldreelError: it does not start.
    """
    give_up = time.monotonic() + patience
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes.append(_start("api-server", settings))
        _wait(processes, settings, ("metadatabase",), give_up)  # what the others start fails without it
        processes += [_start(part, settings) for part in ("scheduler", "dag-processor", "triggerer")]
        _wait(processes, settings, ("scheduler", "dag_processor", "triggerer"), give_up)
        yield processes
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _start(part: str, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    with (Path(settings["AIRFLOW_HOME"]) / f"{part}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, *(_PRELOADED if part in ("scheduler", "dag-processor") else _PLAIN), part],
            env=_of_part(part, os.environ | dict(settings)),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _of_part(part: str, settings: Mapping[str, str]) -> dict[str, str]:
    """What a part of Airflow needs in its environment.

    The API server notes who paused what in the thread that answers everybody. While that thread waits for another's
    write, whoever has begun that write cannot end it: so it gives up soon, after Python's own default.
    """
    left_out = _CONNECT_ARGS if part == "api-server" else ()
    return {name: value for name, value in settings.items() if name not in left_out or value != _PATIENCE}


def _wait(
    processes: Sequence[subprocess.Popen[bytes]], settings: Mapping[str, str], parts: Sequence[str], give_up: float
) -> None:
    while not _are_healthy(settings["AIRFLOW__API__BASE_URL"], parts):
        if any(process.poll() is not None for process in processes) or time.monotonic() > give_up:
            raise GoldreelError("Airflow does not start.", where=settings["AIRFLOW_HOME"], remedy="its logs say why")
        time.sleep(1)


def _are_healthy(url: str, parts: Sequence[str]) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/v2/monitor/health", timeout=5) as answer:
            health = json.load(answer)
    except OSError:
        return False
    return all(health[part]["status"] == "healthy" for part in parts)


def password(settings: Mapping[str, str]) -> str:
    """Of the user `admin`, as Airflow made it up at its first start."""
    file = Path(settings["AIRFLOW_HOME"]) / "simple_auth_manager_passwords.json.generated"
    return str(json.loads(file.read_text())["admin"])


def free_port(preferred: int) -> int:
    """That port of this machine, or another one when it is taken."""
    for port in (preferred, 0):
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return int(tried.getsockname()[1])
    raise GoldreelError("There is no free port.")


@contextmanager
def _alone_in(home: Path) -> Iterator[None]:
    """Two would share a database, and do everything twice."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "running.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GoldreelError(
                "An Airflow is at work there already.",
                where=str(home),
                remedy="stop it with Ctrl-C where it was started, or give another GOLDREEL_HOME",
            ) from None
        yield


def _deliver_demo(folder: Path) -> None:
    if not folder.exists():
        draft = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(draft, ignore_errors=True)
        _run("goldreel", "generate", str(draft), settings={})
        draft.rename(folder)


def main() -> None:
    """Start, say where, and stay until Ctrl-C."""
    home = load_settings().home / "airflow"
    watched = os.environ.get("GOLDREEL_DELIVERIES", "")
    deliveries = watched or str(home / "deliveries")
    settings = environment(home, deliveries, free_port(int(os.environ.get("AIRFLOW_PORT", "8080"))))
    with _alone_in(home):
        _say("Preparing Airflow (the first time takes a minute or two) …")
        prepare(settings)
        if not watched:
            _deliver_demo(Path(deliveries) / "demo")
        with running(settings) as processes:
            _say(
                f"Airflow is at {settings['AIRFLOW__API__BASE_URL']}  (user admin, password {password(settings)})",
                f"It watches {deliveries} for deliveries; its logs are in {home}.",
                "Ctrl-C stops it.",
            )
            try:
                while all(process.poll() is None for process in processes):
                    time.sleep(1)
            except KeyboardInterrupt:
                _say("Stopping; tasks that are at work have half a minute to end …")
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # to stop it all takes its time
                return
        raise GoldreelError("A part of Airflow ended by itself.", where=str(home), remedy="its logs say why")


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what ends it leaves no part of it behind
    try:
        main()
    except GoldreelError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
