"""Severities (alert-rules.md A-1) and the levels of stock (A-3)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self

from pydantic import Field, model_validator

from config.values import Duration, Flag, Id, Model, Percent, Seats

DEFAULT_TIER: Final = "ga"


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


class StockLevel(StrEnum):
    INFO = "INFO"
    LOW = "LOW"
    CRITICAL = "CRITICAL"
    SOLD_OUT = "SOLD OUT"


class SeverityRules(Model):
    """How soon somebody must take it, and whether only business hours count."""

    response_time: Duration
    business_hours: Flag = False
    escalates: Flag = True


class StockRule(Model):
    """What reaching one of `at_or_below` public seats means."""

    at_or_below: tuple[Seats, ...] = Field(min_length=1)
    level: StockLevel
    severity: Severity
    kind: AlertKind


class CityRule(Model):
    """The whole city, all tiers together, against its public limit."""

    percent: Percent
    level: StockLevel
    severity: Severity
    kind: AlertKind


class StockRules(Model):
    tiers: Mapping[Id, tuple[StockRule, ...]]
    city: CityRule

    @model_validator(mode="after")
    def _default_tier(self) -> Self:
        if DEFAULT_TIER not in self.tiers:
            raise ValueError(f"tiers lacks {DEFAULT_TIER}, whose levels count for every tier without its own (I-9)")
        return self


class AlertRules(Model):
    """alert-rules.yaml."""

    severities: Mapping[Severity, SeverityRules]
    stock: StockRules

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := [severity for severity in Severity if severity not in self.severities]:
            raise ValueError(f"severities lacks {missing[0]}")
        return self

    def thresholds(self, tier: str) -> tuple[int, ...]:
        """The public seats at which a crossing is announced, falling (I-9)."""
        return tuple(sorted({seats for rule in self._rules(tier) for seats in rule.at_or_below}, reverse=True))

    def stock_rule(self, tier: str, threshold: int) -> StockRule:
        """What a threshold means: the rule of the lowest step that still covers it; above all steps, the highest's."""
        steps = {seats: rule for rule in self._rules(tier) for seats in rule.at_or_below}
        covering = [seats for seats in steps if seats >= threshold]
        return steps[min(covering) if covering else max(steps)]

    def _rules(self, tier: str) -> tuple[StockRule, ...]:
        return self.stock.tiers.get(tier, self.stock.tiers[DEFAULT_TIER])
