"""What is worth an alert: severities (A-1), levels of stock (A-3), and rules on measured figures (A-4 to A-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from config.measured_rules import MeasuredRule, check_template
from config.stock_levels import StockLevel
from config.values import Duration, Flag, Id, Model, Text
from events import AlertKind, Severity

STOCK_LEVEL: Final = "stock_level"
CITY_NEARLY_SOLD_OUT: Final = "city_nearly_sold_out"
_POOL_WORDS: Final = frozenset({"level", "cityId", "tier", "available"})
_CITY_WORDS: Final = frozenset({"level", "cityId", "available"})


class SeverityRules(Model):
    """How soon somebody must take it, whether only business hours count, and who is told first (A-2)."""

    response_time: Duration
    first_step: tuple[Id, ...] = ()
    business_hours: Flag = False
    escalates: Flag = True


class Weight(Model):
    """How much an alert weighs: `kind` says whether it is over at once (notice) or lasts until it ends (condition)."""

    severity: Severity
    kind: AlertKind


class LevelRule(Weight):
    """What a pool's fall to a level means."""

    urgent: Weight | None = Field(default=None, description="what it means at a threshold that is urgent")

    def weight(self, *, urgent: bool) -> Weight:
        return self.urgent if urgent and self.urgent else self


class CityRule(Weight):
    """What it means that a whole city is nearly sold out."""

    summary: Text

    @field_validator("summary")
    @classmethod
    def _known_words(cls, summary: str) -> str:
        return check_template(summary, _CITY_WORDS)


class StockRules(Model):
    """Rule `stock_level` for a pool's fall to a level, `city_nearly_sold_out` for a city's; inventory tells of both."""

    category: Id
    summary: Text
    levels: Mapping[StockLevel, LevelRule]
    city: CityRule

    @field_validator("summary")
    @classmethod
    def _known_words(cls, summary: str) -> str:
        return check_template(summary, _POOL_WORDS)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := [level for level in StockLevel if level not in self.levels]:
            raise ValueError(f"levels lacks {missing[0]}")
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
