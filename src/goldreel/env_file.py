"""`.env`, read literally: what stands behind `NAME=` is the value, `#`, `$`, quotes within it and all.

Quotes around the whole value are not part of it. In single quotes a value means the same to goldreel, to Docker Compose
and to `deploy/kubernetes/secrets.sh`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from goldreel.errors import UsageError

_OURS = re.compile(r"\s*(?:export\s+)?(?:GOLDREEL|MSSQL)_")
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)")


def read_env_file(file: Path) -> dict[str, str]:
    """The values of a file by name; of a name that stands there twice, the last one. A missing file has none.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        content = file.read_bytes()
    except (FileNotFoundError, IsADirectoryError):  # a folder: a virtual environment may have that name
        return {}
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        remedy = "let the user who runs goldreel read it, or remove it"
        raise UsageError(f"The settings cannot be read: {reason}.", str(file.absolute()), remedy) from None
    values = {}
    for number, line in enumerate(_text(content, file).split("\n"), start=1):
        match = _LINE.fullmatch(line)
        if match:
            values[match[1]] = _without_quotes(match[2].strip(" \t\r"))
        elif _OURS.match(line):
            place = f"{file.absolute()}, line {number}"
            raise UsageError("The line sets nothing: it has no `=`.", place, "write it as NAME=VALUE")
    return values


def _text(content: bytes, file: Path) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        what, remedy = "it is UTF-16", "save it as UTF-8: `iconv -f UTF-16 -t UTF-8`, or `-Encoding utf8` in PowerShell"
    else:
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            what, remedy = f"line {line} is not UTF-8", "save it as UTF-8: `iconv -f LATIN1 -t UTF-8`"
    raise UsageError(f"The settings cannot be read: {what}.", str(file.absolute()), remedy)


def _without_quotes(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if is_quoted else value


class EnvFile(PydanticBaseSettingsSource):
    """Settings from the `.env` of the folder where the command is called."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        self._prefix = str(self.config.get("env_prefix", ""))
        values = read_env_file(Path(".env"))
        self._values = {name.upper(): value for name, value in values.items()}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._values.get(f"{self._prefix}{field_name}".upper()), field_name, self.field_is_complex(field)

    def __call__(self) -> dict[str, Any]:
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, is_complex = self.get_field_value(field, name)
            if value is not None:
                found[key] = self._decoded(key, field, value) if is_complex else value
        return found

    def _decoded(self, name: str, field: FieldInfo, value: str) -> Any:
        try:
            return self.decode_complex_value(name, field, value)
        except ValueError:
            return value  # what is wrong with it is told like that of any other value


class FileSettings(BaseSettings):
    """Settings from the environment and, for what is not set there, from `.env`."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, EnvFile(settings_cls)
