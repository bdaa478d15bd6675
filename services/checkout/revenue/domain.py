"""Sums of the ledgers of money, and how they are shown (P-8). Pure; amounts are minor units of their currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final, Self, TypeVar

from checkout.providers.domain import WHOLE

# Of the platform's own sales, which are no provider's.
NO_PROVIDER: Final = 0
_SHOWN: Final = timedelta(days=30)
# So many days fit into one answer; figures of more are those of several.
MOST_DAYS: Final = 400

Key = TypeVar("Key", bound=Hashable)


class RevenueAction(StrEnum):
    """What a person does about revenue, as the audit names it."""

    REBUILT = "revenue_rebuilt"


class Source(StrEnum):
    """Whose processor account took the money: the platform's, or a provider's own."""

    PLATFORM = "platform"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueRow:
    """What entries of one kind came to on a day of the business.

    day: by the business's time zone
    source, provider_id, processor, currency: of which money; provider 0: nobody's
    commission_ppm: the platform's share of it, in millionths
    payments: how many were paid
    paid: what was paid
    refunded: what went back, less what failed to
    disputed: what banks took back, less what they gave again
    fees: what processors kept
    at_source: what of the commission they kept back for the platform
    """

    day: date
    source: Source
    provider_id: int
    processor: str
    currency: str
    commission_ppm: int
    payments: int
    paid: int
    refunded: int
    disputed: int
    fees: int
    at_source: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueSums:
    """What some rows of one currency come to.

    payments: how many were paid, on either way
    platform, external: what was paid at the platform's account, and at providers' own, less what went back
    paid, refunded, disputed, fees, at_source: as in the rows
    exact: the commission, in millionths of a minor unit
    """

    payments: int = 0
    platform: int = 0
    external: int = 0
    paid: int = 0
    refunded: int = 0
    disputed: int = 0
    fees: int = 0
    at_source: int = 0
    exact: int = 0

    @property
    def total(self) -> int:
        """What was kept of what was paid, on both ways."""
        return self.platform + self.external

    @property
    def commission(self) -> int:
        """The platform's share of what providers' own processors took, rounded once, half to even."""
        return round(Fraction(self.exact, WHOLE))

    def with_row(self, row: RevenueRow) -> Self:
        """With what one more row says."""
        kept = row.paid - row.refunded - row.disputed
        ours = row.source is Source.PLATFORM
        return type(self)(
            payments=self.payments + row.payments,
            platform=self.platform + (kept if ours else 0),
            external=self.external + (0 if ours else kept),
            paid=self.paid + row.paid,
            refunded=self.refunded + row.refunded,
            disputed=self.disputed + row.disputed,
            fees=self.fees + row.fees,
            at_source=self.at_source + row.at_source,
            exact=self.exact + kept * row.commission_ppm,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days of the business, both ends among them."""

    since: date
    until: date

    @classmethod
    def of(cls, since: date | None, until: date | None, *, today: date) -> Self:
        """What is asked for; without a beginning the 30 days up to the end, without an end up to today."""
        last = until or (max(today, since) if since else today)
        return cls(since=since or last - _SHOWN + timedelta(days=1), until=last)

    @property
    def fault(self) -> str | None:
        """Why it can't be shown; None when it can."""
        if self.since > self.until:
            return "This is after `until`."
        if (self.until - self.since).days >= MOST_DAYS:
            return f"Ask for {MOST_DAYS} days at most."
        return None


def summed_by(rows: Iterable[RevenueRow], key: Callable[[RevenueRow], Key]) -> Mapping[tuple[Key, str], RevenueSums]:
    """Rows by what `key` says of them, and by currency, in order."""
    found: dict[tuple[Key, str], RevenueSums] = defaultdict(RevenueSums)
    for row in rows:
        place = key(row), row.currency
        found[place] = found[place].with_row(row)
    return dict(sorted(found.items(), key=lambda each: each[0]))
