"""What orders' events do to the stock, on a real database, without Kafka."""

from __future__ import annotations

from uuid import uuid4

import pytest

from chassis.errors import Dead, Retry
from chassis.keys import SigningKey
from chassis.tickets import TicketClaims, TicketSigner
from events import (
    OrderCancelled,
    OrderExpired,
    OrderPaymentFailed,
    OrderPaymentPending,
    OrderPlaced,
    StockEvent,
    StockLevelChanged,
    StockOversold,
    StockReleased,
    StockReturned,
    StockSold,
    TicketCode,
)
from inventory.pools.errors import HoldReleased
from tests.integration.inventory.bench import (
    CITY,
    Bench,
    city_changed,
    order_event,
    paid_event,
    refund_event,
    require_proof,
)

pytestmark = pytest.mark.asyncio


@pytest.mark.proves("I-3", "E-4", "E-6")
async def test_a_batch_with_everything_twice_and_in_the_wrong_order(bench: Bench) -> None:
    await bench.open({"ga": (60, 60)})
    paid, expired, failed, refunded = (uuid4() for _ in range(4))
    for order in (paid, expired, failed, refunded):
        await bench.hold(order, 2)
    story = [
        paid_event(paid, 2, version=4),
        order_event(OrderPaymentPending, paid, 2, version=3),
        order_event(OrderExpired, expired, 2, version=3),
        order_event(OrderPaymentFailed, failed, 2, version=4),
        order_event(OrderPaymentPending, failed, 2, version=3),
        paid_event(refunded, 2, version=3),
        refund_event(refunded, 2, (2,), back=True, version=4),
    ]
    await bench.deliver(*story, *story)
    await bench.deliver(*reversed(story[:5]))
    assert await bench.pool() == {"held": 0, "sold": 3, "spare_sold": 0, "oversold": 0}
    assert [event.order_id for event in await bench.published(StockSold)] == [paid, refunded]
    assert [event.quantity for event in await bench.published(StockReturned)] == [1]
    assert {event.cause for event in await bench.published(StockReleased)} == {"order_expired", "order_payment_failed"}
    versions = [event.stock_version for event in await bench.published(StockEvent)]
    assert versions == list(range(1, len(versions) + 1))
    await require_proof(bench.database)


@pytest.mark.proves("I-3")
async def test_paid_although_the_hold_is_gone(bench: Bench) -> None:
    await bench.open({"ga": (2, 3)})
    late, gone = [uuid4() for _ in range(4)], uuid4()
    await bench.hold(gone)
    await bench.release(gone)
    await bench.deliver(paid_event(gone), *map(paid_event, late), paid_event(gone))
    assert await bench.pool() == {"held": 0, "sold": 3, "spare_sold": 1, "oversold": 2}
    assert [event.from_spare for event in await bench.published(StockSold)] == [0, 0, 1]
    assert [event.order_id for event in await bench.published(StockOversold)] == late[2:]
    assert await bench.database.fetchval("SELECT count(*) FROM tickets WHERE valid") == 5
    assert (await bench.mirror.fresh())[CITY].pools["ga"].actual_available == -2
    await require_proof(bench.database)


@pytest.mark.proves("I-2")
async def test_an_order_that_ended_before_its_hold_came(bench: Bench) -> None:
    await bench.open({"ga": (2, 2)})
    order = uuid4()
    await bench.deliver(order_event(OrderCancelled, order, version=2))
    with pytest.raises(HoldReleased):
        await bench.hold(order)


@pytest.mark.proves("I-2")
async def test_a_pending_payment_keeps_its_seats_without_an_end(bench: Bench) -> None:
    await bench.open({"ga": (2, 2)})
    order = uuid4()
    await bench.hold(order)
    await bench.deliver(order_event(OrderPaymentPending, order, version=2))
    assert (await bench.hold(order)).held_until is None


@pytest.mark.proves("I-3")
async def test_codes_that_checkout_did_not_sign_sell_nothing(bench: Bench) -> None:
    await bench.open({"ga": (9, 9)})
    stranger = TicketSigner(SigningKey.generate("t1"))
    order, other = uuid4(), uuid4()
    right = paid_event(order, 2)
    forged = stranger.sign(TicketClaims.of(order, seat=1, city_id=CITY))
    for tickets in (
        (TicketCode(seat=1, code=forged), right.tickets[1]),
        (right.tickets[0],),
        (right.tickets[0], right.tickets[0]),
        paid_event(other, 2).tickets,
        (right.tickets[1].model_copy(update={"seat": 1}), right.tickets[0].model_copy(update={"seat": 2})),
    ):
        with pytest.raises(Dead):
            await bench.deliver(right.model_copy(update={"tickets": tickets}))
    assert await bench.pool() == {"held": 0, "sold": 0, "spare_sold": 0, "oversold": 0}


