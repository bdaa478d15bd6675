"""A workshop of a provider's is bought and paid at the provider's own processor, from the page to the tickets."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from chassis.ids import uuid7
from sandbox.square.state import PERSONAL, SELLERS
from tests.integration.checkout.appointed import post
from tests.integration.checkout.test_providers import change, keep, of_provider
from tests.integration.checkout.test_routing import PATH
from tests.integration.checkout.world import Answer, World, city_entry, load, terms

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-3", "P-11", "W-1")]

_TOKEN = PERSONAL + next(seller for seller in SELLERS.values() if seller.currency == "USD").short
_STUDIO = "Studio 7"


@pytest_asyncio.fixture(loop_scope="module")
async def provider(world: World) -> int:
    """Whose the test's city is; they would rather be paid by Square."""
    number = uuid7().int % 900_000_000 + 1
    assert (await keep(world, number, name=_STUDIO)).status == 200
    assert (await change(world, number, payment_mode="decentralized", preferred_processors=["square"])).status == 200
    wish: dict[str, Any] = {"provider": number, "processor": "square", "credentials": {"access_token": _TOKEN}}
    made = await post(world, "/api/v1/external-payments/connections", **wish)
    assert made.status == 200, made
    await _sold_by(world, number)

    async def offered() -> bool:
        return _STUDIO in (await _page(world)).body

    await world.until(offered, "the page offers the provider's ways")
    return number


async def _sold_by(world: World, provider: int) -> None:
    whose = terms().model_copy(update={"providers": {world.city: provider}})
    await load(world.database, [city_entry(world.city, seats=world.seats)], whose)


async def _page(world: World) -> Answer:
    return await world.ask("GET", f"/register?city={world.city}&tier=ga&quantity=2")


async def _pay_at_square(world: World, url: str) -> None:
    assert url.startswith(f"{world.sandbox}/pay/square/")
    answer = await world.ask("POST", url, data={"card": "ok"}, allow_redirects=False)
    assert answer.status < 400, answer


async def test_a_workshop_of_a_providers_is_paid_at_square_and_its_tickets_follow(world: World, provider: int) -> None:
    page = (await _page(world)).body
    assert "Card or wallet, by Square" in page
    assert f"Paid to {_STUDIO}" in page
    bought = (await world.buy(key=world.key, paymentOption="square")).body
    await _pay_at_square(world, bought["url"])
    await world.ask("GET", f"/success?order={bought['orderId']}&token={bought['orderToken']}")
    await world.until_state(bought["orderId"], "paid")
    await world.until_stock(0, 2)
    (paid,) = [each for each in await world.events(bought["orderId"]) if each.short_type() == "order.paid"]
    assert paid.processor == "square"  # type: ignore[attr-defined]
    decisions = (await world.ask("GET", f"{PATH}/decisions?provider={provider}", headers=world.token())).body["data"]
    told = [(each["decision"], each["processor"], [step["step"] for step in each["steps"]]) for each in decisions]
    assert told == [("external", "square", ["asked", "opened", "paid"])]


async def test_a_buyer_chooses_among_what_is_possible_and_sees_the_same_with_the_orders_token(
    world: World, provider: int
) -> None:
    refused = await world.buy(paymentOption="paypal")
    assert (refused.status, list(refused.body["fields"])) == (422, ["paymentOption"])
    assert await world.stock() == (0, 0)
    bought = (await world.buy(paymentOption="platform")).body
    assert bought["sessionId"].startswith("cs_test_")
    query = f"order={bought['orderId']}&token={bought['orderToken']}"
    mine = (await world.ask("GET", f"{PATH}/my-options?{query}")).body
    assert (mine["provider"], [each["processor"] for each in mine["options"]]) == (provider, ["square", "stripe"])


async def test_an_order_is_routed_for_its_provider_and_is_unknown_to_others(world: World, provider: int) -> None:
    bought = (await world.buy()).body
    asked: dict[str, Any] = {"order": bought["orderId"], "amount": "1198.00"}
    routed = await post(world, f"{PATH}/route", **asked)
    assert (routed.status, routed.body["processor"]) == (200, "square")
    other = provider + 1
    assert (await keep(world, other)).status == 200
    assert (await post(world, f"{PATH}/route", of_provider(other), **asked)).status == 404
    assert (await post(world, f"{PATH}/route", of_provider(provider), **asked)).status == 200


async def test_where_nobody_can_take_it_the_buyer_is_told_and_nothing_is_held(world: World, provider: int) -> None:
    changed = await change(world, provider, fallback_enabled=False)
    assert changed.status == 200, changed
    await world.database.execute("UPDATE processor_connections SET status = 'error' WHERE provider_id = $1", provider)
    refused = await world.buy()
    assert (refused.status, refused.body["code"]) == (409, "payment_not_possible")
    assert await world.stock() == (0, 0)
    assert "can’t be paid here right now" in (await _page(world)).body


async def test_a_workshop_of_a_provider_whom_nobody_knows_is_paid_to_the_platform(world: World) -> None:
    await _sold_by(world, 899_999_999)
    bought = (await world.buy()).body
    assert bought["sessionId"].startswith("cs_test_")
    assert "How do you want to pay?" not in (await _page(world)).body
