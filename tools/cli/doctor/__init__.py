"""The checks of `fullhouse doctor`: a file for each subject, and this table of all, in the order of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cli.doctor.check import Check
from cli.doctor.configuration import configuration_files
from cli.doctor.kafka import topics_as_planned

CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "configuration files": configuration_files,
        "topics": topics_as_planned,
    }
)
