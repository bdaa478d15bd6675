"""E-5 on the whole stack: what dies is told to people, who look, settle it and start what has stopped (`fullhouse`)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.clock import SystemClock
from chassis.ids import uuid7
from events import CatalogueCityChanged, Envelope
from stack.errors import StackError
from tests.integration.thread.shop import Shop, eventually, is_complete

pytestmark = pytest.mark.asyncio

GROUP = "inventory-catalogue"
POISON = 25
WHY = ("--because", "a rehearsal")


async def fullhouse(shop: Shop, *arguments: str) -> Any:
    return json.loads(await asyncio.to_thread(shop.stack.fullhouse, *arguments, "--json"))


async def alerts(shop: Shop, rule: str, *status: str) -> list[Any]:
    wanted = "".join(f"&status={each}" for each in status)
    _, found = await shop.ask("GET", f"/api/alerts?rule={rule}{wanted}")
    return [alert for alert in found["data"] if f"{GROUP}" in str(alert["labels"])]


async def send_poison(shop: Shop) -> None:
    """Events of a type that inventory reads, which no release of it ever could."""
    producer = AIOKafkaProducer(**shop.stack.kafka().client_options())
    await producer.start()
    for _ in range(POISON):
        envelope = Envelope(
            id=uuid7(), source="test", type=CatalogueCityChanged.type, time=SystemClock().now(), subject="no-city"
        )
        await producer.send_and_wait("catalogue", b"poison", key=b"no-city", headers=list(envelope.headers()))
    await producer.stop()


async def settle(shop: Shop) -> None:
    """Until the group reads and no letter of its waits: what came after the stop dies once it goes on."""
    admin = "/api/admin/inventory"

    async def at_peace() -> bool:
        await shop.ask("POST", f"{admin}/dlq/drop", {"group": [GROUP], "state": ["dead"], "because": WHY[1]})
        groups = (await shop.ask("GET", f"{admin}/subscriptions"))[1]["data"]
        stopped = any(group["group"] == GROUP and group["stopped"] for group in groups)
        if stopped:
            await shop.ask("POST", f"{admin}/subscriptions/{GROUP}/start", {"because": WHY[1]})
        left = (await shop.ask("GET", f"{admin}/dlq?group={GROUP}&state=dead"))[1]["data"]
        lag = int((await shop.ask("GET", "/api/operations"))[1]["consumerLag"].get(GROUP, 0))
        return not stopped and not left and lag == 0

    await eventually(at_peace, seconds=60)


@pytest.mark.proves("E-5", "C-12")
async def test_deaths_and_a_stopped_subscription_reach_people_who_settle_them(shop: Shop) -> None:
    await send_poison(shop)
    try:

        async def told() -> bool:
            dead = await alerts(shop, "dead_letters", "firing")
            stopped = await alerts(shop, "consumer_stopped", "firing")
            return [alert["severity"] for alert in (*dead, *stopped)] == ["high", "critical"]

        await eventually(told, seconds=90)
        (group,) = (await fullhouse(shop, "subscriptions", "list", "--stopped", "--service", "inventory"))["inventory"]
        assert (group["group"], group["stopped"]["reason"]) == (GROUP, "20 events in a row died")
        page = (await fullhouse(shop, "dlq", "list", "--service", "inventory", "--type", "catalogue.city_changed"))[
            "inventory"
        ]
        assert page["counts"] == {"dead": group["deadLetters"]}
        letter = f"inventory/{page['data'][0]['id']}"
        shown = await fullhouse(shop, "dlq", "show", letter)
        assert shown["record"]["data"] == "[masked, 6 bytes]"
        assert (await fullhouse(shop, "dlq", "show", letter, "--raw"))["record"]["value"] == {"text": "poison"}
        assert "poison" not in await asyncio.to_thread(shop.stack.fullhouse, "dlq", "show", letter)
        assert "Dead letters" in await asyncio.to_thread(shop.stack.fullhouse, "dlq", "list", "--group", GROUP)
        assert "STOPPED" in await asyncio.to_thread(shop.stack.fullhouse, "subscriptions", "list", "--stopped")
        with pytest.raises(StackError, match=r"for good.*--yes"):
            await fullhouse(shop, "dlq", "drop", letter, *WHY)
        with pytest.raises(StackError, match="Name letters"):
            await fullhouse(shop, "dlq", "redrive")
        await fullhouse(shop, "subscriptions", "start", GROUP, *WHY)
        with pytest.raises(StackError, match="Not all are applied"):
            await fullhouse(shop, "dlq", "redrive", letter)
        assert (await fullhouse(shop, "dlq", "show", letter))["attempts"] == 2
    finally:
        await settle(shop)

    async def over() -> bool:
        return not [
            *await alerts(shop, "dead_letters", "firing"),
            *await alerts(shop, "consumer_stopped", "firing"),
        ]

    await eventually(over, seconds=90)


# What has come of orders that are over: those that tests before have left open end when their time has come.
OVER = "SELECT jsonb_agg(order_id) FROM orders WHERE state NOT IN ('placed', 'awaiting_payment', 'payment_pending')"
THEIRS = "order_id IN (SELECT jsonb_array_elements_text($1::jsonb)::uuid)"
SUMS = {
    "inventory": f"SELECT (SELECT count(*) FROM tickets WHERE {THEIRS}) + (SELECT count(*) FROM ledger WHERE {THEIRS})",
    "notifier": f"SELECT count(*) FROM deliveries WHERE {THEIRS}",
    "monitor": "SELECT sum(count)::bigint FROM total_figures WHERE figure IN ('orders_paid', 'tickets_sold')",
    "checkout": "SELECT count(*) FROM orders",
}


async def sums(shop: Shop, over: list[str]) -> dict[str, Any]:
    given = {"inventory": [over], "notifier": [over]}
    return {service: await shop.run_sql(service, sql, *given.get(service, [])) for service, sql in SUMS.items()}


READ = "SELECT jsonb_agg(jsonb_build_array(topic, partition, next_offset)) FROM consumer_offsets"


async def quiet(shop: Shop) -> bool:
    """Whether no event waits to be sent or read, as Kafka and the databases know it; looked at twice, for what is read
    may have sent something.
    """
    return await nothing_waits(shop) and await nothing_waits(shop)


async def nothing_waits(shop: Shop) -> bool:
    if any([await shop.run_sql(service, "SELECT count(*) FROM outbox") for service in SUMS]):
        return False
    rows = [row for service in SUMS for row in await shop.run_sql(service, READ)]
    ends = await log_ends(shop, {topic for topic, _, _ in rows})
    return all(offset >= ends[topic, number] for topic, number, offset in rows)


async def log_ends(shop: Shop, topics: Collection[str]) -> dict[tuple[str, int], int]:
    """Where the next record of each partition will stand."""
    consumer = AIOKafkaConsumer(*topics, **shop.stack.kafka().client_options())
    await consumer.start()
    try:
        found = await consumer.end_offsets(consumer.assignment())
    finally:
        await consumer.stop()
    return {(place.topic, place.partition): end for place, end in found.items()}


@pytest.mark.proves("E-4")
async def test_all_that_was_ever_sent_is_sent_again_and_nothing_happens_twice(shop: Shop) -> None:
    purchase = await shop.place("thread-again", quantity=2)
    await shop.pay(purchase)
    await eventually(lambda: is_complete(shop, purchase))

    await eventually(lambda: quiet(shop))
    over = await shop.run_sql("checkout", OVER)
    assert purchase.order_id in over
    before = await sums(shop, over)
    done = await fullhouse(shop, "republish", "--since", "1d")
    assert min(done["services"]["checkout"]["orders"], done["services"]["inventory"]["stock"]) > 0

    await eventually(lambda: quiet(shop))
    assert await sums(shop, over) == before
    assert await is_complete(shop, purchase)
