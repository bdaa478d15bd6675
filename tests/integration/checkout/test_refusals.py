"""What is refused, each with its own code: what other tests of a room don't come across (C-13)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.database import Database
from checkout.catalogue.errors import CatalogueEmpty
from checkout.catalogue.memory import CatalogueMemory
from tests.integration.checkout.money import bought
from tests.integration.checkout.world import Answer, World, city_entry, load, terms

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-13")]

NOBODY = uuid4()
BUYER = {"firstName": "Robin", "email": "robin@example.com"}


def code_of(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["code"]


async def closed_city(world: World) -> str:
    """Beside the test's own one, a city whose seats are no longer sold."""
    city = f"{world.city}-over"
    over = city_entry(city).model_copy(update={"on_sale_until": datetime.now(UTC) - timedelta(hours=1)})
    await load(world.database, [city_entry(world.city), over], terms())

    async def told() -> bool:
        shown = (await world.ask("GET", "/api/config/public")).body["cities"]
        there = await world.ask("GET", f"{world.inventory}/api/inventory/{city}")
        return city in {each["cityId"] for each in shown} and there.status == 200

    await world.until(told, "both cities are known")
    return city


async def test_what_is_no_longer_sold_is_neither_bought_nor_waited_for(world: World) -> None:
    city = await closed_city(world)
    assert code_of(await world.buy(cityId=city)) == (409, "on_sale_window")
    assert code_of(await waits(world, cityId=city)) == (409, "waitlist_closed")


async def test_nobody_waits_for_seats_that_are_there_or_never_will_be(world: World) -> None:
    assert code_of(await waits(world)) == (409, "seats_available")
    assert code_of(await waits(world, quantity=world.seats["ga"] + 1)) == (409, "more_than_there_are")


async def waits(world: World, **changes: Any) -> Answer:
    return await world.ask("POST", "/api/waitlist", json={"cityId": world.city, "ticketType": "GA", **BUYER, **changes})


async def test_nothing_is_sold_before_a_catalogue_is_loaded(world: World) -> None:
    with pytest.raises(CatalogueEmpty):
        _ = CatalogueMemory(world.database).current


REFUSED: list[tuple[str, str, dict[str, Any] | None, tuple[int, str]]] = [
    ("GET", f"/api/admin/city-refunds/{NOBODY}", None, (404, "unknown_city_refund")),
    ("GET", f"/api/admin/reconciliation/{NOBODY}", None, (404, "unknown_reconciliation")),
    ("POST", f"/api/admin/reconciliation/{NOBODY}/agree", {}, (404, "unknown_reconciliation")),
    ("POST", "/api/admin/reconciliation", {"account": "nobody"}, (404, "unknown_account")),
    (
        "POST",
        f"/api/admin/reconciliation/differences/{NOBODY}/close",
        {"reason": "dealt with"},
        (404, "unknown_difference"),
    ),
]


async def test_what_is_not_known_is_said_so(world: World) -> None:
    for method, path, body, expected in REFUSED:
        answer = await world.ask(method, path, json=body, headers=world.token())
        assert code_of(answer) == expected, (path, answer)


async def test_only_a_comparison_that_asks_is_agreed_to(world: World) -> None:
    begun = await world.ask("POST", "/api/admin/reconciliation", json={"dryRun": True}, headers=world.token())
    assert begun.status == 202, begun
    path = f"/api/admin/reconciliation/{begun.body['runId']}/agree"
    assert code_of(await world.ask("POST", path, json={}, headers=world.token())) == (409, "reconciliation_not_held")


async def test_seats_of_an_order_that_changes_meanwhile_are_not_moved(world: World) -> None:
    order = await bought(world)
    change = {"cityId": world.city, "tier": "vip", "reason": "the room is full"}
    path = f"/api/admin/orders/{order['orderId']}/move"
    async with world.database.transaction() as tx:
        await tx.execute("UPDATE orders SET version = version + 1 WHERE order_id = $1", UUID(order["orderId"]))
        moving = asyncio.create_task(world.ask("POST", path, json=change, headers=world.token()))
        await world.until(lambda: waits_for_lock(world.database), "the move waits for the order")
    assert code_of(await moving) == (409, "order_changed")


async def waits_for_lock(database: Database) -> bool:
    sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return bool(await database.fetchval(sql))
