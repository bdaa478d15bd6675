"""A history of purchases at a processor and here, with every kind of break in it, drawn by a seed."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.integration.checkout import money
from tests.integration.checkout.money import KEY, SEAT
from tests.integration.checkout.world import DECLINED, World

Order = dict[str, Any]
# Kind and subject of a difference, and where it stands in the end.
Expected = dict[tuple[str, str], str]


@dataclass(kw_only=True)
class History:
    """What has happened, and what is to be found of it.

    expected: what a run finds, and what comes of it
    states: where orders stand afterwards, by id
    silent: orders whose buyer gets no message
    """

    world: World
    seed: int
    size: int
    expected: Expected = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    bought: int = 0

    async def happen(self) -> None:
        """First what every webhook told of, then what none did."""
        drawn = random.Random(self.seed)
        kinds = [*_TOLD, *_UNTOLD]
        chosen = kinds + drawn.choices(kinds, k=max(0, self.size - len(kinds)))
        drawn.shuffle(chosen)
        later = [(kind, await self._begin(kind)) for kind in chosen]
        await self._becomes_old()
        await self.world.fault(kind="drop_webhook", count=1_000_000)
        for kind, order in later:
            if kind in _UNTOLD:
                await _UNTOLD[kind](self, order)
        # Once for all debits: pages end by the same clock.
        await self.world.advance_sandbox(200)

    async def _begin(self, kind: str) -> Order:
        order = await self.buy_pass() if kind == "pass" else await self.buy()
        if kind in _TOLD or kind in _PAID_BEFORE:
            await self.world.pay(order["sessionId"])
            await self.world.until_state(order["orderId"], "paid")
        if kind in _TOLD:
            await _TOLD[kind](self, order)
        return order

    async def buy(self) -> Order:
        self.bought += 1
        customer = {**self.world.wish()["customerData"], "email": f"{self.bought}-{self.world.email}"}
        answer = await self.world.buy(quantity=1, customerData=customer)
        assert answer.status == 200, answer
        order: Order = answer.body
        return order

    async def buy_pass(self) -> Order:
        self.bought += 1
        customer = {**self.world.wish()["customerData"], "email": f"{self.bought}-{self.world.email}"}
        body = {"passId": "ten-classes", "isSixFBMember": False, "customerData": customer}
        answer = await self.world.ask("POST", "/api/passes/buy", json=body)
        assert answer.status == 200, answer
        order: Order = answer.body
        return order

    def finds(self, kind: str, subject: str, state: str) -> None:
        self.expected[kind, subject] = state

    async def settle_down(self) -> None:
        """Everything that follows by events is here: seats are sold, passes granted, and each buyer has a message."""
        lacking = """
            SELECT count(*) FROM orders AS o WHERE state IN ('paid', 'partially_refunded') AND (
                jsonb_array_length(seats) > 0 AND o.order_id <> ALL ($1)
                AND NOT EXISTS (SELECT FROM order_stock AS s WHERE s.order_id = o.order_id)
                OR jsonb_array_length(seats) = 0 AND NOT EXISTS (SELECT FROM passes AS p WHERE p.order_id = o.order_id))
        """
        without = [UUID(subject) for kind, subject in self.expected if kind == "seats_missing"]

        async def there() -> bool:
            return bool(await self.world.database.fetchval(lacking, without) == 0)

        await self.world.until(there, "all is sold and granted")
        await self.write_to_buyers()

    async def write_to_buyers(self) -> None:
        """The notifier's word, which does not run here."""
        await self.world.database.execute(
            """
            INSERT INTO order_deliveries (delivery_id, order_id, channel, kind, version, state, changed_at)
            SELECT gen_random_uuid(), order_id, 'email', 'confirmation', 1, 'delivered', now() FROM orders AS o
            WHERE paid_at IS NOT NULL AND order_id <> ALL ($1)
              AND NOT EXISTS (SELECT FROM order_deliveries AS d WHERE d.order_id = o.order_id)
            """,
            [UUID(order_id) for order_id in self.silent],
        )

    async def _becomes_old(self) -> None:
        await self.settle_down()
        await self.world.database.execute("UPDATE orders SET paid_at = paid_at - interval '2 hours'")


