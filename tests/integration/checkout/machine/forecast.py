"""What an order should be, in plain numbers: written anew from the requirements, without the code that it judges.

It follows from what the processor has of it and from what people wished, whatever was told of that, and in which order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

OPEN, PENDING, DECLINED, CLOSED, PAID = "open", "pending", "declined", "closed", "paid"
DISPUTED, LOST = "disputed", "lost"

# C-5, and the ways back of a refund that failed later; None: an order begins.
LEGAL: Final = frozenset(
    {
        (None, "placed"),
        ("placed", "awaiting_payment"),
        ("placed", "cancelled"),
        ("placed", "expired"),
        ("awaiting_payment", "payment_pending"),
        ("awaiting_payment", "paid"),
        ("awaiting_payment", "payment_failed"),
        ("awaiting_payment", "expired"),
        ("awaiting_payment", "cancelled"),
        ("payment_pending", "paid"),
        ("payment_pending", "payment_failed"),
        ("payment_failed", "paid"),
        ("expired", "paid"),
        ("cancelled", "paid"),
        ("paid", "partially_refunded"),
        ("paid", "refunded"),
        ("paid", "disputed"),
        ("partially_refunded", "partially_refunded"),
        ("partially_refunded", "refunded"),
        ("partially_refunded", "disputed"),
        ("disputed", "paid"),
        ("disputed", "partially_refunded"),
        ("disputed", "refunded"),
        ("refunded", "partially_refunded"),
        ("refunded", "paid"),
        ("partially_refunded", "paid"),
    }
)
# By the state of a page that brought no money.
UNPAID: Final = {
    OPEN: {"awaiting_payment"},
    PENDING: {"payment_pending"},
    DECLINED: {"payment_failed"},
    CLOSED: {"expired"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeForecast:
    """Money that came: `back` of it went back; `dispute`: whether its bank has taken it, for now or for good.

    second: whether it came for an order that was paid
    """

    amount: int
    back: int
    dispute: str | None = None
    second: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderForecast:
    """An order at rest.

    amount: what it costs
    page: where its own payment page stands; None: nobody has seen one
    charges: what came for it, whichever page it was paid on
    cancelled: whether staff wished it cancelled
    """

    amount: int
    page: str | None
    charges: tuple[ChargeForecast, ...]
    cancelled: bool

    @property
    def kept(self) -> int:
        """What the processor has of it, disputed or not."""
        return sum(charge.amount - charge.back for charge in self.charges)

    @property
    def back(self) -> int:
        """What of its price went back; what came beyond the price does not count."""
        return max(0, self.amount - self.kept)

    @property
    def is_whole(self) -> bool:
        """Whether what paid it first is all there."""
        first = [charge for charge in self.charges if not charge.second]
        return bool(first) and all(charge.back == 0 and charge.dispute is None for charge in first)

    @property
    def has_money(self) -> bool:
        return bool(self.charges) or self.amount == 0

    def states(self) -> set[str]:
        """Those that are right."""
        if not self.has_money:
            return self._unpaid()
        if self.amount == 0:
            return {"refunded"} if self.cancelled else {"paid"}
        if self._is(LOST):
            return {"refunded"}
        return {"disputed"} if self._is(DISPUTED) else {self._by_money()}

    def _is(self, dispute: str) -> bool:
        """Whether the money that pays for it is so; that of a second charge is nobody's seat."""
        asked = [charge for charge in self.charges if charge.dispute == dispute]
        return any(self.kept - (charge.amount - charge.back) < self.amount for charge in asked)

    def _by_money(self) -> str:
        if self.back == 0:
            return "paid"
        return "refunded" if self.back >= self.amount else "partially_refunded"

    def _unpaid(self) -> set[str]:
        if self.page is None:
            return {"cancelled", "expired"}
        states = UNPAID[self.page]
        return states | {"cancelled"} if self.page == CLOSED and self.cancelled else states


def illegal(history: list[tuple[str | None, str, int]]) -> Iterator[str]:
    """What is wrong with an order's changes, each from a state to another with a version, the first one first."""
    at, version = None, 0
    for begin, end, number in history:
        if begin != at or (begin != end and (begin, end) not in LEGAL):
            yield f"moved from {begin} to {end} where it was {at}"
        if number != version + 1:
            yield f"version {number} follows {version}"
        at, version = end, number
