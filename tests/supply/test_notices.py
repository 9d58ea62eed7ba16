"""Who gets goldreel is told under which terms the parts of others come."""

from __future__ import annotations

import re
from importlib.metadata import files
from pathlib import Path

import pytest

from containers.files import DOCKERFILE, instructions

REPOSITORY = Path(__file__).parents[2]
DRIVER = "mssql-python-odbc"
LABEL = 'org.opencontainers.image.licenses="Apache-2.0 AND LicenseRef-Microsoft-ODBC-Driver-18"'
NOTICE = (REPOSITORY / "NOTICE").read_text(encoding="utf-8")
EXTRAS = {
    target: extras.split()
    for target, extras in re.findall(r"AS build-(\w+)\nRUN \./install dependencies ([a-z ]+)", DOCKERFILE)
}


@pytest.mark.parametrize("target", EXTRAS)
def test_an_image_with_microsofts_driver_says_so_and_one_without_does_not(target: str) -> None:
    found = instructions(target)
    licences = [
        part for line in found if line.startswith("LABEL") for part in re.findall(r"\S*licenses=\"[^\"]*\"", line)
    ]
    assert (licences[-1] == LABEL) == ("sqlserver" in EXTRAS[target])
    assert "COPY LICENSE NOTICE /opt/goldreel/" in found
    name = f"goldreel-{target}".removesuffix("-goldreel")
    told = NOTICE.partition("nor has a wheel")[0]
    images, _, without = told.partition("have this extra;")
    assert re.search(rf"\b{name}\b(?!-)", images if "sqlserver" in EXTRAS[target] else without)


def test_the_drivers_terms_lie_where_the_notice_says() -> None:
    texts = [str(file) for file in files(DRIVER) or [] if "LICENSE" in str(file).upper()]
    assert any(re.match(r"mssql_python_odbc-[\d.]+\.dist-info/licenses/.*ODBC_DRIVER.*\.txt", text) for text in texts)
    assert any(text.startswith("mssql_python_odbc/libs/") for text in texts)
    assert "mssql_python_odbc-*.dist-info/licenses/" in NOTICE
    trimmed = (REPOSITORY / "deploy" / "docker" / "trim").read_text()
    assert not re.search(r"rm .*(mssql|dist-info|licen)", trimmed, re.IGNORECASE)


@pytest.mark.parametrize("place", ["docs/guide/anywhere.md", "docs/guide/sql-server.md"])
def test_the_guide_tells_of_the_drivers_terms(place: str) -> None:
    assert re.search(r"ODBC.*\bNOTICE\b", (REPOSITORY / place).read_text(encoding="utf-8"), re.DOTALL)


def test_the_version_that_gets_fixes_is_the_one_that_is_released() -> None:
    version = re.search(r'^version = "(\d+)', (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version
    assert f"newest release of {version[1]}.x" in (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
