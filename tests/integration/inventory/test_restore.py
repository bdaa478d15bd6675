"""Inventory's database comes from a backup: it finds what was sold since, and sells none of it again."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest

from chassis.database import Database
from chassis.tokens import Role
from cli.restoring import make_fit
from events import OrderExpired, OrderPlaced
from tests.fixtures.backups import Backup
from tests.integration.inventory.bench import CITY, order_event, paid_event, require_proof
from tests.integration.inventory.service import Client, person, running
from tests.integration.inventory.test_service import World, eventually, sell_from, value, world
from tests.unit.chassis.asgi import Answer, call

__all__ = ["world"]

pytestmark = pytest.mark.asyncio

SENT = "SELECT count(*) FROM outbox_sent WHERE topic = 'stock'"
VERSION = "SELECT stock_version FROM cities"
DONE = "SELECT count(*) FROM restores WHERE done_at IS NULL"
LATER = "INSERT INTO app_clock (shift) VALUES (interval '1 minute')"


async def placed(world: World, client: Client, quantity: int = 1) -> UUID:
    """Held, and told as checkout tells it."""
    order = uuid4()
    assert (await client.hold(order, quantity)).status == 200
    await world.publish(order_event(OrderPlaced, order, quantity, version=1))
    return order


async def has_sold(world: World, seats: int) -> None:
    await eventually(lambda: value(world.database, "SELECT sold FROM pools WHERE tier = 'ga'", seats))
    await eventually(lambda: value(world.database, "SELECT count(*) FROM outbox", 0))


@pytest.mark.proves("E-4", "E-6", "I-4")
async def test_a_restored_stock_follows_the_orders_before_it_sells_on(world: World, backup: Backup) -> None:
    async with running(world.environ) as client:
        await sell_from(world, client, 5)
        early, gone = await placed(world, client, 2), await placed(world, client)
        await world.publish(paid_event(early, 2))
        await has_sold(world, 2)
    await world.database.close()
    url = backup(world.environ["DATABASE_URL"])
    old = await Database.connect(world.environ["DATABASE_URL"], application="test")
    async with running({**world.environ, "AUTHORIZED_DOMAIN": "example.com"}) as client:
        assert (await opened(client, "vip", 3)).status == 200
        await world.publish(order_event(OrderExpired, gone, version=2))
        await eventually(lambda: value(old, "SELECT held FROM pools WHERE tier = 'ga'", 0))
        late = await placed(world, client, 2)
        await world.publish(paid_event(late, 2))
        await eventually(lambda: value(old, "SELECT sold FROM pools WHERE tier = 'ga'", 4))
        open_order = await placed(world, client)
        await eventually(lambda: value(old, "SELECT count(*) FROM outbox", 0))
    told = {row["event_id"] for row in await old.fetch("SELECT event_id FROM outbox_sent WHERE topic = 'stock'")}
    newest = await old.fetchval(VERSION)
    await old.close()

    await make_fit({"DATABASE_URL": url}, "inventory")
    restored = await Database.connect(url, application="test")
    async with running({**world.environ, "DATABASE_URL": url}) as client:
        assert (await client.hold(uuid4())).status == 503
        assert (await opened(client, "vip", 1)).status == 503, "what was opened since the backup is not read yet"
        await restored.execute(LATER)
        await eventually(lambda: value(restored, DONE, 0))
        await eventually(lambda: value(restored, "SELECT count(*) FROM inbox_deferred", 0))
        await eventually(lambda: value(restored, "SELECT count(*) FROM outbox", 0))
        await eventually(lambda: _refused(client, "sold_out"))
        assert (await client.hold(open_order)).status == 200, "its seat is still its own"
        await eventually(lambda: value(restored, "SELECT actual_limit FROM pools WHERE tier = 'vip'", 8))
    pool = await restored.fetchrow("SELECT held, sold, spare_sold, oversold FROM pools WHERE tier = 'ga'")
    assert dict(pool or {}) == {"held": 1, "sold": 4, "spare_sold": 0, "oversold": 0}
    assert await restored.fetchval(VERSION) > newest
    sold_again = await restored.fetch("SELECT event_id FROM ledger WHERE operation = 'sell' AND order_id = $1", late)
    assert len(sold_again) == 1
    said = await restored.fetch("SELECT event_id, header_names, header_values FROM outbox_sent WHERE topic = 'stock'")
    sales = [row["event_id"] for row in said if b"stock.sold.v1" in b" ".join(row["header_values"])]
    assert len(sales) == 2
    assert set(sales) <= told, "what was told before is told as the same event"
    assert not [row for row in said if b"sold_out" in b" ".join(row["header_values"])], "nobody paid for the last seat"
    await require_proof(restored)
    await restored.close()


async def opened(client: Client, tier: str, spots: int) -> Answer:
    """An admin opens seats, which only a call says."""
    body = {"cityId": CITY, "tier": tier, "additionalSpots": spots, "authorizedBy": "ann@example.com", "reason": "More"}
    headers = {**person(Role.ADMIN), "Content-Type": "application/json"}
    path = "/api/admin/inventory/expand"
    return await call(client.app, "POST", path, headers=headers, body=json.dumps(body).encode())


async def _refused(client: Client, code: str) -> bool:
    answer = await client.hold(uuid4())
    return answer.status == 409 and answer.json["code"] == code
