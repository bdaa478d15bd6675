"""Money at the processor: what it took and gave back, and what people give back through us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from chassis.settings import SANDBOX_STAND_INS
from events import OrderRefunded, OrderRefundFailed
from tests.integration.checkout.world import Answer, World

KEY = {"Authorization": f"Bearer {SANDBOX_STAND_INS['STRIPE_SECRET_KEY']}"}
# What a seat costs, and the two of an order.
SEAT = 59_900
PRICE = 2 * SEAT
REFUNDS = "refunds.create"
REFUND_WEBHOOKS = ("charge.refunded", "charge.refund.updated", "refund.created", "refund.failed", "refund.updated")


async def bought(world: World, **changes: Any) -> dict[str, Any]:
    """An order that is paid; its seats are the only ones that were sold."""
    order: dict[str, Any] = (await world.buy(**changes)).body
    await world.pay(order["sessionId"])
    await world.until_state(order["orderId"], "paid")
    await world.until_stock(0, changes.get("quantity", 2))
    return order


async def second_session(world: World, order: dict[str, Any]) -> str:
    """Another payment page for the same order, such as one that an earlier system made."""
    return await page_of(world, price=SEAT, quantity=2, order_id=order["orderId"])


async def page_of(world: World, *, price: int, quantity: int, order_id: str | None = None) -> str:
    """A payment page that we have not made, with the marks of an earlier system or ours."""
    metadata = {"cityId": world.city, "ticketType": "GA", "quantity": str(quantity)}
    metadata |= {"orderId": order_id} if order_id else {}
    form = {
        "mode": "payment",
        "success_url": f"{world.base}/success",
        "customer_email": world.email,
        "line_items[0][quantity]": str(quantity),
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": str(price),
        "line_items[0][price_data][product_data][name]": "Seats",
        **{f"metadata[{name}]": value for name, value in metadata.items()},
        **{f"payment_intent_data[metadata][{name}]": value for name, value in metadata.items()},
    }
    headers = {**KEY, "Content-Type": "application/x-www-form-urlencoded"}
    url = f"{world.sandbox}/stripe/v1/checkout/sessions"
    answer = await world.ask("POST", url, data=urlencode(form).encode(), headers=headers)
    assert answer.status == 200, answer
    return str(answer.body["id"])


async def at_stripe(world: World, method: str, path: str) -> dict[str, Any]:
    """The processor's own answer."""
    answer = await world.ask(method, f"{world.sandbox}/stripe/v1{path}", headers=KEY)
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.body
    return found


async def charges(world: World) -> list[dict[str, Any]]:
    """What the processor has taken, the first one first."""
    answer = await world.ask("GET", f"{world.sandbox}/stripe/v1/charges?limit=10", headers=KEY)
    found: list[dict[str, Any]] = answer.body["data"]
    return found[::-1]


async def given_back(world: World) -> list[int]:
    """What it has given back of each."""
    return [charge["amount_refunded"] for charge in await charges(world)]


async def refund_by_hand(world: World, charge: dict[str, Any], **body: Any) -> Answer:
    """At the processor's dashboard."""
    return await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/charges/{charge['id']}/refund", json=body)


async def fail_refund(world: World, refund_id: str, reason: str = "expired_or_canceled_card") -> None:
    """The bank sends a refund back that the processor had done; the id is the processor's."""
    answer = await world.ask(
        "POST", f"{world.sandbox}/_sandbox/stripe/refunds/{refund_id}/fail", json={"reason": reason}
    )
    assert answer.status == 200, answer


async def made_refunds(world: World) -> list[dict[str, Any]]:
    """The refunds that the processor has, the first one first."""
    answer = await world.ask("GET", f"{world.sandbox}/stripe/v1/refunds?limit=100", headers=KEY)
    found: list[dict[str, Any]] = answer.body["data"]
    return found[::-1]


async def refund(
    world: World, order: dict[str, Any], *, key: str | None = None, headers: dict[str, str] | None = None, **body: Any
) -> Answer:
    """Through us, by an admin."""
    return await world.ask(
        "POST",
        f"/api/admin/orders/{order['orderId']}/refund",
        json={"reason": "The buyer is ill", "returnSeats": True, **body},
        headers={**(headers or world.token()), **({"Idempotency-Key": key} if key else {})},
    )


async def refunds(world: World, order: dict[str, Any]) -> dict[str, Any]:
    """What staff see of an order's money."""
    answer = await world.ask("GET", f"/api/admin/orders/{order['orderId']}/refunds", headers=world.token())
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.body
    return found


async def until_settled(world: World, order: dict[str, Any], states: Sequence[str]) -> None:
    """The refunds that people asked for stand so."""

    async def there() -> bool:
        data = (await refunds(world, order))["data"]
        return [each["state"] for each in data if each["cause"] == "requested"] == list(states)

    await world.until(there, f"refunds {states}, but {(await refunds(world, order))['data']}")


async def told(world: World, order: dict[str, Any]) -> list[tuple[int, tuple[int, ...], bool, str]]:
    """Each `order.refunded`: amount, seats, whether they return, and the order's state."""
    return [
        (event.refunded_amount, event.refunded_seats, event.return_seats, event.state)
        for event in await world.events(order["orderId"])
        if isinstance(event, OrderRefunded)
    ]


async def failures(world: World, order: dict[str, Any]) -> list[tuple[int, tuple[int, ...], str, str]]:
    """Each `order.refund_failed`: amount, seats, why, and the order's state."""
    return [
        (event.failed_amount, event.ended_seats, event.cause, event.state)
        for event in await world.events(order["orderId"])
        if isinstance(event, OrderRefundFailed)
    ]


async def seats_of(world: World, order: dict[str, Any]) -> list[str]:
    """Where each seat stands."""
    answer = await world.ask("GET", f"/api/orders/{order['orderId']}?token={order['orderToken']}")
    return [seat["state"] for seat in answer.body["seats"]]