async def stripe(world: World, method: str, path: str) -> dict[str, Any]:
    """The processor's own answer."""
    answer = await world.ask(method, f"{world.sandbox}/stripe/v1{path}", headers=KEY)
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.body
    return found


async def payment(world: World, order: Order) -> dict[str, Any]:
    """An order's payment at the processor, its newest charge with it."""
    path = f"/checkout/sessions/{order['sessionId']}?expand[]=payment_intent.latest_charge"
    intent: dict[str, Any] = (await stripe(world, "GET", path))["payment_intent"]
    return intent


async def earlier_system(world: World, *, price: int, order_id: str | None = None) -> str:
    """A payment page that we have not made, paid."""
    page = await money.page_of(world, price=price, quantity=1, order_id=order_id)
    await world.pay(page)
    return page


async def _in_order(_history: History, _order: Order) -> None:
    """Paid, and told."""


async def _refunded(history: History, order: Order) -> None:
    charge = (await payment(history.world, order))["latest_charge"]
    await money.refund_by_hand(history.world, charge)
    await history.world.until_state(order["orderId"], "refunded")


async def _disputed(history: History, order: Order) -> None:
    await _dispute(history, order)
    await history.world.until_state(order["orderId"], "disputed")


async def _dispute(history: History, order: Order) -> str:
    charge = (await payment(history.world, order))["latest_charge"]
    url = f"{history.world.sandbox}/_sandbox/stripe/charges/{charge['id']}/dispute"
    return str((await history.world.ask("POST", url, json={})).body["id"])


async def _declined(history: History, order: Order) -> None:
    other = await history.buy()
    await history.world.pay(other["sessionId"], DECLINED)


_TOLD: dict[str, Callable[[History, Order], Awaitable[None]]] = {
    "in order": _in_order,
    "refunded": _refunded,
    "disputed": _disputed,
    "declined": _declined,
}


async def _lost(history: History, order: Order) -> None:
    await history.world.pay(order["sessionId"])
    history.finds("order_not_paid", order["sessionId"], "repaired")
    history.states[order["orderId"]] = "paid"


async def _no_order(history: History, _order: Order) -> None:
    history.finds("paid_without_order", await earlier_system(history.world, price=SEAT), "repaired")


async def _no_order_and_no_price(history: History, _order: Order) -> None:
    history.finds("paid_without_order", await earlier_system(history.world, price=SEAT + 100), "person")


async def _amount_differs(history: History, order: Order) -> None:
    page = await earlier_system(history.world, price=SEAT - 100, order_id=order["orderId"])
    history.finds("amount_differs", page, "person")
    history.states[order["orderId"]] = "awaiting_payment"


async def _paid_twice(history: History, order: Order) -> None:
    page = await earlier_system(history.world, price=SEAT, order_id=order["orderId"])
    history.finds("second_payment", page, "repaired")
    history.states[order["orderId"]] = "paid"


async def _charge_lost(history: History, order: Order) -> None:
    await history.world.database.execute("DELETE FROM payment_charges WHERE order_id = $1", UUID(order["orderId"]))
    history.finds("payment_missing", order["sessionId"], "repaired")
    history.finds("not_paid", order["orderId"], "gone")


async def _refund_lost(history: History, order: Order) -> None:
    intent = await payment(history.world, order)
    await money.refund_by_hand(history.world, intent["latest_charge"])
    history.finds("refund_missing", intent["id"], "repaired")
    history.states[order["orderId"]] = "refunded"


async def _part_refunded(history: History, order: Order) -> None:
    intent = await payment(history.world, order)
    await money.refund_by_hand(history.world, intent["latest_charge"], amount=1000)
    history.finds("refund_missing", intent["id"], "repaired")
    history.states[order["orderId"]] = "partially_refunded"


async def _refund_failed(history: History, order: Order) -> None:
    """The refund was told of, and not that the bank has sent it back."""
    intent = await payment(history.world, order)
    made = await money.refund_by_hand(history.world, intent["latest_charge"])
    await history.world.database.execute(
        "INSERT INTO payment_refunds (processor, refund_id, payment_intent, amount) VALUES ('stripe', $1, $2, $3)",
        made.body["id"],
        intent["id"],
        intent["amount"],
    )
    await history.world.database.execute(
        "UPDATE payment_charges SET told = amount, refunded = amount WHERE payment_intent = $1", intent["id"]
    )
    await history.world.database.execute(
        "UPDATE orders SET state = 'refunded', refunded_amount = amount WHERE order_id = $1", UUID(order["orderId"])
    )
    await money.fail_refund(history.world, made.body["id"])
    history.finds("refund_failed", intent["id"], "repaired")
    history.states[order["orderId"]] = "paid"


