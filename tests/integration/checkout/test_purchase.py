"""A whole purchase, with the real neighbours: hold, session, payment, paid (C-1, C-4, C-5)."""

from __future__ import annotations

import pytest

from chassis.tickets import TicketVerifier
from events import OrderPaid
from tests.integration.checkout.world import TICKETS, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.proves("C-1", "C-4", "C-5", "E-2", "E-4")
async def test_a_seat_is_sold(world: World) -> None:
    """Hold, session, webhook, order.paid in the outbox, sold at inventory; the ticket codes are signed."""
    answer = await world.buy()
    assert answer.status == 200, answer
    bought = answer.body
    assert (bought["success"], bought["amount"], bought["currency"]) == (True, 119800, "USD")
    assert bought["url"].startswith(world.sandbox)
    assert await world.stock() == (2, 0)

    await world.pay(bought["sessionId"])
    await world.until_state(bought["orderId"], "paid")
    await world.until_stock(0, 2)
    paid = [event for event in await world.events(bought["orderId"]) if isinstance(event, OrderPaid)]
    assert len(paid) == 1
    assert paid[0].hold_alive
    assert paid[0].amount == 119800
    assert [TicketVerifier(TICKETS.public_keys()).verify(ticket.code).seat for ticket in paid[0].tickets] == [1, 2]
    assert await world.told(bought["orderId"]) == ["order.placed", "order.paid", "payment.webhook_received"]
    assert len(await world.traces(bought["orderId"])) == 1


@pytest.mark.parametrize(("phone", "kept"), [("+1-555-MANAGER", None), ("0044 20 7946 0123", "+442079460123")])
@pytest.mark.proves("C-1", "N-6")
async def test_a_phone_number_that_nobody_can_read_stops_no_purchase(
    world: World, phone: str, kept: str | None
) -> None:
    customer = {**world.wish()["customerData"], "phone": phone}
    answer = await world.buy(customerData=customer)
    assert answer.status == 200, answer
    assert [row["phone"] for row in await world.orders()] == [kept]


@pytest.mark.proves("C-1", "C-13")
async def test_another_amount_than_was_shown_is_refused_with_the_new_price(world: World) -> None:
    refused = await world.buy(expectedAmount=99800)
    assert (refused.status, refused.body["code"]) == (409, "price_changed")
    assert (refused.body["amount"], refused.body["currency"]) == (119800, "USD")
    assert "$1,198.00" in refused.body["detail"]
    assert await world.stock() == (0, 0)
    assert (await world.buy(expectedAmount=refused.body["amount"])).status == 200
