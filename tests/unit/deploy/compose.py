"""deploy/compose as Compose reads it: parsed, and with values for its names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from chassis.variables import IN_FILE
from stack import secret_files
from stack.layout import ROOT

FOLDER = ROOT / "deploy" / "compose"
MOUNTED = "/run/secrets/"
WHOLE = "./secrets:/run/secrets"
_REFERENCE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<otherwise>(?:[^{}]|\$\{\w+\})*))?\}")


@cache
def document() -> Mapping[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    return found


@cache
def services() -> Mapping[str, Mapping[str, Any]]:
    """With what a service extends: nothing but its image."""
    found: dict[str, dict[str, Any]] = document()["services"]
    return {name: _extended(service) for name, service in found.items()}


def _extended(service: dict[str, Any]) -> dict[str, Any]:
    if (base := service.get("extends")) is None:
        return service
    others: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / base["file"]).read_text())["services"]
    return {**others[base["service"]], **service}


def installation() -> dict[str, str]:
    """What `docker compose run --rm secrets` writes for a new installation, files and `.env` together."""
    return secret_files.installation({})


def files_of(service: str) -> set[str]:
    """The names of the files of secrets in its container; all of them where the folder is its own."""
    found = services()[service]
    return set(secret_files.names() if WHOLE in found.get("volumes", ()) else found.get("secrets", ()))


def variables_of(service: str) -> set[str]:
    """The names that are set for it, whether by a file or not."""
    given = services()[service].get("environment", {})
    return {name.removesuffix(IN_FILE) if str(value).startswith(MOUNTED) else name for name, value in given.items()}


def given(service: str, values: Mapping[str, str]) -> dict[str, str]:
    """What a container knows: a name without a value comes from `values`, and is not set without one there.

    What is in a file has the name that its content goes by.
    """
    found: dict[str, str] = {}
    for name, value in services()[service].get("environment", {}).items():
        if str(value).startswith(MOUNTED):
            key = value.removeprefix(MOUNTED)
            assert key in files_of(service), f"{service} has no file {value}"
            found[name.removesuffix(IN_FILE)] = values.get(key, "")
        elif value is not None:
            found[name] = _filled(str(value), values)
        elif name in values:
            found[name] = values[name]
    return {name: value for name, value in found.items() if value}


def asks_for(service: str) -> set[str]:
    """The names that a container's environment takes from the environment file."""
    found: dict[str, object] = services()[service].get("environment", {})
    bare = {name for name, value in found.items() if value is None}
    return bare | {name for value in found.values() for name in re.findall(r"\$\{(\w+)", str(value))}


def _filled(text: str, values: Mapping[str, str]) -> str:
    def fill(match: re.Match[str]) -> str:
        return values.get(match["name"]) or _filled(match["otherwise"] or "", values)

    return _REFERENCE.sub(fill, text)
