"""Currencies with no, two and three decimals: the same amount in price, payment page, refund, list and e-mail (C-2)."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from events import OrderPaid, OrderRefunded
from notifier.messages.confirmations import confirmation_words
from tests.integration.checkout.money import charges, given_back, refund, seats_of, until_settled
from tests.integration.checkout.world import World, city_entry, load, terms

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-2", "C-7")]


async def sell_in(world: World, currency: str, price: int) -> None:
    """The city's prices are in this currency from now on."""
    entry = city_entry(world.city, seats=world.seats)
    tiers = {name: tier.model_copy(update={"currency": currency, "price": price}) for name, tier in entry.tiers.items()}
    await load(world.database, [entry.model_copy(update={"tiers": tiers})], terms())

    async def known() -> bool:
        (city,) = (await world.ask("GET", "/api/config/public")).body["cities"]
        return currency in str(city)

    await world.until(known, f"prices are in {currency}")


@pytest.mark.parametrize(
    ("currency", "price", "member", "odd", "total"),
    [
        ("JPY", 8_000, 6_400, None, "¥19,200"),
        ("EUR", 59_990, 47_992, None, "€1,439.76"),
        ("KWD", 59_990, 47_990, 5, "KWD 143.970"),
    ],
)
async def test_an_amount_stays_what_it_is(
    world: World, currency: str, price: int, member: int, odd: int | None, total: str
) -> None:
    await sell_in(world, currency, price)
    order: dict[str, Any] = (await world.buy(quantity=3, isSixFBMember=True)).body
    assert (order["amount"], order["currency"]) == (3 * member, currency)
    await world.pay(order["sessionId"])
    await world.until_state(order["orderId"], "paid")
    (charge,) = await charges(world)
    assert (charge["amount"], charge["currency"]) == (3 * member, currency.lower())

    if odd is not None:
        assert (await refund(world, order, amount=odd)).body["code"] == "invalid_request"
    assert (await refund(world, order, seats=[2])).body["amount"] == member
    await until_settled(world, order, ["done"])
    assert await given_back(world) == [member]
    assert await seats_of(world, order) == ["sold", "refunded", "sold"]

    paid, back = [
        event for event in await world.events(order["orderId"]) if isinstance(event, OrderPaid | OrderRefunded)
    ]
    assert isinstance(paid, OrderPaid)
    assert isinstance(back, OrderRefunded)
    words = confirmation_words(paid, city_entry(world.city))
    assert words.total.replace("\xa0", " ") == total
    assert back.refunded_amount == member

    answer = await world.ask("GET", f"/api/orders.csv?cityId={world.city}", headers=world.token())
    (row,) = csv.DictReader(answer.body.lstrip("\ufeff").splitlines())
    assert {str(3 * member), str(member), currency} <= set(row.values())
