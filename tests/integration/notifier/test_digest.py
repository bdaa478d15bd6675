"""What the notifier tells of its messages to whoever compares the services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
import pytest_asyncio

from chassis.database import Database
from chassis.ids import uuid7
from chassis.process import ProcessRole
from events import Channel
from invariants import Kind, Message, Waiting, violations
from invariants.alerting import AlertsReachTheirPeople
from invariants.digest import Fingerprints
from notifier.app import create
from tests.fixtures.digests import Digests
from tests.fixtures.postgres import MakeDatabase
from tests.integration.notifier.harness import OWNERS, SIGN_IN, environment

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("L-9")]

KEY = "k" * 32
SECRET = Fingerprints(KEY)
INSERT = """
WITH said AS (
    INSERT INTO notifications (id, kind, about, order_id, content, created_at)
    VALUES ($1, $2, $3::text, $3::uuid, $4, app_now() - interval '1 h') RETURNING *
)
INSERT INTO deliveries (id, notification_id, order_id, kind, channel, recipient, state, version, lane, critical,
                        next_attempt_at, created_at, sent_at, reason)
SELECT gen_random_uuid(), id, order_id, kind, $5, $6, $7, 1, 1, false, created_at, created_at,
       CASE WHEN $8 THEN created_at END, $9
FROM said
"""
COPIES = """
INSERT INTO deliveries
SELECT (jsonb_populate_record(d, jsonb_build_object(
    'id', gen_random_uuid(), 'order_id', gen_random_uuid(), 'recipient', 'copy ' || n
))).* FROM deliveries d, generate_series(1, 400) n
"""


@dataclass(frozen=True, slots=True)
class Desk:
    database: Database
    digests: Digests

    async def say(
        self,
        order_id: UUID,
        kind: str = "sale",
        *,
        to: str = OWNERS[0],
        state: str = "sent",
        sent: bool = True,
        reason: str | None = None,
    ) -> None:
        number = {"number": "7K3M2QXD"}
        content = number if kind == "sale" else {"order": number}
        channel = "sms" if kind == "sale" else "email"
        await self.database.execute(INSERT, uuid7(), kind, str(order_id), content, channel, to, state, sent, reason)


@pytest_asyncio.fixture
async def desk(make_database: MakeDatabase) -> AsyncIterator[Desk]:
    url = make_database("notifier")
    values = environment(database=url, kafka="127.0.0.1:9", prefix="", notifier=8003, sandbox=8090)
    app = create(values, role=ProcessRole.API)
    database = await Database.connect(url, application="test", pool_size=1)
    async with app.router.lifespan_context(app):
        yield Desk(database, Digests(app=app, service="notifier", key=KEY, sign_in=SIGN_IN))
    await database.close()


async def test_only_our_own_services_with_a_token_for_the_notifier_are_answered(desk: Desk) -> None:
    await desk.digests.require_closed_doors(("GET", ""), ("GET", "/orders"), ("POST", "/orders"))
    await desk.digests.require_closed_doors(("POST", "/alerts"), ("GET", "/people"))
    await desk.digests.require_bounds()


@pytest.mark.proves("E-10")
async def test_what_was_said_of_an_order_is_told_without_naming_anybody(desk: Desk) -> None:
    order_id = uuid7()
    await desk.say(order_id)
    await desk.say(order_id, "confirmation", to="Ann@Example.com")
    digest = await desk.digests.post("/orders", [order_id])
    assert set(digest.part.messages) == {
        Message(channel=Channel.SMS, recipient=SECRET.of(OWNERS[0]), number="7K3M2QXD"),
        Message(channel=Channel.EMAIL, recipient=SECRET.of("ann@example.com"), number="7K3M2QXD"),
    }
    people = await desk.digests.get("/people")
    assert people.part.owners == tuple(sorted(SECRET.of(number) for number in OWNERS))
    told = (digest.json() + people.json()).decode().lower()
    assert not any(word in told for word in ("ann@", "example.com", OWNERS[0].removeprefix("+")))


@pytest.mark.parametrize(
    ("state", "sent", "reason", "told"),
    [
        ("delivered", True, None, True),
        ("failed", True, "bounced", True),
        ("failed", False, "Twilio: no such number", True),
        ("suppressed", False, "expired", True),
        ("queued", False, None, True),
        ("failed", False, None, False),
        ("suppressed", False, None, False),
    ],
)
async def test_what_ended_without_a_reason_and_was_never_sent_is_as_good_as_nothing(
    desk: Desk, state: str, sent: bool, reason: str | None, told: bool
) -> None:
    order_id = uuid7()
    await desk.say(order_id, state=state, sent=sent, reason=reason)
    assert len((await desk.digests.post("/orders", [order_id])).part.messages) == told


async def test_what_waits_is_counted_once_it_has_settled(desk: Desk) -> None:
    await desk.say(uuid7(), state="queued", sent=False)
    waits = Waiting(service="notifier", what="messages not handed over", count=1)
    assert (await desk.digests.get(settling=300)).part.waiting == (waits,)
    assert (await desk.digests.get(settling=7200)).part.waiting == ()


async def test_orders_come_in_pages_and_none_is_left_out(desk: Desk) -> None:
    orders = [uuid7() for _ in range(3)]
    for order_id in orders:
        await desk.say(order_id)
    await desk.database.execute(COPIES)
    ids = await desk.digests.all_ids()
    assert (len(ids), len(set(ids))) == (3 * 401, 3 * 401)
    assert set(ids) >= {str(order_id) for order_id in orders}


@pytest.mark.proves("E-10")
async def test_of_an_alert_it_tells_whom_it_is_to_reach_and_whom_it_reached(desk: Desk) -> None:
    alert_id = uuid7()
    alert = {
        "alert_id": alert_id,
        "severity": "critical",
        "category": "payments",
        "roles": ["owners"],
        "channels": ["sms"],
    }
    empty = await desk.digests.post("/alerts", [alert], name="alerts")
    numbers = {each.recipient for each in empty.part.addresses if each.channel == Channel.SMS}
    assert numbers >= {SECRET.of(number) for number in OWNERS}
    assert {each.kind for each in violations(empty.part, [AlertsReachTheirPeople()])} == {Kind.LOST}
    await desk.say(uuid7(), to=OWNERS[0])
    await desk.database.execute("UPDATE deliveries SET kind = 'alert', alert_id = $1, order_id = NULL", alert_id)
    said = await desk.digests.post("/alerts", [alert], name="alerts")
    assert [each.recipient for each in said.part.deliveries] == [SECRET.of(OWNERS[0])]
    assert len(violations(said.part, [AlertsReachTheirPeople()])) == len(numbers) - 1
    assert said.directory == (await desk.digests.get("/people")).directory != ""
    assert not any(number.removeprefix("+") in said.json().decode() for number in OWNERS)
