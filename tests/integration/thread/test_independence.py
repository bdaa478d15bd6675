"""E-7 on the whole stack: each part's trouble is its own."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.integration.thread.shop import DECLINED, Shop, eventually, is_complete, steady

pytestmark = pytest.mark.asyncio

# The channel is closed, and still is after Twilio was asked once more.
FAILED_PROBES = 2


async def sold(shop: Shop, city: str, tier: str = "ga") -> int:
    return int((await shop.stock(city))["sold"][tier])


@pytest.mark.proves("E-7", "N-9", "N-3")
async def test_with_twilio_failing_email_and_stock_go_on_and_the_sms_follows_once(shop: Shop) -> None:
    city = "thread-sms"
    await shop.control("POST", "faults", {"vendor": "twilio", "kind": "error", "status": 503})
    purchase = await shop.place(city, quantity=2)
    await shop.pay(purchase)

    async def the_rest_is_done() -> bool:
        return len(await shop.mails(purchase)) == 1 and await sold(shop, city) == 2

    async def given_up_for_now() -> bool:
        sql = "SELECT openings FROM breakers WHERE channel = 'sms'"
        return int(await shop.run_sql("notifier", sql) or 0) >= FAILED_PROBES

    await eventually(the_rest_is_done)
    await eventually(given_up_for_now)
    assert await shop.texts(purchase) == []
    await shop.control("DELETE", "faults")
    await eventually(lambda: is_complete(shop, purchase), seconds=90)
    await steady(lambda: is_complete(shop, purchase))


@pytest.mark.proves("E-7", "I-3")
async def test_with_inventory_stopped_after_the_payment_messages_go_out_and_stock_catches_up(shop: Shop) -> None:
    city = "thread-inventory"
    purchase = await shop.place(city, quantity=2)
    with shop.stack.without("inventory"):
        await shop.pay(purchase)
        await eventually(lambda: is_complete(shop, purchase))

    async def caught_up() -> bool:
        return await sold(shop, city) == 2

    await eventually(caught_up)
    assert (await shop.stock(city))["held"]["ga"] == 0


@pytest.mark.proves("E-7")
async def test_with_monitor_stopped_nothing_else_notices(shop: Shop) -> None:
    with shop.stack.without("monitor"):
        purchase = await shop.place("thread-monitor")
        await shop.pay(purchase)
        await eventually(lambda: is_complete(shop, purchase))

        async def counted() -> bool:
            return await sold(shop, "thread-monitor") == 1

        await eventually(counted)


@pytest.mark.proves("C-4", "I-3", "N-3")
async def test_a_webhook_five_times_at_once_and_out_of_order_makes_one_of_everything(shop: Shop) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    purchase = await shop.place("thread-repeats", quantity=2)
    # The sandbox' own delivery is dropped, so that all five are ours and come at once.
    await shop.control("POST", "faults", {"vendor": "stripe", "kind": "drop_webhook"})
    await shop.pay(purchase)
    await shop.control("DELETE", "faults")
    events = await shop.stripe_events(purchase)
    copies = [event for event in events for _ in range(5)]
    random.Random(seed).shuffle(copies)
    assert set(await asyncio.gather(*map(shop.deliver, copies))) == {200}

    async def done_once() -> bool:
        return await is_complete(shop, purchase) and await sold(shop, "thread-repeats") == 2

    await eventually(done_once)
    await steady(done_once)
    codes = [ticket["code"] for ticket in (await shop.order(purchase))["tickets"]]
    assert len(set(codes)) == 2


@pytest.mark.proves("C-4", "C-5", "I-2")
async def test_a_card_declined_first_and_accepted_second_keeps_its_seats(shop: Shop) -> None:
    purchase = await shop.place("thread-declined", tier="VIP", quantity=3)
    assert (await shop.pay(purchase, DECLINED))["outcome"] == "declined"
    await asyncio.sleep(1)
    status, refusal = await shop.checkout("thread-declined", tier="VIP")
    assert (status, refusal["code"], refusal["available"]["vip"]) == (409, "sold_out", 0)
    await shop.pay(purchase)
    await eventually(lambda: is_complete(shop, purchase))


@pytest.mark.proves("C-4", "I-2")
async def test_a_bank_debit_pending_for_hours_keeps_its_seats(shop: Shop) -> None:
    purchase = await shop.place("thread-debit", quantity=3)
    await shop.pay(purchase, "debit_succeeds")

    async def pending() -> bool:
        return bool((await shop.order(purchase))["state"] == "payment_pending")

    await eventually(pending)

    async def endless() -> bool:
        sql = "SELECT hard_until IS NULL FROM holds WHERE order_id = $1::uuid"
        return bool(await shop.run_sql("inventory", sql, purchase.order_id))

    await eventually(endless)
    for service in ("checkout", "inventory"):
        await shop.advance_clock(service, 6)
    try:
        await asyncio.sleep(3)
        assert (await shop.stock("thread-debit"))["held"]["ga"] == 3
        await shop.control("POST", "clock/advance", {"seconds": 200})
        await eventually(lambda: is_complete(shop, purchase))
    finally:
        for service in ("checkout", "inventory"):
            await shop.advance_clock(service, 0)
