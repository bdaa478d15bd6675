"""SQL on who holds which order's seats while nobody has paid for them (X-5)."""

from __future__ import annotations

import hashlib
from typing import Final
from uuid import UUID

from chassis.database import Reader, Transaction
from checkout.purchases.domain import Buyer
from events import OrderState

_UNPAID: Final = [state.value for state in (OrderState.PLACED, OrderState.AWAITING_PAYMENT, OrderState.PAYMENT_PENDING)]

_MOST_OPEN: Final = """
SELECT greatest(
    coalesce(sum(open_seats.seats) FILTER (WHERE address = $1), 0),
    coalesce(sum(open_seats.seats) FILTER (WHERE open_seats.email_key = $2), 0)
)
FROM open_seats JOIN orders USING (order_id)
WHERE (address = $1 OR open_seats.email_key = $2) AND state = ANY ($3)
"""


async def most_open(reader: Reader, buyer: Buyer) -> int:
    """How many unpaid seats the address or the e-mail address has, whichever has more."""
    return int(await reader.fetchval(_MOST_OPEN, buyer.address, buyer.email, _UNPAID))


async def lock(tx: Transaction, buyer: Buyer) -> None:
    """Until the transaction ends nobody else counts seats of the same address or e-mail address."""
    keys = sorted(_lock_key(kind, value) for kind, value in ((b"a", buyer.address), (b"e", buyer.email.encode())))
    await tx.execute("SELECT pg_advisory_xact_lock($1), pg_advisory_xact_lock($2)", *keys)


async def add(tx: Transaction, buyer: Buyer, order_id: UUID, seats: int) -> None:
    await tx.execute(
        "INSERT INTO open_seats (order_id, address, email_key, seats) VALUES ($1, $2, $3, $4)",
        order_id,
        buyer.address,
        buyer.email,
        seats,
    )


async def forget_settled(tx: Transaction) -> None:
    """Deletes what no longer counts, and with it all that is known of the addresses."""
    await tx.execute(
        "DELETE FROM open_seats USING orders WHERE orders.order_id = open_seats.order_id AND state <> ALL ($1)", _UNPAID
    )


def _lock_key(kind: bytes, value: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(kind + value, digest_size=8).digest(), signed=True)
