"""What a run of the bench has to say: figures, their baselines, and whether the limits of the requirements hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rich.table import Table


class Limit(StrEnum):
    """On which side of its limit a figure must lie."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`baseline` was measured in the same run, by turns with `ours`; None where there is none.

    `limit` is the requirement’s: for the ratio where there is a baseline, else for `ours`; None where a single machine
    can't judge it.
    """

    id: str
    ours: float
    unit: str
    baseline: float | None = None
    side: Limit = Limit.AT_MOST
    limit: float | None = None

    @property
    def ratio(self) -> float | None:
        return None if not self.baseline else self.ours / self.baseline

    @property
    def holds(self) -> bool | None:
        if self.limit is None:
            return None
        judged = self.ours if self.ratio is None else self.ratio
        return judged <= self.limit if self.side is Limit.AT_MOST else judged >= self.limit

    def as_json(self) -> dict[str, Any]:
        return {
            "ours": _rounded(self.ours),
            "baseline": _rounded(self.baseline),
            "ratio": _rounded(self.ratio),
            "unit": self.unit,
            "holds": self.holds,
        }


def document(figures: Iterable[Figure]) -> Mapping[str, Any]:
    """By id, in the order in which they were measured."""
    return {figure.id: figure.as_json() for figure in figures}


def table(figures: Iterable[Figure]) -> Table:
    """For a person."""
    shown = Table("figure", "ours", "baseline", "ratio", "unit", "limit", "holds")
    for column in shown.columns[1:4]:
        column.justify = "right"
    for figure in figures:
        limit = "" if figure.limit is None else f"{figure.side} {figure.limit:g}{' ×' if figure.baseline else ''}"
        holds = {True: "[green]yes", False: "[red]no", None: ""}[figure.holds]
        cells = (_shown(figure.ours), _shown(figure.baseline), _shown(figure.ratio), figure.unit, limit, holds)
        shown.add_row(figure.id, *cells)
    return shown


def _rounded(value: float | None) -> float | None:
    """Four digits are more than a shared machine can tell."""
    return None if value is None else float(f"{value:.4g}")


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
