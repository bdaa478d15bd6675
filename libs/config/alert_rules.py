"""alert-rules.yaml: severities (A-1), levels of stock (A-3), and rules on measured figures (A-4 to A-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from config.measured_rules import MeasuredRule, check_template
from config.stock_levels import StockLevel
from config.values import Id, Model, Text
from events import AlertKind, Severity

STOCK_LEVEL: Final = "stock_level"
CITY_NEARLY_SOLD_OUT: Final = "city_nearly_sold_out"
_POOL_WORDS: Final = frozenset({"level", "cityId", "tier", "available"})
_CITY_WORDS: Final = frozenset({"level", "cityId", "available"})


class SeverityRules(Model):
    """Who is told first of alerts of a severity (A-2)."""

    first_step: tuple[Id, ...] = Field(min_length=1, description="roles and people of contacts.yaml")


class Weight(Model):
    """How bad an alert is, and whether it is a condition or a notice."""

    severity: Severity = Field(description="critical, high, medium or low")
    kind: AlertKind = Field(description="notice or condition")


class LevelRule(Weight):
    """What kind of alert a pool's fall to a level raises."""

    urgent: Weight | None = Field(default=None, description="what it means at a threshold that is urgent")

    def weight(self, *, urgent: bool) -> Weight:
        """The weight of the fall to this level, for an urgent threshold or another."""
        return self.urgent if urgent and self.urgent else self


class CityRule(Weight):
    """What kind of alert a nearly sold-out city raises."""

    summary: Text = Field(description="the alert's text, with {level}, {cityId} and {available}")

    @field_validator("summary")
    @classmethod
    def _known_words(cls, summary: str) -> str:
        return check_template(summary, _CITY_WORDS)


class StockRules(Model):
    """Alerts on stock: rule `stock_level` for a pool's fall to a level, `city_nearly_sold_out` for a city's.

    Inventory announces both.
    """

    category: Id = Field(description="the alerts' category")
    summary: Text = Field(description="the alert's text, with {level}, {cityId}, {tier} and {available}")
    levels: Mapping[StockLevel, LevelRule] = Field(description="level of stock-levels.yaml → what it means")
    city: CityRule = Field(description="what it means that a whole city is nearly sold out")

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
    """Who is told first of a category's critical and high alerts, instead of the severity's people."""

    first_step: tuple[Id, ...] = Field(min_length=1, description="roles and people of contacts.yaml")


class AlertRules(Model):
    """alert-rules.yaml: what raises an alert, and who is told first."""

    severities: Mapping[Severity, SeverityRules] = Field(
        default_factory=dict, description="severity → who is told first; of one that is left out nobody in particular"
    )
    categories: Mapping[Id, CategoryRules] = Field(
        default_factory=dict, description="category → who is told first of its critical and high alerts"
    )
    stock: StockRules = Field(description="what falling stock means")
    rules: Mapping[Id, MeasuredRule] = Field(
        default_factory=dict, description="name, which is the rule's id → rule on a measured figure"
    )

    @model_validator(mode="after")
    def _names_free(self) -> Self:
        if taken := sorted({STOCK_LEVEL, CITY_NEARLY_SOLD_OUT} & set(self.rules)):
            raise ValueError(f"rules.{taken[0]} is the name of the rule under stock; choose another")
        return self

    def first_step(self, severity: Severity, category: str) -> tuple[str, ...]:
        """The roles that are told at once (A-2): for critical and high alerts the category's, if it has any."""
        own = self.categories.get(category)
        if own is not None and severity in {Severity.CRITICAL, Severity.HIGH}:
            return own.first_step
        general = self.severities.get(severity)
        return general.first_step if general else ()
