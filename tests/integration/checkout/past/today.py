"""Purchases that are made today, through everything that buyers, banks and staff of a processor do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.integration.checkout import money
from tests.integration.checkout.world import World

Order = dict[str, Any]

_LACKING: Final = """
SELECT count(*) FROM orders AS o WHERE state IN ('paid', 'partially_refunded') AND (
    jsonb_array_length(seats) > 0 AND o.order_id <> ALL ($1)
    AND NOT EXISTS (SELECT FROM order_stock AS s WHERE s.order_id = o.order_id)
    OR jsonb_array_length(seats) = 0 AND NOT EXISTS (SELECT FROM passes AS p WHERE p.order_id = o.order_id))
"""
_TELL: Final = """
INSERT INTO order_deliveries (delivery_id, order_id, channel, kind, version, state, changed_at)
SELECT gen_random_uuid(), order_id, 'email', 'confirmation', 1, 'delivered', now() FROM orders AS o
WHERE paid_at IS NOT NULL AND NOT EXISTS (SELECT FROM order_deliveries AS d WHERE d.order_id = o.order_id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A purchase of today.

    order_id: its order
    payment: the processor's id of its payment; None where nothing was paid
    metadata: what its session has
    """

    order_id: str
    payment: str | None
    metadata: Mapping[str, str]


async def purchases_of_today(world: World) -> Mapping[str, Sample]:
    """One of each kind, by its name."""
    made = await asyncio.gather(*(_made(world, name) for name in _MAKES))
    await settle_down(world)
    return dict(zip(_MAKES, made, strict=True))


async def settle_down(world: World, *, without: tuple[str, ...] = ()) -> None:
    """Everything that follows by events is here: seats are sold, passes granted, and each buyer has a message."""

    async def there() -> bool:
        return bool(await world.database.fetchval(_LACKING, list(without)) == 0)

    await world.until(there, "all is sold and granted")
    # The notifier's word, which does not run here.
    await world.database.execute(_TELL)


async def payment_of(world: World, order: Order) -> dict[str, Any]:
    """An order's session at the processor, its payment and that one's charge with it."""
    path = f"/checkout/sessions/{order['sessionId']}?expand[]=payment_intent.latest_charge"
    return await money.at_stripe(world, "GET", path)


async def _made(world: World, name: str) -> Sample:
    order = await (buy_pass if name == "pass" else buy)(world, payer=name)
    await _MAKES[name](world, order)
    session = await payment_of(world, order)
    payment = session["payment_intent"]
    return Sample(order_id=order["orderId"], payment=payment["id"] if payment else None, metadata=session["metadata"])


async def buy(world: World, *, payer: str) -> Order:
    """A seat, by somebody of the test's own."""
    customer = {**world.wish()["customerData"], "email": f"{payer}-{world.email}"}
    answer = await world.buy(quantity=1, customerData=customer)
    assert answer.status == 200, answer
    order: Order = answer.body
    return order


async def buy_pass(world: World, *, payer: str) -> Order:
    """The same with a pass."""
    customer = {**world.wish()["customerData"], "email": f"{payer}-{world.email}"}
    body = {"passId": "ten-classes", "isSixFBMember": False, "customerData": customer}
    answer = await world.ask("POST", "/api/passes/buy", json=body)
    assert answer.status == 200, answer
    order: Order = answer.body
    return order


async def _open(_world: World, _order: Order) -> None:
    """Nobody pays."""


async def _paid(world: World, order: Order) -> None:
    await world.pay(order["sessionId"])
    await world.until_state(order["orderId"], "paid")


async def _refunded(world: World, order: Order) -> None:
    await _paid(world, order)
    await money.refund_by_hand(world, (await payment_of(world, order))["payment_intent"]["latest_charge"])
    await world.until_state(order["orderId"], "refunded")


async def _disputed(world: World, order: Order) -> None:
    await _paid(world, order)
    charge = (await payment_of(world, order))["payment_intent"]["latest_charge"]
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/charges/{charge['id']}/dispute", json={})
    await world.until_state(order["orderId"], "disputed")


async def _expired(world: World, order: Order) -> None:
    await money.at_stripe(world, "POST", f"/checkout/sessions/{order['sessionId']}/expire")
    await world.until_state(order["orderId"], "expired")


_MAKES: Final[Mapping[str, Callable[[World, Order], Awaitable[None]]]] = {
    "open": _open,
    "paid": _paid,
    "pass": _paid,
    "refunded": _refunded,
    "disputed": _disputed,
    "expired": _expired,
}
