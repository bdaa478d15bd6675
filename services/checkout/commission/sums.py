"""How much commission is due, and what of it can be charged (P-7). Pure.

Amounts are minor units of their currency; rates are whole millionths, so that every sum is exact until it is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis.currencies import rules_of
from checkout.providers.domain import WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySums:
    """Entries of one provider in one currency, summed up.

    transactions: how many they are of
    volume: what was paid less what went back
    exact: the sum of each amount with its own rate, in millionths of a minor unit
    at_source: what of the commission processors kept back for us
    since: when the first of them happened; None without any
    """

    transactions: int = 0
    volume: int = 0
    exact: int = 0
    at_source: int = 0
    since: datetime | None = None

    @property
    def commission(self) -> int:
        """What they come to, rounded once, half to even."""
        return half_even(self.exact, WHOLE)

    @property
    def owed(self) -> int:
        """What of it the provider still has; below 0: what the platform has too much."""
        return self.commission - self.at_source


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSplit:
    """What is charged of a total, and what the next collection takes instead."""

    amount: int
    carried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSums:
    """What came of one commission rate in one currency."""

    currency: str
    commission_ppm: int
    sums: EntrySums


def half_even(numerator: int, denominator: int) -> int:
    """A fraction as a whole number, half to the even one."""
    whole, rest = divmod(numerator, denominator)
    above = 2 * rest - denominator
    return whole + (above > 0 or (above == 0 and whole % 2 == 1))


def split_due(total: int, currency: str) -> DueSplit:
    """What of a total is charged. What is below 0, too little, too much or between two steps is the next one's."""
    rules = rules_of(currency)
    amount = min(total - total % rules.step, rules.most - rules.most % rules.step)
    amount = amount if amount >= rules.least else 0
    return DueSplit(amount=amount, carried=total - amount)


def worth_collecting(summed: EntrySums, correction: int, currency: str) -> bool:
    """Whether a collection is made of it: there is something to charge, or the entries come to nothing at all."""
    split = split_due(summed.owed + correction, currency)
    anything = summed.transactions > 0 or correction != 0
    return split.amount > 0 or (anything and split.carried == 0)
