"""Alert rules on measured figures, as data (M-5).

Which figures there are is not known here: whoever measures them passes their forms to `config.load`, and then a rule on
any other figure is refused. A process that measures none judges no rule by its figure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from string import Formatter
from types import MappingProxyType
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from config.values import Count, Duration, Id, Model, Text
from events import AlertKind, Severity

_PER_CENT: Final = re.compile(r"^(\d+(?:\.\d+)?)\s*%$")
_SECONDS: Final = re.compile(r"^(\d+(?:\.\d+)?)\s*(s|min|h|d)$")
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_IN_SECONDS: Final = MappingProxyType({"s": 1, "min": 60, "h": _HOUR, "d": _DAY})
_PLAYBOOK: Final = re.compile(r"/docs/playbooks/[a-z0-9]+(?:[-_][a-z0-9]+)*")
_HTTPS: Final = re.compile(r"https://[^\s/]+\S*")
_COMPARED: Final = ("below", "above", "at_least")
VALUES: Final = frozenset({"value", "limit"})


class Unit(StrEnum):
    """What a figure's values are given in."""

    PER_CENT = "%"
    SECONDS = "s"
    COUNT = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureForm:
    """What a rule on a figure must look like.

    unit: what its values are given in, and so its limit
    windowed: whether it is about a period, which the rule gives as `over`; the others are as of now
    labels: what it is measured for each of; a summary may name them
    words: what else a summary may name
    """

    unit: Unit
    windowed: bool = False
    labels: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


# The figures that the process measures, by name; they are passed to validation as its context.
Figures = Mapping[str, FigureForm]


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure with its unit, as people write it: `95%`, `60s`, `1`."""

    value: float
    unit: Unit

    def __str__(self) -> str:
        return amount(self.value, self.unit)


def amount(value: float, unit: Unit) -> str:
    """`58.3%`, `75 s`, `23 hours`, `91 days`, `2`; a whole number has no decimals."""
    if unit is Unit.SECONDS:
        return _time(value)
    digits = f"{value:.1f}".removesuffix(".0")
    return f"{digits}{unit}"


def _time(seconds: float) -> str:
    if seconds < 2 * _HOUR:
        return f"{seconds:.0f} s"
    return f"{seconds / _HOUR:.0f} hours" if seconds < 2 * _DAY else f"{seconds / _DAY:.0f} days"


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


def _figures(info: ValidationInfo) -> Figures | None:
    figures: Figures | None = info.context
    return figures


def _runbook(value: object) -> str:
    """A page of our own playbooks, by its path, or a page elsewhere."""
    if isinstance(value, str) and (_PLAYBOOK.fullmatch(value) or _HTTPS.fullmatch(value)):
        return value
    raise ValueError("must be one of our playbooks, e.g. /docs/playbooks/payments, or a link that begins with https://")


Runbook = Annotated[str, BeforeValidator(_runbook)]
LimitValue = Annotated[Limit, BeforeValidator(_limit)]


class EvidenceKind(StrEnum):
    """Who is asked before an alert is raised."""

    WEBHOOKS = "webhooks"


class MeasuredRule(Model):
    """Raises an alert once its figure has been `below`, `above` or `atLeast` its limit `for` so long (M-5).

    The alert of a condition ends when the figure has been back for `endsAfter`, so that one near the limit doesn't flap
    (M-6). A notice tells of a fact that nobody need mend: it ends at once, and is told once in its figure's window.
    """

    figure: Id = Field(description="what is measured")
    over: Duration | None = Field(None, description="the window of a figure that has one")
    every: Duration = Field(timedelta(seconds=15), description="how often it is looked at")
    below: LimitValue | None = Field(None, description="smaller values break the rule")
    above: LimitValue | None = Field(None, description="larger values break the rule")
    at_least: LimitValue | None = Field(None, description="this value and larger ones break the rule")
    limits: Mapping[str, LimitValue] = Field(
        default_factory=dict, description="one of the figure's labels → its own limit, in place of the one above"
    )
    held_for: Duration = Field(
        timedelta(0), alias="for", description="how long it must hold before the alert is raised"
    )
    ends_after: Duration = Field(timedelta(minutes=1), description="how long it must be over before the alert ends")
    kind: AlertKind = Field(AlertKind.CONDITION, description="condition, or notice of what nobody need mend")
    minimum_sample: Count = Field(1, description="how many events a rate needs in its window")
    minimum_bad: Count = Field(5, description="how many of them must be bad")
    severity: Severity = Field(description="how urgent its alerts are")
    category: Id = Field(description="what its alerts are about, which decides who is told first")
    summary: Text = Field(description="the alert in one line, with {value}, {limit}, the figure's labels and words")
    runbook: Runbook | None = Field(None, description="what to do: a path below /docs/playbooks/, or an https link")

    evidence: EvidenceKind | None = Field(
        None, description="what is found out before it is raised, and goes with it: webhooks, as `webhooks diagnose`"
    )

    @field_validator("figure")
    @classmethod
    def _measured(cls, figure: str, info: ValidationInfo) -> str:
        figures = _figures(info)
        if figures is not None and figure not in figures:
            raise ValueError(f"is no figure that is measured; known are {', '.join(sorted(figures))}")
        return figure

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Self:
        if sum(getattr(self, name) is not None for name in _COMPARED) != 1:
            raise ValueError("needs exactly one of below, above and atLeast")
        if self.kind is AlertKind.NOTICE and self.over is None:
            raise ValueError("is a notice without over: it would be told at every look")
        figures = _figures(info)
        if figures is not None:
            self._check_form(figures[self.figure])
        return self

    def _check_form(self, form: FigureForm) -> None:
        if wrong := [limit for limit in (self.limit, *self.limits.values()) if limit.unit is not form.unit]:
            raise ValueError(f"compares {self.figure} with {wrong[0]}; write its limit {_FORMS[form.unit]}")
        if self.limits and not form.labels:
            raise ValueError(f"has limits, though {self.figure} is measured once, for no labels")
        if form.windowed != (self.over is not None):
            raise ValueError(f"{'lacks' if form.windowed else 'must not have'} over, the window of {self.figure}")
        check_template(self.summary, VALUES | form.labels | form.words)

    def of(self, labels: Mapping[str, str]) -> Self:
        """The rule for these labels, with the limit that one of them has of its own."""
        own = next((self.limits[label] for label in labels.values() if label in self.limits), None)
        if own is None:
            return self
        (compared,) = [name for name in _COMPARED if getattr(self, name)]
        return self.model_copy(update={compared: own})

    @property
    def limit(self) -> Limit:
        """The one limit that is set."""
        found = self.below or self.above or self.at_least
        if found is None:
            raise ValueError("a rule without a limit")
        return found

    def breached(self, value: float) -> bool:
        """Whether a measured value breaks the rule."""
        if self.below is not None:
            return value < self.below.value
        if self.above is not None:
            return value > self.above.value
        return value >= self.limit.value

    def summarize(self, value: float, known: Mapping[str, str]) -> str:
        """The summary (A-13) with the value and its unit, the limit, and `known` labels and words filled in."""
        words: dict[str, Any] = {**known, "value": amount(value, self.limit.unit), "limit": str(self.limit)}
        return self.summary.format(**words)


_FORMS: Final = MappingProxyType(
    {Unit.PER_CENT: "as a share, e.g. 95%", Unit.SECONDS: "as a time, e.g. 60s", Unit.COUNT: "as a number, e.g. 1"}
)
