"""Which orders of a city get how much back, and how far that is. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from checkout.orders.states import WITH_TICKETS
from events import OrderState


class CityRefundAction(StrEnum):
    """What a person does, as the audit names it."""

    STARTED = "city_refund_started"


class Exclusion(StrEnum):
    """Why an order of the city is left out."""

    DISPUTED = "disputed"
    PAYMENT_PENDING = "payment_pending"
    ALREADY_REFUNDED = "already_refunded"
    UNDER_WAY = "under_way"
    OTHER_CITIES = "other_cities"
    NOT_PAID = "not_paid"


@dataclass(frozen=True, slots=True, kw_only=True)
class CityOrder:
    """An order with seats in the city.

    order_id, number: which one
    state: where it stands
    amount: what was paid for it, minor units of `currency`
    left: what can still be given back
    own: what our own account has taken for it and not given back; the rest has a provider's processor
    currency: ISO 4217
    cities: in how many cities it has seats
    """

    order_id: UUID
    number: str
    state: OrderState
    amount: int
    left: int
    own: int
    currency: str
    cities: int

    @property
    def excluded(self) -> Exclusion | None:
        """Why it is left out; None when it gets its money back, or is cancelled where it cost nothing."""
        known = {
            OrderState.DISPUTED: Exclusion.DISPUTED,
            OrderState.PAYMENT_PENDING: Exclusion.PAYMENT_PENDING,
            OrderState.REFUNDED: Exclusion.ALREADY_REFUNDED,
        }
        if self.state not in WITH_TICKETS:
            return known.get(self.state, Exclusion.NOT_PAID)
        if self.cities > 1:
            return Exclusion.OTHER_CITIES
        return Exclusion.UNDER_WAY if self.amount and self.left <= 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CityPlan:
    """What a refund of the city would do.

    orders: those that get their money back
    excluded: the others
    """

    orders: tuple[CityOrder, ...]
    excluded: tuple[CityOrder, ...]

    @classmethod
    def of(cls, found: Iterable[CityOrder]) -> CityPlan:
        """Judges each order."""
        all_ = tuple(found)
        return cls(
            orders=tuple(each for each in all_ if each.excluded is None),
            excluded=tuple(each for each in all_ if each.excluded is not None),
        )

    @property
    def amounts(self) -> Mapping[str, int]:
        """What goes back, by currency, in minor units."""
        sums: Counter[str] = Counter()
        for each in self.orders:
            sums[each.currency] += each.left
        return sums

    @property
    def own_amounts(self) -> Mapping[str, int]:
        """What of it goes back from our own account."""
        sums: Counter[str] = Counter()
        for each in self.orders:
            sums[each.currency] += min(each.left, each.own)
        return sums


@dataclass(frozen=True, slots=True, kw_only=True)
class CityRefund:
    """A person's wish to refund a city.

    run_id: its id
    city_id: the city
    reason: why, in the person's words
    requested_by: who
    return_seats: whether the seats go back on sale
    """

    run_id: UUID
    city_id: str
    reason: str
    requested_by: str
    return_seats: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedOrder:
    """An order of which no refund could be asked for.

    order_id, number: which one
    problem: why, as a code
    """

    order_id: UUID
    number: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a city's refund is.

    run: the wish
    orders: how many it has
    waiting: how many of them are to be asked for yet
    failed: those that could not be
    refunds: the refunds that were asked for, by state
    """

    run: CityRefund
    orders: int
    waiting: int
    failed: tuple[FailedOrder, ...]
    refunds: Mapping[str, int]

    @property
    def finished(self) -> bool:
        """Whether nothing is left to be done by us or a processor."""
        return self.waiting == 0 and self.refunds.get("due", 0) == 0
