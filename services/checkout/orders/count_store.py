"""SQL that counts orders by what they are for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from chassis.database import Reader
from checkout.orders.states import HOLDING, SETTLED
from events import OrderState, SeatState

_PAID: Final = [state.value for state in sorted(SETTLED - {OrderState.REFUNDED})]
_UNPAID: Final = [state.value for state in sorted(HOLDING)]
_SOLD: Final = [SeatState.SOLD.value, SeatState.FROZEN.value]

# An order counts once for its city, and once for each tier of it.
_BY_PLACE: Final = """
SELECT seat ->> 'city_id' AS city_id, seat ->> 'tier' AS tier,
    count(DISTINCT order_id) FILTER (WHERE state = ANY ($2)) AS paid,
    count(DISTINCT order_id) FILTER (WHERE state = ANY ($3)) AS unpaid,
    count(*) FILTER (WHERE seat ->> 'state' = ANY ($4)) AS sold_seats
FROM orders, jsonb_array_elements(seats) AS seat
WHERE city_ids && $1 AND seat ->> 'city_id' = ANY ($1)
GROUP BY GROUPING SETS ((seat ->> 'city_id'), (seat ->> 'city_id', seat ->> 'tier'))
"""


@dataclass(frozen=True, slots=True)
class OrderCount:
    """How many orders there are for something.

    paid: those that are paid and not given back in full
    unpaid: those that hold seats and may still be paid
    sold_seats: seats that are paid and not given back
    """

    paid: int = 0
    unpaid: int = 0
    sold_seats: int = 0


async def by_place(reader: Reader, city_ids: Collection[str]) -> Mapping[tuple[str, str | None], OrderCount]:
    """City and tier → the orders that have seats there; the tier is None for the whole city."""
    rows = await reader.fetch(_BY_PLACE, list(city_ids), _PAID, _UNPAID, _SOLD)
    return {
        (row["city_id"], row["tier"]): OrderCount(paid=row["paid"], unpaid=row["unpaid"], sold_seats=row["sold_seats"])
        for row in rows
    }
