"""What checkout tells of its paid orders to whoever compares the services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from chassis.database import Database
from chassis.ids import uuid7
from chassis.process import ProcessRole
from chassis.settings import SANDBOX_STAND_INS
from checkout.app import create
from invariants import Charge, Figure, Waiting
from invariants.digest import Fingerprints
from tests.fixtures.digests import Digests
from tests.fixtures.postgres import MakeDatabase
from tests.integration.checkout.world import SERVICE_KEY, SIGN_IN, TICKETS

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("L-9")]

PAID_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = Fingerprints(SERVICE_KEY)
ORDERS = """
INSERT INTO orders (
    order_id, number, state, city_ids, lines, amount, discount_total, currency,
    first_name, last_name, email, email_key, customer_kind, member, member_verified, business_type, source, live_mode,
    seats, tickets, placed_at, promised_until, hard_until, paid_at
)
SELECT order_id, lpad(n::text, 8, '0'), 'paid', '{dallas}', '[]', 200, 0, 'USD',
       'Ann', 'Lee', 'Ann@Example.com', 'ann@example.com', 'new', false, false, 'barber', 'web', false,
       '[{}, {}]', '[{"seat": 1, "code": "secret-1"}, {"seat": 2, "code": "secret-2"}]', $2, $2, $2, $2
FROM unnest($1::uuid[]) WITH ORDINALITY AS made (order_id, n)
"""
CHARGES = """
INSERT INTO payment_charges (processor, payment_intent, order_id, session_id, amount, currency, surplus, paid_at)
SELECT 'stripe', 'pi_' || order_id, order_id, 'cs_' || order_id, amount, currency, false, paid_at FROM orders
"""
WEBHOOKS = """
INSERT INTO webhook_events
    (processor, event_id, occasion, type, thin, live_mode, payload, state, cause, created_at, received_at)
SELECT 'stripe', 'evt_' || state || cause, 'evt_' || state || cause, 'charge.refunded', false, false, '', state, cause,
       $1, app_now() - interval '1 h'
FROM (VALUES ('failed', 'amount_mismatch'), ('waiting', 'handler_failed'), ('waiting', 'payment_unknown'),
             ('closed', 'amount_mismatch'), ('ignored', 'not_ours')) AS made (state, cause)
"""


@dataclass(frozen=True, slots=True)
class Desk:
    database: Database
    digests: Digests

    async def paid(self, count: int = 1, *, at: datetime | None = PAID_AT) -> list[UUID]:
        ids = [uuid7() for _ in range(count)]
        await self.database.execute(ORDERS.replace("n::text", f"(n + {len(await self.all())})::text"), ids, at)
        return ids

    async def all(self) -> list[Any]:
        return await self.database.fetch("SELECT order_id FROM orders")


@pytest_asyncio.fixture
async def desk(make_database: MakeDatabase) -> AsyncIterator[Desk]:
    url = make_database("checkout")
    values = {
        "FULLHOUSE_MODE": "sandbox",
        "DATABASE_URL": url,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "AUTH_PUBLIC_KEYS": SIGN_IN.public_keys().export(),
        "TICKET_PUBLIC_KEYS": TICKETS.public_keys().export(),
        "TICKET_SIGNING_KEY": TICKETS.export(),
        "SERVICE_TOKEN_KEY": SERVICE_KEY,
        "METRICS_TOKEN": "m" * 20,
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "SANDBOX_URL": "http://127.0.0.1:9",
        "INVENTORY_URL": "http://127.0.0.1:9",
        **SANDBOX_STAND_INS,
    }
    app = create(values, role=ProcessRole.API)
    database = await Database.connect(url, application="test", pool_size=1)
    async with app.router.lifespan_context(app):
        yield Desk(database, Digests(app=app, service="checkout", key=SERVICE_KEY, sign_in=SIGN_IN))
    await database.close()


async def test_only_our_own_services_with_a_token_for_checkout_are_answered(desk: Desk) -> None:
    await desk.digests.require_closed_doors(("GET", ""), ("GET", "/orders"), ("POST", "/orders"), ("GET", "/seats"))
    await desk.digests.require_bounds()


@pytest.mark.proves("E-10")
async def test_a_paid_order_is_told_without_its_buyer_and_its_codes(desk: Desk) -> None:
    [order_id] = await desk.paid()
    await desk.database.execute(CHARGES)
    digest = await desk.digests.post("/orders", [order_id, uuid7()])
    [order] = digest.part.orders
    assert (order.order_id, order.seats, order.amount, order.paid_at) == (str(order_id), 2, 200, PAID_AT)
    assert order.email == SECRET.of("ann@example.com")
    assert order.codes == (SECRET.exactly("secret-1"), SECRET.exactly("secret-2"))
    intent = f"pi_{order_id}"
    assert digest.part.recorded == (Charge(payment_intent=intent, order_id=str(order_id), amount=200, refunded=0),)
    told = digest.json().decode().lower()
    assert not any(word in told for word in ("ann", "lee", "example.com", "secret"))


async def test_paid_orders_of_a_period_come_in_pages_each_once_and_added_up(desk: Desk) -> None:
    inside = [str(order_id) for order_id in await desk.paid(1203)]
    await desk.paid(at=PAID_AT - timedelta(days=9999))
    assert sorted(await desk.digests.all_ids()) == sorted(inside)
    assert (await desk.digests.get()).part.paid == Figure(orders=1203, amount=1203 * 200)
    nothing = await desk.digests.get(until=PAID_AT)
    assert nothing.part.paid == Figure(orders=0, amount=0)


async def test_what_waits_is_counted_once_it_has_settled(desk: Desk) -> None:
    """What waits for something outside, and what a person has closed, is nobody's backlog."""
    await desk.database.execute(WEBHOOKS, PAID_AT)
    waits = Waiting(service="checkout", what="webhooks not handled", count=2)
    assert (await desk.digests.get(settling=300)).part.waiting == (waits,)
    assert (await desk.digests.get(settling=7200)).part.waiting == ()
