"""Settings from the environment and `.env`, validated once, before anything is touched."""

from __future__ import annotations

import difflib
import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from goldreel import limits
from goldreel.env_file import FileSettings, read_env_file
from goldreel.errors import UsageError
from goldreel.names import readable

EngineName = Literal["duckdb", "sqlserver", "spark"]
Authentication = Literal["sql", "ActiveDirectoryDefault", "ActiveDirectoryMSI", "ActiveDirectoryServicePrincipal"]

DEFAULT_PORT = 1433

# Nothing that goldreel starts may send usage statistics anywhere.
NO_USAGE_STATISTICS = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_VERSION_CHECK": "false",
    "DO_NOT_TRACK": "1",
}


def duration(text: str) -> timedelta:
    """A length of time as people write it: `26h`, `90m`, `2d`, `45s`.

    Raises:
        ValueError: it is none.
    """
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]+)?)\s*([smhd])", text.strip())
    if found is None:
        raise ValueError("it is no length of time; write a number and s, m, h or d, as in 26h")
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[found.group(2)]
    return timedelta(**{unit: float(found.group(1))})


class Settings(FileSettings):
    """What can be set from outside; each name is an environment variable with the prefix `GOLDREEL_`."""

    model_config = SettingsConfigDict(env_prefix="GOLDREEL_", extra="ignore", frozen=True)

    home: Path = Field(Path("warehouse"), description="folder that holds all that a run writes")
    engine: EngineName = Field("duckdb", description="the engine that holds the warehouse")
    lock_timeout: float = Field(30.0, ge=0, description="seconds to wait for a warehouse that another process uses")
    memory_limit: str = Field(
        "", pattern=r"^(\d+(\.\d+)?\s*[KMGT]i?B)?$", description="memory that DuckDB or a local Spark may use, e.g. 8GB"
    )
    keep_changes: int = Field(30, ge=1, description="builds whose changes are kept record by record")
    threads: int = Field(default_factory=limits.processors, ge=1, description="worker threads")
    keep_versions: int = Field(3, ge=1, description="published versions that are kept (always 2 but on DuckDB)")
    max_age: timedelta | None = Field(
        None, description="how old published data may be, since they were loaded: 26h, 90m or 2d; none: any age"
    )
    alert_webhook: SecretStr = Field(
        SecretStr(""), description="address that is told of failures and of old data, as Slack's incoming webhooks are"
    )
    earliest_date: date | None = Field(
        None, description="dates before it are quarantined as implausible; none given: 1900-01-01, of dbt_project.yml"
    )
    thresholds: dict[str, Any] = Field(
        {}, description='other values for thresholds of dbt_project.yml, as JSON, e.g. {"active_user_hours": 50}'
    )
    source: str = Field(
        "",
        description="what reads files of others where nothing else says it: NAME.source.yml or a name; several: commas",
    )
    spark_remote: str = Field(
        "", pattern=r"^(sc://\S+|local(\[.+\])?)?$", description="address of a Spark Connect server: sc://HOST:PORT"
    )
    spark_table_format: Literal["parquet", "delta"] = Field(
        "parquet", description="how Spark stores tables; delta needs its jars in the session"
    )
    mssql_trust_server_certificate: bool = Field(
        False, description="trust a SQL Server whose certificate no authority signed"
    )
    mssql_authentication: Authentication = Field(
        "sql", description="how to sign in: sql with user and password, the others through Microsoft Entra ID"
    )

    dashboard_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/,?#]+(/[^\s,?#]*)?(\s*,\s*https?://[^\s/,?#]+(/[^\s,?#]*)?)*)?$",
        description="where visitors find the dashboard behind a proxy: https://HOST[/PATH]; several: divided by commas",
    )
    spark_partition_by_day: bool = Field(
        False, description="store silver sessions in a folder per watch_date; worth it where a day has 100 MB or more"
    )

    @field_validator("max_age", mode="before")
    @classmethod
    def _is_duration(cls, given: Any) -> Any:
        return (duration(given) if given else None) if isinstance(given, str) else given

    @field_validator("home")
    @classmethod
    def _has_a_name_that_is_text(cls, home: Path) -> Path:
        if readable(str(home)) != str(home):
            raise ValueError("the name of the folder is not UTF-8, and no database can be opened there")
        return home

    @field_validator("thresholds")
    @classmethod
    def _are_thresholds(cls, given: dict[str, Any]) -> dict[str, Any]:
        """They become SQL: nothing but a number, for a threshold that there is."""
        declared = declared_thresholds() if given else {}
        for name, value in given.items():
            if name not in declared:
                raise ValueError(f"there is no threshold {name!r}; those there are: {', '.join(declared)}")
            is_whole = isinstance(declared[name], int)
            if isinstance(value, bool) or not isinstance(value, int if is_whole else int | float):
                raise ValueError(f"{name} must be a {'whole ' * is_whole}number; its default is {declared[name]}")
            if not math.isfinite(value) or value < 0:
                raise ValueError(f"{name} must be 0 or more; its default is {declared[name]}")
        return given

    def dbt_variables(self, as_of: str) -> dict[str, Any]:
        """What the models are built with besides bronze.

        Args:
            as_of: the day that days_since_signup counts to, YYYY-MM-DD.
        """
        earliest = {"earliest_date": self.earliest_date.isoformat()} if self.earliest_date else {}
        return {"as_of": as_of, **earliest, **self.thresholds}

    @field_validator("dashboard_url")
    @classmethod
    def _one_path(cls, value: str) -> str:
        if len({urlsplit(url.strip()).path.rstrip("/") for url in value.split(",")}) > 1:
            raise ValueError("all of its addresses must have the same path")
        return value

    @property
    def dashboard_urls(self) -> list[str]:
        """The addresses under which the dashboard is visited; none: those that it listens at."""
        return [url.strip() for url in self.dashboard_url.split(",") if url.strip()]

    @property
    def sources(self) -> list[str]:
        """The sources that are set, by file or name."""
        return [source.strip() for source in self.source.split(",") if source.strip()]

    @property
    def warehouse_file(self) -> Path:
        """The embedded warehouse: bronze, silver and gold in one DuckDB file."""
        return self.home / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """The folder that readers open."""
        return self.home / "published"

    @property
    def spark_home(self) -> Path:
        """Spark's lock and logs; of a local Spark the metastore and the tables too."""
        return self.home / "spark"

    @property
    def dbt_workspace(self) -> Path:
        """What dbt writes while it works: compiled SQL, its parse cache and its logs."""
        return self.home / "dbt"

    @property
    def spark_server(self) -> str:
        """The address of the Spark server without its parameters, of which one may be a token."""
        return re.split(r"/?;", self.spark_remote)[0]

    @property
    def spark_memory(self) -> str:
        """The memory of a local Spark in Java's spelling: as much as DuckDB may use."""
        number, unit = re.fullmatch(r"([\d.]+)\s*([KMGT])i?B", self.duckdb_memory_limit).groups()  # type: ignore[union-attr]
        return f"{int(float(number) * 1024 ** 'KMGT'.index(unit))}k"

    @property
    def duckdb_memory_limit(self) -> str:
        """The memory limit in DuckDB's spelling: the setting, or half of what this process may have, up to 4 GB."""
        if self.memory_limit:
            return self.memory_limit
        return f"{min(4_000_000_000, limits.memory() // 2) // 1_000_000}MB"

    def with_part_of_memory(self, part: float) -> Settings:
        """The same for one of several that share the memory."""
        return self.model_copy(update={"memory_limit": limits.part_of_memory(self.duckdb_memory_limit, part)})


