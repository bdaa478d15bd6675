"""How long processors took to open payment pages, and how often they did not (P-8). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

PERIOD: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorPerformance:
    """One processor's payment pages in a period.

    processor: whose
    asked: how often it was asked for one
    failed: how often it gave none
    median, slowest: seconds from the question to what came of it, of half and of 95 % of them at most
    """

    processor: str
    asked: int
    failed: int
    median: float
    slowest: float

    @property
    def failure_rate(self) -> float:
        """From 0 to 1."""
        return self.failed / self.asked
