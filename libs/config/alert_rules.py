"""Severities (alert-rules.md A-1), the levels of stock (A-3), and the rules on measured figures (A-4 to A-7)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from config.measured_rules import MeasuredRule, check_template
from config.values import Duration, Flag, Id, Model, Percent, Seats, Text
from events import AlertKind, Severity

DEFAULT_TIER: Final = "ga"
STOCK_LEVEL: Final = "stock_level"
CITY_NEARLY_SOLD_OUT: Final = "city_nearly_sold_out"
_POOL_WORDS: Final = frozenset({"level", "cityId", "tier", "available"})
_CITY_WORDS: Final = frozenset({"level", "cityId", "available"})


class StockLevel(StrEnum):
    INFO = "INFO"
    LOW = "LOW"
    CRITICAL = "CRITICAL"
    SOLD_OUT = "SOLD OUT"


class SeverityRules(Model):
    """How soon somebody must take it, whether only business hours count, and who is told first (A-2)."""

    response_time: Duration
    first_step: tuple[Id, ...] = ()
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
    summary: Text

    @field_validator("summary")
    @classmethod
    def _known_words(cls, summary: str) -> str:
        return check_template(summary, _CITY_WORDS)


class StockRules(Model):
    """Rule `stock_level` for the tiers, `city_nearly_sold_out` for the city."""

    category: Id
    summary: Text
    tiers: Mapping[Id, tuple[StockRule, ...]]
    city: CityRule

    @field_validator("summary")
    @classmethod
    def _known_words(cls, summary: str) -> str:
        return check_template(summary, _POOL_WORDS)

    @model_validator(mode="after")
    def _default_tier(self) -> Self:
        if DEFAULT_TIER not in self.tiers:
            raise ValueError(f"tiers lacks {DEFAULT_TIER}, whose levels count for every tier without its own (I-9)")
        return self


class CategoryRules(Model):
    """Who is told first of its critical and high alerts, instead of the severity's own."""

    first_step: tuple[Id, ...] = Field(min_length=1)


class AlertRules(Model):
    """alert-rules.yaml. A rule's name is its id."""

    severities: Mapping[Severity, SeverityRules]
    categories: Mapping[Id, CategoryRules] = Field(default_factory=dict)
    stock: StockRules
    rules: Mapping[Id, MeasuredRule] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := [severity for severity in Severity if severity not in self.severities]:
            raise ValueError(f"severities lacks {missing[0]}")
        if taken := sorted({STOCK_LEVEL, CITY_NEARLY_SOLD_OUT} & set(self.rules)):
            raise ValueError(f"rules.{taken[0]} is the name of the rule under stock; choose another")
        return self

    def first_step(self, severity: Severity, category: str) -> tuple[str, ...]:
        """The roles that are told at once (A-2): a category's own count for critical and high."""
        own = self.categories.get(category)
        if own is not None and severity in {Severity.CRITICAL, Severity.HIGH}:
            return own.first_step
        return self.severities[severity].first_step

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