class SQLServerSettings(FileSettings):
    """Where SQL Server is, and who we are there; each name is an environment variable with the prefix `MSSQL_`."""

    model_config = SettingsConfigDict(env_prefix="MSSQL_", extra="ignore", frozen=True)

    server: str = Field(
        min_length=1, pattern=r"^[^\\,;]+(\\[^\\,;]+)?$", description="host name or address, or HOST\\INSTANCE"
    )
    database: str = Field(min_length=1, max_length=128, description="database; created when missing and permitted")
    user: str = Field(min_length=1, description="login; of a service principal its client id")
    password: SecretStr = Field(min_length=1, description="its password, or the service principal's secret")
    port: int = Field(
        DEFAULT_PORT, ge=1, le=65535, description="TCP port; of an instance that is named, asked of the host"
    )


class SQLServerSettingsWithoutPassword(SQLServerSettings):
    """The same for who signs in without a password."""

    user: str = Field("", description="client id of a managed identity that is not the machine's own")
    password: SecretStr = SecretStr("")


# Names that are no settings of the command: of the DAGs, of Docker Compose, of dbt's profile, and of the tests.
OTHER_NAMES = frozenset(
    {
        *("DELIVERIES", "DELIVERIES_SETTLE", "TASK_TIMEOUT", "RETRIES", "RETRY_DELAY", "RECONCILE_EVERY"),
        *("AIRFLOW_NOTIFIER", "AIRFLOW_NOTIFIER_ARGUMENTS"),
        *("BIND_ADDRESS", "IMAGE", "SPARK_IMAGE", "TAG"),
        *("DUCKDB_FILE", "MSSQL_SCHEMA", "SPARK_SCHEMA", "SEEN_LOAD_ID", "BUILT_LOAD_ID"),
        *("TERRAFORM_PROVIDERS",),
    }
)


