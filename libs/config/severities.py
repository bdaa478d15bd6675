"""Words that rules, routing and messages share."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """The most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class AlertKind(StrEnum):
    """A condition lasts until it ends; a notice is resolved in the same breath."""

    CONDITION = "condition"
    NOTICE = "notice"