async def _dispute_lost(history: History, order: Order) -> None:
    history.finds("dispute_missing", await _dispute(history, order), "repaired")
    history.states[order["orderId"]] = "disputed"


async def _expiry_lost(history: History, order: Order) -> None:
    await stripe(history.world, "POST", f"/checkout/sessions/{order['sessionId']}/expire")
    await _page_ended(history, order)
    history.finds("news_missing", order["sessionId"], "repaired")
    history.states[order["orderId"]] = "expired"


async def _debit_comes(history: History, order: Order) -> None:
    await history.world.pay(order["sessionId"], "debit_succeeds")
    history.finds("order_not_paid", order["sessionId"], "repaired")
    history.states[order["orderId"]] = "paid"


async def _debit_fails(history: History, order: Order) -> None:
    await history.world.pay(order["sessionId"], "debit_fails")
    await _page_ended(history, order)
    history.finds("news_missing", order["sessionId"], "repaired")
    history.states[order["orderId"]] = "payment_failed"


async def _page_ended(history: History, order: Order) -> None:
    await history.world.database.execute(
        "UPDATE payment_attempts SET expires_at = now() - interval '1 hour', due_at = now() + interval '1 day'"
        " WHERE order_id = $1",
        UUID(order["orderId"]),
    )


async def _no_tickets(history: History, order: Order) -> None:
    await history.world.database.execute("UPDATE orders SET tickets = '[]' WHERE order_id = $1", UUID(order["orderId"]))
    history.finds("tickets_missing", order["orderId"], "repaired")


async def _no_pass(history: History, order: Order) -> None:
    await history.world.database.execute("DELETE FROM passes WHERE order_id = $1", UUID(order["orderId"]))
    history.finds("pass_missing", order["orderId"], "repaired")


async def _no_seats(history: History, order: Order) -> None:
    await history.world.database.execute("DELETE FROM order_stock WHERE order_id = $1", UUID(order["orderId"]))
    history.finds("seats_missing", order["orderId"], "person")


async def _no_message(history: History, order: Order) -> None:
    await history.world.database.execute("DELETE FROM order_deliveries WHERE order_id = $1", UUID(order["orderId"]))
    history.finds("confirmation_missing", order["orderId"], "repaired")


async def _bounced(history: History, order: Order) -> None:
    await history.world.database.execute(
        "UPDATE order_deliveries SET state = 'failed' WHERE order_id = $1", UUID(order["orderId"])
    )
    history.finds("confirmation_missing", order["orderId"], "person")


async def _not_paid(history: History, order: Order) -> None:
    await history.world.database.execute(
        "INSERT INTO order_stock (order_id, city_id, tier, stock_version, sold_at, oversold)"
        " VALUES ($1, $2, 'ga', 1, now(), 0)",
        UUID(order["orderId"]),
        history.world.city,
    )
    history.finds("not_paid", order["orderId"], "person")


_UNTOLD: dict[str, Callable[[History, Order], Awaitable[None]]] = {
    "lost": _lost,
    "no order": _no_order,
    "no price": _no_order_and_no_price,
    "amount": _amount_differs,
    "not paid": _not_paid,
    "expiry": _expiry_lost,
    "debit comes": _debit_comes,
    "debit fails": _debit_fails,
    "twice": _paid_twice,
    "charge": _charge_lost,
    "refund": _refund_lost,
    "part": _part_refunded,
    "refund failed": _refund_failed,
    "dispute": _dispute_lost,
    "tickets": _no_tickets,
    "pass": _no_pass,
    "seats": _no_seats,
    "message": _no_message,
    "bounced": _bounced,
}
# Everything went well until then.
_PAID_BEFORE = frozenset(_UNTOLD) - {
    "lost", "no order", "no price", "amount", "not paid", "expiry", "debit comes", "debit fails",
}  # fmt: skip