@pytest.mark.proves("E-5")
async def test_what_can_not_work_yet_is_tried_again(bench: Bench) -> None:
    with pytest.raises(Retry):
        await bench.deliver(paid_event(uuid4()))
    await bench.open({"ga": (9, 9)})
    with pytest.raises(Retry):
        await bench.deliver(paid_event(uuid4(), tier="vip"))
    with pytest.raises(Retry):
        await bench.deliver(refund_event(uuid4(), 1, (1,), back=True, version=4))


@pytest.mark.proves("I-1", "C-2")
async def test_the_catalogue_opens_pools_once_and_never_moves_their_limits(bench: Bench) -> None:
    await bench.open({"ga": (10, 12)})
    await bench.hold(uuid4(), 4)
    await bench.open({"ga": (99, 99), "vip": (5, 6)}, version=2)
    await bench.open({"ga": (1, 1), "vip": (1, 1), "box": (1, 1)}, version=1)
    await bench.deliver(city_changed({"ga": (10, 12)}, version=3, withdrawn=True))
    city = (await bench.mirror.fresh())[CITY]
    assert {tier: (pool.public_limit, pool.actual_limit) for tier, pool in city.pools.items()} == {
        "ga": (10, 12),
        "vip": (5, 6),
    }
    assert city.shown.withdrawn
    opened = await bench.published(StockLevelChanged)
    assert [sorted(event.pools) for event in opened] == [["ga"], ["ga", "vip"]]
    await require_proof(bench.database)


OTHER = "austin-mar-2026"
PLACES = [(CITY, "ga"), (CITY, "vip"), (OTHER, "ga"), (CITY, "ga")]


async def held(bench: Bench) -> dict[str, tuple[int, int]]:
    """Held and sold of each pool."""
    rows = await bench.database.fetch("SELECT city_id, tier, held, sold FROM pools ORDER BY city_id DESC, tier")
    return {f"{row['city_id'].split('-')[0]} {row['tier']}": (row["held"], row["sold"]) for row in rows}


@pytest.mark.proves("I-3", "E-4", "E-6")
@pytest.mark.parametrize("backwards", [False, True])
async def test_an_order_of_several_tiers_and_cities_is_sold_and_refunded_once_in_each(
    bench: Bench, backwards: bool
) -> None:
    await bench.open({"ga": (9, 9), "vip": (9, 9)})
    await bench.open({"ga": (9, 9)}, city=OTHER)
    order, ended = uuid4(), uuid4()
    await bench.hold(order, 2)
    await bench.hold(ended, 2)
    paid = paid_event(order, places=PLACES, version=3)
    refund = refund_event(order, 0, (1, 2, 3), back=True, places=PLACES, version=4)
    expired = order_event(OrderExpired, ended, places=PLACES, version=3)
    story = [order_event(OrderPaymentPending, order, places=PLACES, version=2), paid, expired]
    await bench.deliver(*(reversed(story) if backwards else story))
    await bench.deliver(*story)
    assert await held(bench) == {"dallas ga": (0, 2), "dallas vip": (0, 1), "austin ga": (0, 1)}
    sold = await bench.published(StockSold)
    assert sorted((event.city_id, event.tier, event.quantity) for event in sold) == [
        (OTHER, "ga", 1),
        (CITY, "ga", 2),
        (CITY, "vip", 1),
    ]
    await bench.deliver(refund, refund)
    await bench.deliver(*story, refund)
    assert await held(bench) == {"dallas ga": (0, 1), "dallas vip": (0, 0), "austin ga": (0, 0)}
    assert await bench.database.fetchval("SELECT array_agg(seat) FROM tickets WHERE valid") == [4]
    ids = [row["event_id"] for row in await bench.database.fetch("SELECT event_id FROM outbox")]
    assert len(ids) == len(set(ids))
    await require_proof(bench.database)


@pytest.mark.proves("I-2", "I-3")
async def test_an_order_without_seats_is_nothing_to_the_stock(bench: Bench) -> None:
    await bench.open({"ga": (9, 9)})
    order = uuid4()
    await bench.deliver(paid_event(order, places=[]), order_event(OrderExpired, order, places=[], version=3))
    assert await bench.database.fetchval("SELECT count(*) FROM holds") == 0


@pytest.mark.proves("I-2")
async def test_a_call_releases_what_an_order_holds_in_every_pool(bench: Bench) -> None:
    await bench.open({"ga": (9, 9), "vip": (9, 9)})
    await bench.open({"ga": (9, 9)}, city=OTHER)
    order = uuid4()
    bench.stock.restoring = True
    await bench.deliver(order_event(OrderPlaced, order, places=PLACES, version=1))
    bench.stock.restoring = False
    assert await held(bench) == {"dallas ga": (2, 0), "dallas vip": (1, 0), "austin ga": (1, 0)}
    await bench.release(order)
    await bench.release(order)
    assert await held(bench) == {"dallas ga": (0, 0), "dallas vip": (0, 0), "austin ga": (0, 0)}
    with pytest.raises(HoldReleased):
        await bench.hold(order)
    await require_proof(bench.database)
