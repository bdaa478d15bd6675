"""C-5 as one table. The picture:

placed ──► awaiting_payment ──► payment_pending
│          │   │   │             │      │
│          │   │   └──► paid ◄───┘      │
▼          ▼   ▼          ▲             ▼
cancelled  expired  ────────┘ ◄── payment_failed      (a late payer)

paid ⇄ disputed (won)        paid ──► partially_refunded ──► refunded
partially_refunded ⇄ disputed           disputed (lost) ──► refunded

A refund that fails after it had seemed to arrive leads back: refunded ──► partially_refunded ──► paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from events import OrderState, SeatState

_S = OrderState

MOVES: Final[Mapping[OrderState, frozenset[OrderState]]] = MappingProxyType(
    {
        _S.PLACED: frozenset({_S.AWAITING_PAYMENT, _S.CANCELLED, _S.EXPIRED}),
        _S.AWAITING_PAYMENT: frozenset({_S.PAYMENT_PENDING, _S.PAID, _S.PAYMENT_FAILED, _S.EXPIRED, _S.CANCELLED}),
        _S.PAYMENT_PENDING: frozenset({_S.PAID, _S.PAYMENT_FAILED}),
        _S.PAYMENT_FAILED: frozenset({_S.PAID}),
        _S.EXPIRED: frozenset({_S.PAID}),
        _S.CANCELLED: frozenset({_S.PAID}),
        _S.PAID: frozenset({_S.PARTIALLY_REFUNDED, _S.REFUNDED, _S.DISPUTED}),
        _S.PARTIALLY_REFUNDED: frozenset({_S.PARTIALLY_REFUNDED, _S.REFUNDED, _S.DISPUTED, _S.PAID}),
        _S.DISPUTED: frozenset({_S.PAID, _S.PARTIALLY_REFUNDED, _S.REFUNDED}),
        _S.REFUNDED: frozenset({_S.PAID, _S.PARTIALLY_REFUNDED}),
    }
)

# Moves that a refund makes which failed later, and nothing else.
_TURNED_BACK: Final = frozenset(
    {(_S.REFUNDED, _S.PAID), (_S.REFUNDED, _S.PARTIALLY_REFUNDED), (_S.PARTIALLY_REFUNDED, _S.PAID)}
)
# While one of these, the seats are kept for the buyer.
HOLDING: Final = frozenset({_S.PLACED, _S.AWAITING_PAYMENT, _S.PAYMENT_PENDING})
# The money is, or was, here.
SETTLED: Final = frozenset({_S.PAID, _S.PARTIALLY_REFUNDED, _S.REFUNDED, _S.DISPUTED})
# The tickets of seats that were not refunded are good.
WITH_TICKETS: Final = frozenset({_S.PAID, _S.PARTIALLY_REFUNDED})
# Nothing came of it; a late payer may still change that.
OVER: Final = frozenset({_S.PAYMENT_FAILED, _S.EXPIRED, _S.CANCELLED})

SEATS: Final[Mapping[OrderState, SeatState]] = MappingProxyType(
    {
        _S.PLACED: SeatState.RESERVED,
        _S.AWAITING_PAYMENT: SeatState.RESERVED,
        _S.PAYMENT_PENDING: SeatState.RESERVED,
        _S.PAID: SeatState.SOLD,
        _S.PARTIALLY_REFUNDED: SeatState.SOLD,
        _S.PAYMENT_FAILED: SeatState.RELEASED,
        _S.EXPIRED: SeatState.RELEASED,
        _S.CANCELLED: SeatState.RELEASED,
        _S.DISPUTED: SeatState.FROZEN,
        _S.REFUNDED: SeatState.REFUNDED,
    }
)


def allowed(
    current: OrderState, target: OrderState, *, before: OrderState | None = None, refund_failed: bool = False
) -> bool:
    """Whether an order may move so. A dispute that is won leads back to the state `before` it, and to no other.

    From what was refunded only a refund that failed leads back.
    """
    if (current, target) in _TURNED_BACK and not refund_failed:
        return False
    if current is OrderState.DISPUTED and target is not OrderState.REFUNDED:
        return target is before
    return target in MOVES[current]
