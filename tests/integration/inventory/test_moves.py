"""Orders go to other seats: given back here, sold there, with new codes, in one step (I-3, I-11)."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from chassis.errors import Dead, Retry
from chassis.keys import SigningKey
from chassis.tickets import TicketClaims, TicketSigner
from events import OrderTicketsReplaced, StockReleased, StockSold, TicketCode, WaitlistOffered
from inventory.doors import store as door_store
from tests.integration.inventory.bench import (
    CITY,
    SIGNER,
    Bench,
    moved_event,
    order_event,
    paid_event,
    refund_event,
    require_proof,
)

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("I-3")]

# Cities are locked and written by their names: one before, one after.
BEFORE, AFTER = "austin-jan-2026", "houston-jan-2026"


async def shop(bench: Bench) -> None:
    for city in (CITY, BEFORE, AFTER):
        await bench.open({"ga": (3, 4)}, city=city)


async def where(bench: Bench, order: UUID) -> list[tuple[str, str, str]]:
    rows = await bench.database.fetch("SELECT city_id, tier, place FROM tickets WHERE order_id = $1", order)
    return [(row["city_id"], row["tier"], row["place"]) for row in rows]


@pytest.mark.parametrize("city", [BEFORE, AFTER])
async def test_seats_go_to_another_city(bench: Bench, city: str) -> None:
    await shop(bench)
    order = uuid4()
    moved = moved_event(order, 2, to=(city, "ga"))
    await bench.hold(order, 2)
    await bench.deliver(paid_event(order, 2))
    await bench.hold(moved.hold_id, 2, city=city)
    await bench.deliver(moved, moved)
    await bench.deliver(moved)
    assert (await bench.pool())["sold"] == 0
    assert await bench.pool(city=city) == {"held": 0, "sold": 2, "spare_sold": 0, "oversold": 0}
    assert await where(bench, order) == [(city, "ga", "public")] * 2
    assert [each.cause for each in await bench.published(StockReleased)] == ["moved_into"]
    await bench.deliver(refund_event(order, 2, (1, 2), back=True, version=4, places=[(city, "ga")] * 2))
    assert (await bench.pool(city=city))["sold"] == 0
    await require_proof(bench.database)


@pytest.mark.parametrize("city", [BEFORE, AFTER])
async def test_all_of_it_in_one_batch_and_back_again(bench: Bench, city: str) -> None:
    await shop(bench)
    order, other = uuid4(), uuid4()
    away = moved_event(order, 2, to=(city, "ga"))
    back = moved_event(order, 2, to=(CITY, "ga"), came_from=(city, "ga"), version=4, issue=3)
    crossing = moved_event(other, to=(CITY, "ga"), came_from=(city, "ga"))
    story = [paid_event(order, 2), paid_event(other, city_id=city), away, crossing, back]
    await bench.deliver(*story, *story)
    assert (await bench.pool())["sold"] == 3
    assert (await bench.pool(city=city))["sold"] == 0
    assert await where(bench, order) == [(CITY, "ga", "public")] * 2
    old = await bench.database.fetch("SELECT city_id FROM replaced_codes WHERE order_id = $1", order)
    assert sorted(row["city_id"] for row in old) == sorted([CITY, CITY, city, city])
    sold = [each.city_id for each in await bench.published(StockSold) if each.order_id == order]
    assert sorted(sold) == sorted([CITY, city, CITY])
    await require_proof(bench.database)


async def test_a_move_whose_hold_is_gone_takes_what_a_late_payment_takes(bench: Bench) -> None:
    await shop(bench)
    order = uuid4()
    moved = moved_event(order, 2, to=(AFTER, "ga"))
    await bench.deliver(paid_event(order, 2))
    await bench.hold(moved.hold_id, 2, city=AFTER)
    await bench.expire(moved.hold_id, city=AFTER)
    await bench.deliver(paid_event(uuid4(), 3, city_id=AFTER))
    await bench.deliver(moved)
    assert await bench.pool(city=AFTER) == {"held": 0, "sold": 4, "spare_sold": 1, "oversold": 1}
    assert await bench.database.fetchval("SELECT city_id FROM oversold_customers") == AFTER
    await require_proof(bench.database)


async def test_the_seat_that_is_left_goes_to_who_waits(bench: Bench) -> None:
    await bench.open({"ga": (1, 1)})
    await bench.open({"ga": (3, 3)}, city=AFTER)
    order = uuid4()
    await bench.deliver(paid_event(order))
    await bench.join("bea")
    await bench.deliver(moved_event(order, to=(AFTER, "ga")))
    assert [each.first_name for each in await bench.published(WaitlistOffered)] == ["Bea"]
    await require_proof(bench.database)


@pytest.mark.proves("I-11")
async def test_a_void_ticket_has_a_new_code_and_the_old_one_lets_nobody_in(bench: Bench) -> None:
    await bench.open({"ga": (2, 2)})
    order = uuid4()
    paid = paid_event(order, 2)
    new = TicketCode(seat=2, code=SIGNER.sign(TicketClaims.of(order, seat=2, city_id=CITY, issue=2)))
    replaced = order_event(OrderTicketsReplaced, order, 2, version=3, tickets=(new,))
    with pytest.raises(Retry):
        await bench.deliver(replaced)
    await bench.deliver(paid, replaced, paid, replaced)
    rows = await bench.database.fetch("SELECT code, valid, place FROM tickets WHERE order_id = $1 ORDER BY seat", order)
    assert [row["code"] for row in rows] == [paid.tickets[0].code, new.code]
    assert [(row["valid"], row["place"]) for row in rows] == [(True, "public")] * 2
    codes = {cause for _, cause in await door_store.void_codes(bench.database, CITY)}
    assert codes == {"moved"}
    assert await bench.pool() == {"held": 0, "sold": 2, "spare_sold": 0, "oversold": 0}
    await require_proof(bench.database)


async def test_a_move_before_its_payment_waits_and_a_forged_code_dies(bench: Bench) -> None:
    await shop(bench)
    order = uuid4()
    moved = moved_event(order, to=(AFTER, "ga"))
    with pytest.raises(Retry):
        await bench.deliver(moved)
    await bench.deliver(paid_event(order))
    stranger = TicketSigner(SigningKey.generate("t1"))
    forged = stranger.sign(TicketClaims.of(order, seat=1, city_id=AFTER, issue=2))
    for codes in ((TicketCode(seat=1, code=forged),), (), (*moved.tickets, *moved.tickets), paid_event(order).tickets):
        with pytest.raises(Dead):
            await bench.deliver(moved.model_copy(update={"tickets": codes}))
    assert (await bench.pool(city=AFTER))["sold"] == 0
    await require_proof(bench.database)
