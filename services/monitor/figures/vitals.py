"""How pages felt to their visitors, in buckets that can be added up. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from events import Vital
from monitor.figures.domain import ENDLESS

# Upper ends: milliseconds, and for CLS its own measure. What counts as good is one of them, so that the bucket tells
# exactly whether a share of the visits was good.
ENDS: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {
        Vital.LCP: (500, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000, 6_000, 10_000),
        Vital.INP: (50, 100, 150, 200, 300, 500, 1_000, 2_000),
        Vital.CLS: (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1),
    }
)
SHARE: Final = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """How often a vital of a page fell into a bucket, as its label says.

    page: which page
    vital: what was measured
    end: the bucket's upper end, or `inf`
    """

    page: str
    vital: str
    end: str

    @classmethod
    def of(cls, page: str, vital: str, value: float) -> Felt | None:
        """None for a vital that this reader doesn't know."""
        ends = ENDS.get(vital)
        if ends is None:
            return None
        return cls(page=page, vital=vital, end=next((f"{end:g}" for end in ends if value <= end), ENDLESS))

    @classmethod
    def parse(cls, label: str) -> Felt:
        page, vital, end = label.split("/")
        return cls(page=page, vital=vital, end=end)

    @property
    def label(self) -> str:
        return f"{self.page}/{self.vital}/{self.end}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalFigure:
    """A vital of all pages.

    value: what it was at most for three quarters of the visits; for the slower ones beyond all buckets, twice the last
    sample: how often it was measured
    worst: the page where that is the highest
    """

    value: float
    sample: int
    worst: str


def p75s(counted: Iterable[tuple[Felt, int]]) -> dict[str, VitalFigure]:
    """Each vital that was measured."""
    pages: dict[str, dict[str, dict[str, int]]] = {}
    for felt, count in counted:
        buckets = pages.setdefault(felt.vital, {}).setdefault(felt.page, {})
        buckets[felt.end] = buckets.get(felt.end, 0) + count
    return {vital: _figure(ENDS[vital], each) for vital, each in pages.items() if vital in ENDS}


def _figure(ends: tuple[float, ...], pages: Mapping[str, Mapping[str, int]]) -> VitalFigure:
    together: dict[str, int] = {}
    for buckets in pages.values():
        for end, count in buckets.items():
            together[end] = together.get(end, 0) + count
    worst = max(pages, key=lambda page: (_p75(ends, pages[page]), page))
    return VitalFigure(value=_p75(ends, together), sample=sum(together.values()), worst=worst)


def _p75(ends: tuple[float, ...], buckets: Mapping[str, int]) -> float:
    wanted, passed = SHARE * sum(buckets.values()), 0
    for end in ends:
        passed += buckets.get(f"{end:g}", 0)
        if passed >= wanted:
            return end
    return 2 * ends[-1]
