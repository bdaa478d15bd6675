"""Alert rules on measured figures, as data (M-5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from string import Formatter
from types import MappingProxyType
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, model_validator

from config.values import Count, Duration, Id, Link, Model, Text
from events import AlertKind, Severity

_PER_CENT: Final = re.compile(r"^(\d+(?:\.\d+)?)\s*%$")
_SECONDS: Final = re.compile(r"^(\d+(?:\.\d+)?)\s*(s|min|h)$")
_IN_SECONDS: Final = MappingProxyType({"s": 1, "min": 60, "h": 3600})
VALUES: Final = frozenset({"value", "limit"})


class Unit(StrEnum):
    """What a figure's values are given in."""

    PER_CENT = "%"
    SECONDS = "s"
    COUNT = ""


class FigureName(StrEnum):
    """What the monitor can measure for a rule."""

    PAYMENT_SUCCESS_RATE = "payment_success_rate"
    PAYMENT_FAILURE_RATE = "payment_failure_rate"
    DEAD_LETTERS = "dead_letters"
    STOPPED_GROUPS = "stopped_groups"
    REFUSED_EVENTS = "refused_events"
    CONSUMER_BEHIND = "consumer_behind"
    SERVICE_SILENCE = "service_silence"
    BROKEN_INVARIANTS = "broken_invariants"


@dataclass(frozen=True, slots=True)
class FigureKind:
    """`windowed`: it is a share of what happened in a period; the others are as of now. `labels`: what it is of.
    `words`: what a summary may say besides.
    """

    unit: Unit
    windowed: bool = False
    labels: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


FIGURES: Final[Mapping[FigureName, FigureKind]] = MappingProxyType(
    {
        FigureName.PAYMENT_SUCCESS_RATE: FigureKind(Unit.PER_CENT, windowed=True),
        FigureName.PAYMENT_FAILURE_RATE: FigureKind(Unit.PER_CENT, windowed=True),
        FigureName.DEAD_LETTERS: FigureKind(Unit.COUNT, labels=frozenset({"service", "group"})),
        FigureName.STOPPED_GROUPS: FigureKind(Unit.COUNT, labels=frozenset({"service", "group"})),
        FigureName.REFUSED_EVENTS: FigureKind(Unit.COUNT, labels=frozenset({"service"})),
        FigureName.CONSUMER_BEHIND: FigureKind(Unit.SECONDS, labels=frozenset({"service", "group"})),
        FigureName.SERVICE_SILENCE: FigureKind(Unit.SECONDS, labels=frozenset({"service"})),
        FigureName.BROKEN_INVARIANTS: FigureKind(
            Unit.COUNT, labels=frozenset({"invariant"}), words=frozenset({"subjects"})
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure with its unit, as people write it: `95%`, `60s`, `1`."""

    value: float
    unit: Unit

    def __str__(self) -> str:
        return amount(self.value, self.unit)


def amount(value: float, unit: Unit) -> str:
    """`58.3%`, `75 s`, `2`; a whole number has no decimals."""
    if unit is Unit.SECONDS:
        return f"{value:.0f} s"
    digits = f"{value:.1f}".removesuffix(".0")
    return f"{digits}{unit}"


def _limit(value: object) -> Limit:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Limit(float(value), Unit.COUNT)
    text = value if isinstance(value, str) else ""
    if found := _PER_CENT.match(text):
        return Limit(float(found[1]), Unit.PER_CENT)
    if found := _SECONDS.match(text):
        return Limit(float(found[1]) * _IN_SECONDS[found[2]], Unit.SECONDS)
    raise ValueError("must be a share such as 95%, a time such as 60s, or a number")


def placeholders(template: str) -> set[str]:
    """The names between braces; raises ValueError for a brace that is alone."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def check_template(template: str, known: frozenset[str]) -> str:
    """The template, when it names nothing else; raises ValueError."""
    try:
        unknown = sorted(placeholders(template) - known)
    except ValueError:
        raise ValueError("has a brace without its partner") from None
    if unknown:
        raise ValueError(f"names {{{unknown[0]}}}; known here are {', '.join(sorted(known))}")
    return template


LimitValue = Annotated[Limit, BeforeValidator(_limit)]


class MeasuredRule(Model):
    """Fires while a figure is `below`, `above` or `atLeast` its limit, once that has held `for` so long.

    It ends when that has been over for `endsAfter`, so that a figure on the edge doesn't flap (M-6). A rate counts only
    with `minimumSample` events in its window, `minimumBad` of them bad (M-5).
    """

    figure: FigureName
    over: Duration | None = None
    every: Duration = timedelta(seconds=15)
    below: LimitValue | None = None
    above: LimitValue | None = None
    at_least: LimitValue | None = None
    held_for: Duration = Field(timedelta(0), alias="for")
    ends_after: Duration = timedelta(minutes=1)
    minimum_sample: Count = 1
    minimum_bad: Count = 5
    severity: Severity
    category: Id
    kind: AlertKind = AlertKind.CONDITION
    summary: Text
    runbook: Link | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        kind = FIGURES[self.figure]
        if sum(limit is not None for limit in (self.below, self.above, self.at_least)) != 1:
            raise ValueError("needs exactly one of below, above and atLeast")
        if self.limit.unit is not kind.unit:
            raise ValueError(f"compares {self.figure} with {self.limit}; write its limit {_FORMS[kind.unit]}")
        if kind.windowed != (self.over is not None):
            raise ValueError(f"{'lacks' if kind.windowed else 'must not have'} over, the window of {self.figure}")
        if self.kind is not AlertKind.CONDITION:
            raise ValueError("must be a condition: what is measured begins and ends")
        check_template(self.summary, VALUES | kind.labels | kind.words)
        return self

    @property
    def limit(self) -> Limit:
        found = self.below or self.above or self.at_least
        if found is None:
            raise ValueError("a rule without a limit")
        return found

    def breached(self, value: float) -> bool:
        """Whether a measured value is on the wrong side of the limit."""
        if self.below is not None:
            return value < self.below.value
        if self.above is not None:
            return value > self.above.value
        return value >= self.limit.value

    def summarize(self, value: float, known: Mapping[str, str]) -> str:
        """A-13: the summary with the measured value, its unit, the limit, and what else is known by name."""
        words: dict[str, Any] = {**known, "value": amount(value, self.limit.unit), "limit": str(self.limit)}
        return self.summary.format(**words)


_FORMS: Final = MappingProxyType(
    {Unit.PER_CENT: "as a share, e.g. 95%", Unit.SECONDS: "as a time, e.g. 60s", Unit.COUNT: "as a number, e.g. 1"}
)