def load_settings(engine: str | None = None) -> Settings:
    """Read and check the settings; an `engine` given on the command line overrides `GOLDREEL_ENGINE`.

    Raises:
        UsageError: a setting cannot be used; names the variable, its value and what is expected. Or a name is none of
            a setting: any in `.env`, and one in the environment (where others may have theirs) that is nearly one.
    """
    for name in read_env_file(Path(".env")):
        _refuse_unknown(name, ".env", cutoff=0.0)
    for name in os.environ:
        _refuse_unknown(name, "the environment", cutoff=0.8)
    try:
        return Settings() if engine is None else Settings(engine=engine)
    except ValidationError as error:
        raise _unusable(error, "GOLDREEL_") from None


def load_sqlserver_settings(authentication: Authentication = "sql") -> SQLServerSettings:
    """Read and check how to reach SQL Server; a way to sign in that takes no password needs none.

    Raises:
        UsageError: a setting is missing or cannot be used; never shows the password.
    """
    try:
        if authentication in ("ActiveDirectoryDefault", "ActiveDirectoryMSI"):
            return SQLServerSettingsWithoutPassword()
        return SQLServerSettings()
    except ValidationError as error:
        raise _unusable(error, "MSSQL_") from None


def _refuse_unknown(name: str, place: str, cutoff: float) -> None:
    """Refuse a mistyped name of a setting, which would be passed over otherwise.

    Args:
        cutoff: how near the name of a setting must be, from 0 to 1.
    """
    prefix, _, rest = name.upper().partition("_")
    known = {field.upper() for field in Settings.model_fields}
    if prefix != "GOLDREEL" or rest in known | OTHER_NAMES or rest.startswith("REQUIRE_"):
        return
    near = difflib.get_close_matches(rest, known | OTHER_NAMES, n=1, cutoff=cutoff)
    if near:
        raise UsageError(
            f"{name} is no setting; did you mean GOLDREEL_{near[0]}?",
            where=place,
            remedy="correct the name, or leave it out; docs/guide/settings.md lists every setting",
        )


def _unusable(error: ValidationError, prefix: str) -> UsageError:
    first = error.errors()[0]
    name = prefix + "_".join(str(part) for part in first["loc"]).upper()
    if first["type"] == "missing":
        return UsageError(
            f"The setting {name} is missing.",
            where="environment or .env",
            remedy=f"set {name}; docs/guide/settings.md lists every setting, .env.example shows them",
        )
    is_secret = name == "MSSQL_PASSWORD" or "token=" in str(first.get("input"))
    shown = "" if is_secret else f"={first.get('input')!r}"
    return UsageError(
        f"The setting {name} cannot be used: {first['msg'][:1].lower()}{first['msg'][1:]}",
        where=f"{name}{shown} (environment, .env or command line)",
        remedy="correct it or leave it out; docs/guide/settings.md lists every setting",
    )


def dbt_project() -> Path:
    """The folder of the dbt project: inside the installed package, or the checkout's `dbt/`.

    Raises:
        UsageError: neither is there.
    """
    package = Path(__file__).parent
    for candidate in (package / "dbt", package.parents[1] / "dbt"):
        if (candidate / "dbt_project.yml").is_file():
            return candidate
    raise UsageError(
        "The dbt project that comes with goldreel is missing.",
        where=str(package),
        remedy="install goldreel again, or run it from a complete checkout",
    )


def declared_thresholds() -> dict[str, int | float]:
    """Every threshold of the models with its default, as `dbt/dbt_project.yml` declares them."""
    project = yaml.safe_load((dbt_project() / "dbt_project.yml").read_text(encoding="utf-8"))
    return {name: value for name, value in project["vars"].items() if isinstance(value, int | float)}


def for_dbt_alone(name: str) -> bool:
    """Whether dbt would listen to an environment variable, whoever set it."""
    return name.upper().startswith("DBT_")


@contextmanager
def dbt_environment(variables: dict[str, str]) -> Iterator[None]:
    """Set environment variables for dbt for a while, and take away all others that it would listen to."""
    users = {name: os.environ.pop(name) for name in list(os.environ) if for_dbt_alone(name)}
    try:
        with changed_environment(variables):
            yield
    finally:
        os.environ.update(users)


@contextmanager
def changed_environment(variables: dict[str, str]) -> Iterator[None]:
    """Set environment variables for a while."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
