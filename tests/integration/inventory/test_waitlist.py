"""The waiting list on a real database: who is next, in the transaction that frees the seats."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from chassis.audit import Actor
from chassis.tokens import Role
from events import (
    OfferEnd,
    StockOversold,
    StockReleased,
    WaitlistJoined,
    WaitlistLeft,
    WaitlistOffered,
    WaitlistOfferEnded,
)
from inventory.limits.domain import Resizing
from inventory.limits.service import LimitService
from inventory.pools.errors import SoldOut
from inventory.waitlist import service
from inventory.waitlist.domain import EntryState
from inventory.waitlist.errors import NotSelling, SeatsAreFree, TooMany, UnknownEntry
from inventory.waitlist.store import WaitlistFilters
from tests.integration.inventory.bench import (
    CITY,
    Bench,
    city_changed,
    open_bench,
    paid_event,
    refund_event,
    require_proof,
)

pytestmark = pytest.mark.asyncio


async def sold_out(bench: Bench, *, seats: int = 4, room: int | None = None) -> list[UUID]:
    """A pool of which each seat is sold to an order of its own."""
    await bench.open({"ga": (seats, room or seats), "vip": (2, 2)})
    orders = [uuid4() for _ in range(seats)]
    for order in orders:
        await bench.hold(order)
        await bench.deliver(paid_event(order))
    return orders


async def given_back(bench: Bench, *orders: UUID) -> None:
    await bench.deliver(*(refund_event(order, 1, (1,), back=True, version=3) for order in orders))


async def line(bench: Bench, *, email: str | None = None) -> list[tuple[str, str]]:
    found, _ = await service.listed(bench.database, WaitlistFilters(email=email), after=None, limit=100)
    return [(entry.person.first_name, entry.state.value) for entry in found]


async def offers(bench: Bench) -> list[str]:
    return [event.first_name for event in await bench.published(WaitlistOffered)]


async def endings(bench: Bench) -> Sequence[tuple[str, str]]:
    return [(event.first_name, event.cause) for event in await bench.published(WaitlistOfferEnded)]


@pytest.mark.proves("I-10")
async def test_seats_that_come_back_are_offered_in_the_order_of_joining(bench: Bench) -> None:
    orders = await sold_out(bench)
    standings = [await bench.join(name) for name in ("ann", "ben", "cem")]
    assert [each.ahead for each in standings] == [0, 1, 2]
    await given_back(bench, orders[0], orders[1])
    assert await line(bench) == [("Ann", "offered"), ("Ben", "offered"), ("Cem", "waiting")]
    assert await line(bench, email=standings[1].entry.person.email.upper()) == [("Ben", "offered")]
    assert await offers(bench) == ["Ann", "Ben"]
    with pytest.raises(SoldOut):
        await bench.hold(uuid4())
    assert await bench.pool() == {"held": 2, "sold": 2, "spare_sold": 0, "oversold": 0}
    await require_proof(bench.database)


@pytest.mark.proves("I-10")
async def test_whoever_has_the_offer_gets_its_seats_and_nobody_else(bench: Bench) -> None:
    orders = await sold_out(bench)
    await bench.join("ann", 2)
    await given_back(bench, *orders[:2])
    (offered,) = await bench.published(WaitlistOffered)
    buyer = uuid4()
    with pytest.raises(SoldOut):
        await bench.hold(uuid4(), offer=orders[3])
    held = await bench.hold(buyer, 2, offer=offered.offer_id)
    again = await bench.hold(buyer, 2, offer=offered.offer_id)
    assert held.held_until == again.held_until
    with pytest.raises(SoldOut):
        await bench.hold(uuid4(), offer=offered.offer_id)
    await bench.deliver(paid_event(buyer, 2))
    assert await line(bench) == [("Ann", "taken")]
    assert await endings(bench) == [("Ann", OfferEnd.TAKEN)]
    assert await bench.pool() == {"held": 0, "sold": 4, "spare_sold": 0, "oversold": 0}
    await require_proof(bench.database)


@pytest.mark.proves("I-10")
async def test_what_is_left_of_an_offer_goes_to_the_next(bench: Bench) -> None:
    orders = await sold_out(bench)
    await bench.join("ann", 2)
    await bench.join("ben")
    await given_back(bench, *orders[:2])
    (offered,) = await bench.published(WaitlistOffered)
    await bench.hold(uuid4(), 1, offer=offered.offer_id)
    assert await line(bench) == [("Ann", "taken"), ("Ben", "offered")]
    await require_proof(bench.database)


@pytest.mark.proves("I-10")
async def test_an_offer_that_is_over_or_given_up_goes_to_the_next(bench: Bench) -> None:
    (order, *_) = await sold_out(bench)
    ann, ben, _ = [await bench.join(name) for name in ("ann", "ben", "cem")]
    await given_back(bench, order)
    (offered,) = await bench.published(WaitlistOffered)
    await bench.expire(offered.offer_id)
    assert await line(bench) == [("Ann", "expired"), ("Ben", "offered"), ("Cem", "waiting")]
    await bench.leave(ben.entry.entry_id)
    await bench.leave(ben.entry.entry_id)
    assert await line(bench) == [("Ann", "expired"), ("Ben", "left"), ("Cem", "offered")]
    assert await endings(bench) == [("Ann", OfferEnd.EXPIRED), ("Ben", OfferEnd.LEFT)]
    assert [event.first_name for event in await bench.published(WaitlistLeft)] == ["Ben"]
    with pytest.raises(UnknownEntry):
        await bench.leave(uuid4())
    again = await bench.join("ann")
    assert (again.entry.entry_id != ann.entry.entry_id, again.ahead) == (True, 0)
    assert await bench.database.fetchval("SELECT in_line FROM cities WHERE city_id = $1", CITY) == 2
    await require_proof(bench.database)


@pytest.mark.proves("I-10")
async def test_more_seats_than_came_back_wait_on_and_block_nobody(bench: Bench) -> None:
    orders = await sold_out(bench)
    await bench.join("ann", 3)
    await bench.join("ben")
    await given_back(bench, orders[0])
    assert await line(bench) == [("Ann", "waiting"), ("Ben", "offered")]
    await given_back(bench, *orders[1:3])
    assert await line(bench) == [("Ann", "waiting"), ("Ben", "offered")]
    (offered,) = await bench.published(WaitlistOffered)
    await bench.expire(offered.offer_id)
    assert await line(bench) == [("Ann", "offered"), ("Ben", "expired")]
    await require_proof(bench.database)


@pytest.mark.proves("I-10", "I-3")
async def test_who_waits_never_stands_in_the_way_of_a_paid_order(bench: Bench) -> None:
    orders = await sold_out(bench, seats=4, room=5)
    for name in ("ann", "ben"):
        await bench.join(name)
    await given_back(bench, orders[0], orders[1])
    first, second = uuid4(), uuid4()
    await bench.deliver(paid_event(first))
    assert await line(bench) == [("Ann", "offered"), ("Ben", "offered")], "the spare seat is taken first"
    await bench.deliver(paid_event(second))
    assert await line(bench) == [("Ann", "offered"), ("Ben", "waiting")], "the newest offer goes first"
    assert await endings(bench) == [("Ben", OfferEnd.NEEDED_FOR_PAID_ORDER)]
    assert [event.cause for event in await bench.published(StockReleased)] == ["needed_for_paid_order"]
    assert await bench.published(StockOversold) == []
    await given_back(bench, second)
    assert await line(bench) == [("Ann", "offered"), ("Ben", "offered")], "with the place that it had"
    assert await offers(bench) == ["Ann", "Ben", "Ben"]
    await require_proof(bench.database)


@pytest.mark.proves("I-10")
async def test_an_address_has_one_place_for_a_pool_however_it_is_written(bench: Bench) -> None:
    await sold_out(bench)
    async with open_bench(bench.url) as other:
        joined = await asyncio.gather(*(each.join(name) for each in (bench, other) for name in ("ann", "ANN", "Ann")))
    assert len({each.entry.entry_id for each in joined}) == 1
    assert len(await bench.published(WaitlistJoined)) == 1


@pytest.mark.proves("I-10")
async def test_nobody_waits_for_what_can_be_bought_or_is_not_sold(bench: Bench) -> None:
    await sold_out(bench)
    with pytest.raises(SeatsAreFree):
        await bench.join("ann", 2, tier="vip")
    with pytest.raises(TooMany):
        await bench.join("ann", 5)
    await bench.deliver(city_changed({"ga": (4, 4), "vip": (2, 2)}, version=2, withdrawn=True))
    with pytest.raises(NotSelling):
        await bench.join("ann")


@pytest.mark.proves("I-10", "E-4")
async def test_after_a_restore_nothing_is_offered_before_everything_is_read(bench: Bench) -> None:
    orders = await sold_out(bench)
    await bench.join("ann")
    bench.stock.restoring = True
    await given_back(bench, orders[0])
    assert await line(bench) == [("Ann", "waiting")]
    async with bench.database.transaction() as tx:
        await bench.stock.tell_all(tx)
    assert await line(bench) == [("Ann", "offered")]
    await require_proof(bench.database)


@pytest.mark.proves("I-10")
async def test_a_place_is_seen_with_its_token_only(bench: Bench) -> None:
    await sold_out(bench)
    ann = (await bench.join("ann")).entry
    assert (await service.standing(bench.database, ann.entry_id, ann.token)).entry.state is EntryState.WAITING
    for token in ("", ann.token[:-1], "ä"):
        with pytest.raises(UnknownEntry):
            await service.standing(bench.database, ann.entry_id, token)


@pytest.mark.proves("I-10", "I-8")
async def test_seats_that_are_opened_are_offered_at_once(bench: Bench) -> None:
    await sold_out(bench)
    await bench.join("ann", 2)
    limits = LimitService(bench.stock, domains=["example.com"])
    actor = Actor(name="owner@example.com", role=Role.ADMIN)
    opened = Resizing(city_id=CITY, tier="ga", spots=3, public=True, reason="a wall was moved")
    async with bench.database.transaction() as tx:
        _, resized = await limits.expand(tx, opened, authorized_by="owner@example.com", actor=actor)
    assert (resized.before.actual, resized.after.actual) == (4, 7)
    assert await line(bench) == [("Ann", "offered")]
    assert await bench.pool() == {"held": 2, "sold": 4, "spare_sold": 0, "oversold": 0}
    await require_proof(bench.database)
