"""All that is known of a game's orders: what the processor has, and what checkout and inventory have written down."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chassis.database import Database
from events import Event
from tests.integration.checkout.machine.forecast import (
    CLOSED,
    DECLINED,
    DISPUTED,
    LOST,
    OPEN,
    PAID,
    PENDING,
    ChargeForecast,
    OrderForecast,
)
from tests.integration.checkout.money import KEY
from tests.integration.checkout.world import World

_ORDERS: Final = """
SELECT coalesce(json_agg(found), '[]')::text FROM (
    SELECT o.order_id, o.state, o.version, o.amount, o.refunded_amount, o.seats, o.tickets, o.lines,
           o.paid_at IS NOT NULL AS paid,
           (SELECT json_agg(json_build_array(h.state_from, h.state_to, h.version) ORDER BY h.id)
            FROM order_history AS h WHERE h.order_id = o.order_id AND NOT h.refused) AS history,
           (SELECT coalesce(json_agg(c), '[]') FROM payment_charges AS c WHERE c.order_id = o.order_id) AS charges,
           (SELECT coalesce(json_agg(r), '[]') FROM refunds AS r WHERE r.order_id = o.order_id) AS refunds,
           (SELECT coalesce(json_agg(a.session_id), '[]') FROM payment_attempts AS a
            WHERE a.order_id = o.order_id AND a.session_id IS NOT NULL) AS pages,
           EXISTS (SELECT FROM city_refund_orders AS u WHERE u.order_id = o.order_id) AS with_city,
           (SELECT coalesce(sum(s.oversold), 0) FROM order_stock AS s WHERE s.order_id = o.order_id) AS oversold,
           (SELECT coalesce(json_agg(p.state), '[]') FROM passes AS p WHERE p.order_id = o.order_id) AS passes
    FROM orders AS o WHERE o.email LIKE $1 ORDER BY o.placed_at
) AS found
"""
_STOCK: Final = """
SELECT json_build_object(
    'pools', (SELECT json_agg(p) FROM pools AS p WHERE p.city_id = $1),
    'holds', (SELECT coalesce(json_agg(h), '[]') FROM holds AS h WHERE h.city_id = $1 AND h.state <> 'tombstone'),
    'tickets', (SELECT coalesce(json_agg(t ORDER BY seat), '[]') FROM tickets AS t WHERE t.city_id = $1),
    'ledger', (SELECT coalesce(json_agg(l ORDER BY id), '[]') FROM ledger AS l WHERE l.city_id = $1)
)::text
"""
_WITHDRAWN: Final = {"needs_response": DISPUTED, "under_review": DISPUTED, "lost": LOST}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One look, as rows.

    orders: with their history, charges, refunds, pages and passes
    stock: pools, holds, tickets and ledger
    told: by order what was published of it
    processor: what it says of itself
    refunds: its refunds, with what we wrote down with them
    idle: the disputes about money that had gone back before
    """

    orders: Sequence[Row]
    stock: Row
    told: Mapping[str, Sequence[Event]]
    processor: Row
    refunds: Sequence[Row]
    idle: Collection[str]

    def forecast(self, order: Row, *, cancelled: bool) -> OrderForecast:
        """What the order should be."""
        paid = [charge for charge in self.charges_of(order) if charge["paid"]]
        return OrderForecast(
            amount=order["amount"],
            page=self._page(order),
            charges=tuple(self._charge(order, charge) for charge in paid),
            cancelled=cancelled,
        )

    def charges_of(self, order: Row) -> list[Row]:
        """Its tries to pay at the processor."""
        charges: list[Row] = self.processor["charges"]
        return [charge for charge in charges if charge["metadata"]["orderId"] == order["order_id"]]

    def tickets_of(self, order: Row) -> list[Row]:
        """In inventory, by seat."""
        return [ticket for ticket in self.stock["tickets"] if ticket["order_id"] == order["order_id"]]

    def refunds_of(self, order: Row) -> list[Row]:
        """At the processor, of all of its charges."""
        charges = {charge["id"] for charge in self.charges_of(order)}
        return [refund for refund in self.refunds if refund["charge"] in charges]

    def _page(self, order: Row) -> str | None:
        sessions = [each for each in self.processor["sessions"] if each["id"] in order["pages"]]
        if not sessions:
            return None
        (session,) = sessions
        if session["status"] != "complete":
            return OPEN if session["status"] == "open" else CLOSED
        if session["paymentStatus"] == "paid":
            return PAID
        (debit,) = (each for each in self.charges_of(order) if each["paymentIntent"] == session["paymentIntent"])
        return PENDING if debit["status"] == "pending" else DECLINED

    def _charge(self, order: Row, charge: Row) -> ChargeForecast:
        disputes = [each for each in self.processor["disputes"] if each["charge"] == charge["id"]]
        disputes = [each for each in disputes if each["id"] not in self.idle]
        withdrawn = next((_WITHDRAWN.get(each["status"]) for each in disputes), None)
        second = any(each["surplus"] for each in order["charges"] if each["payment_intent"] == charge["paymentIntent"])
        return ChargeForecast(amount=charge["amount"], back=charge["amountRefunded"], dispute=withdrawn, second=second)


async def read(world: World, stock: Database, *, idle: Collection[str]) -> Found:
    """Our own side first: the processor knows at least what we know of it."""
    orders = json.loads(await world.database.fetchval(_ORDERS, f"%-{world.email}"))
    rows = json.loads(await stock.fetchval(_STOCK, world.city))
    told = defaultdict(list)
    for order in orders:
        told[order["order_id"]] = await world.events(order["order_id"])
    processor = await at_processor(world)
    refunds = await world.ask("GET", f"{world.sandbox}/stripe/v1/refunds?limit=100", headers=KEY)
    return Found(orders=orders, stock=rows, told=told, processor=processor, refunds=refunds.body["data"], idle=idle)


async def at_processor(world: World) -> Row:
    """Sessions, charges, refunds and disputes as the processor has them."""
    found: Row = (await world.ask("GET", f"{world.sandbox}/_sandbox/state")).body["stripe"]
    return found
