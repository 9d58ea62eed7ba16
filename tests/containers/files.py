"""The files that make the containers, read as the tools read them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE_TEXT = (ROOT / "docker-compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ENV_EXAMPLE = dict(line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line[:60])
PROGRAMS = ROOT / "deploy" / "docker" / "bin"

# ${NAME}, ${NAME:-default}, ${NAME:?what is wrong}
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<kind>:[-?])?(?P<rest>[^}]*)\}")


def profiles(service: str) -> set[str]:
    return set(SERVICES[service]["profiles"])


def runs_once(service: str) -> bool:
    return bool(SERVICES[service].get("restart") == "no")


def instructions(stage: str) -> list[str]:
    """The instructions of a stage of the Dockerfile and of the stages it stands on, first to last."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    stages: dict[str, tuple[str, list[str]]] = {}
    current: list[str] = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        if match := re.fullmatch(r"FROM (\S+)(?: AS (\S+))?", line):
            current = []
            stages[match[2] or "(last)"] = (match[1], current)
        else:
            current.append(re.sub(r"\s+", " ", line))
    base, own = stages[stage]
    return [*(instructions(base) if base in stages else [f"FROM {base}"]), *own]
