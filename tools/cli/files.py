"""Where the files of an installation lie: in the checkout, or beside a container's working directory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from chassis.variables import read_variable
from cli.environment import ROOT

_TOPICS: Final = Path("deploy", "kafka", "topics.yaml")
_CONFIG: Final = Path("deploy", "config")


def config_folder(values: Mapping[str, str]) -> Path:
    """CONFIG_DIR, or the shipped folder."""
    named = read_variable(values, "CONFIG_DIR")
    return Path(named) if named else shipped(_CONFIG)


def topics_file() -> Path:
    """The shipped plan of Kafka's topics."""
    return shipped(_TOPICS)


def shipped(path: Path) -> Path:
    """A file or folder of the checkout, wherever the command is called."""
    return ROOT / path if (ROOT / path).exists() else path
