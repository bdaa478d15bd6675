"""deploy/compose as Compose reads it: parsed, and with values for its names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from cli.environment import parse
from stack import compose
from stack.layout import ROOT

FOLDER = ROOT / "deploy" / "compose"
_REFERENCE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<otherwise>(?:[^{}]|\$\{\w+\})*))?\}")


def document() -> Mapping[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    return found


def services() -> Mapping[str, Mapping[str, Any]]:
    """With what a service extends: nothing but its image."""
    found: dict[str, dict[str, Any]] = document()["services"]
    return {name: _extended(service) for name, service in found.items()}


def _extended(service: dict[str, Any]) -> dict[str, Any]:
    if (base := service.get("extends")) is None:
        return service
    others: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / base["file"]).read_text())["services"]
    return {**others[base["service"]], **service}


def environment_file() -> dict[str, str]:
    """What `docker compose run --rm secrets` prints."""
    return parse(compose.env())


def given(service: str, values: Mapping[str, str]) -> dict[str, str]:
    """The environment of a container: a name without a value comes from `values`, and is not set without one there."""
    found: dict[str, str] = {}
    for name, value in services()[service].get("environment", {}).items():
        if value is not None:
            found[name] = _filled(str(value), values)
        elif name in values:
            found[name] = values[name]
    return found


def asks_for(service: str) -> set[str]:
    """The names that a container's environment takes from the environment file."""
    found: dict[str, object] = services()[service].get("environment", {})
    bare = {name for name, value in found.items() if value is None}
    return bare | {name for value in found.values() for name in re.findall(r"\$\{(\w+)", str(value))}


def _filled(text: str, values: Mapping[str, str]) -> str:
    def fill(match: re.Match[str]) -> str:
        return values.get(match["name"]) or _filled(match["otherwise"] or "", values)

    return _REFERENCE.sub(fill, text)
