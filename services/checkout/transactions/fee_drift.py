"""What processors kept of external payments, beside what fees.yaml says that they keep (P-3). Pure.

Amounts are minor units of the currency.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from config import Fees

# A line of fees.yaml that is wrong is off by more; what cards of other countries cost is not.
_TOLERATED_PERCENT: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFees:
    """Payments of one amount, of each of which its processor has said what it kept.

    processor, currency: at whom, and in what
    valid_from: since when the line of fees.yaml counts that was theirs; None where there was none
    amount: of each
    payments: how many there are
    kept: what the processor kept of all of them
    """

    processor: str
    currency: str
    valid_from: datetime | None
    amount: int
    payments: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeDrift:
    """A processor's payments in a currency.

    processor, currency: which
    payments, volume: how many, and what was paid in all
    estimated: what fees.yaml says that the processor keeps of them; None where it says nothing of some
    actual: what it kept
    """

    processor: str
    currency: str
    payments: int = 0
    volume: int = 0
    estimated: int | None = 0
    actual: int = 0

    @property
    def drifts(self) -> bool:
        """Whether fees.yaml is no good estimate: it says nothing, or is off by more than 5 %."""
        if self.estimated is None:
            return True
        return abs(self.actual - self.estimated) * 100 > self.estimated * _TOLERATED_PERCENT

    def plus(self, kept: KeptFees, estimated: int | None) -> FeeDrift:
        """With payments of one amount, and what each of them was to cost."""
        known = None if self.estimated is None or estimated is None else self.estimated + estimated * kept.payments
        return replace(
            self,
            payments=self.payments + kept.payments,
            volume=self.volume + kept.amount * kept.payments,
            estimated=known,
            actual=self.actual + kept.kept,
        )


def compared(kept: Iterable[KeptFees], fees: Fees) -> list[FeeDrift]:
    """Each processor and currency, in the order of their names."""
    found: dict[tuple[str, str], FeeDrift] = {}
    for each in kept:
        line = fees.of(each.processor, each.currency, each.valid_from) if each.valid_from else None
        key = each.processor, each.currency
        before = found.get(key) or FeeDrift(processor=each.processor, currency=each.currency)
        found[key] = before.plus(each, line.of(each.amount) if line else None)
    return [found[key] for key in sorted(found)]
