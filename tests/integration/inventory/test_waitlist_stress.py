"""A thousand people in line, returns, expiries, leaves and kills: nobody overtaken, no seat twice, none idle (I-10)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from random import Random
from uuid import UUID, uuid4

import pytest

from chassis.database import Database
from events import WaitlistEvent, WaitlistJoined, WaitlistLeft, WaitlistOffered, WaitlistOfferEnded
from inventory.waitlist.domain import Person
from inventory.waitlist.service import JoinRequest
from tests.fixtures.forked import forked_beside
from tests.integration.inventory import line_worker
from tests.integration.inventory.bench import CITY, Bench, paid_event, require_proof

pytestmark = pytest.mark.asyncio

PEOPLE = 1000
SEATS = 60
SPARE = 10
OFFERS = 40
LIFE = (0.4, 1.5)
# Free seats that somebody who waits would take, in one statement: it sees what is committed, and nothing half done.
IDLE = """
SELECT count(*) FROM pools AS p JOIN waitlist AS w USING (city_id, tier)
WHERE w.state = 'waiting' AND w.quantity <= least(
    p.public_limit - p.held - (p.sold - p.spare_sold), p.actual_limit - p.held - p.sold - p.oversold
)
"""


@pytest.mark.proves("I-10", "I-3", "I-4")
async def test_a_thousand_people_wait_and_nobody_is_overtaken(bench: Bench) -> None:
    seed = int(os.environ.get("STRESS_SEED", Random().getrandbits(32)))
    print(f"STRESS_SEED={seed}")
    rng = Random(seed)
    await sell_everything(bench)
    await join(bench, rng)
    while await bench.database.fetchval("SELECT count(*) FROM waitlist WHERE offer_id IS NOT NULL") < OFFERS:
        first, second = (forked_beside(line_worker.run, bench.url, rng.random(), environ={}) for _ in range(2))
        async with first, second:
            await look_for_idle_seats(bench.database, rng.uniform(*LIFE))
    await require_proof(bench.database)
    events = await bench.published(WaitlistEvent)
    require_turns(events)
    assert await bench.database.fetchval("SELECT in_line FROM cities") == still_in_line(events) > 0
    offered = [event.offer_id for event in events if isinstance(event, WaitlistOffered)]
    assert len(offered) == len(set(offered))


async def sell_everything(bench: Bench) -> None:
    await bench.open({"ga": (SEATS, SEATS + SPARE)})
    for _ in range(SEATS // 2):
        order = uuid4()
        await bench.hold(order, 2)
        await bench.deliver(paid_event(order, 2))


async def join(bench: Bench, rng: Random) -> None:
    async with bench.database.transaction() as tx:
        for number in range(PEOPLE):
            person = Person(email=f"p{number}@example.com", first_name="Pat")
            wish = JoinRequest(city_id=CITY, tier="ga", quantity=rng.choice([1, 1, 2, 3]), person=person)
            await bench.line.join(tx, wish)


async def look_for_idle_seats(database: Database, seconds: float) -> None:
    until = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < until:
        assert await database.fetchval(IDLE) == 0
        await asyncio.sleep(0.02)


def require_turns(events: Sequence[WaitlistEvent]) -> None:
    """Whoever gets an offer came before everybody who waits for as many seats or fewer."""
    places: dict[UUID, int] = {}
    waiting: dict[UUID, int] = {}
    for event in events:
        entry = event.entry_id
        match event:
            case WaitlistJoined():
                places[entry] = len(places)
                waiting[entry] = event.quantity
            case WaitlistOffered():
                del waiting[entry]
                overtaken = [
                    other
                    for other, quantity in waiting.items()
                    if quantity <= event.quantity and places[other] < places[entry]
                ]
                assert overtaken == []
            case WaitlistOfferEnded(cause="needed_for_paid_order"):
                waiting[entry] = event.quantity
            case WaitlistLeft():
                waiting.pop(entry, None)


def still_in_line(events: Sequence[WaitlistEvent]) -> int:
    last = {event.entry_id: event for event in events}
    return sum(
        isinstance(event, WaitlistJoined | WaitlistOffered)
        or (isinstance(event, WaitlistOfferEnded) and event.cause == "needed_for_paid_order")
        for event in last.values()
    )
