"""The rules of stock, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from chassis.errors import Retry
from events import ReleaseCause
from inventory.pools.book import Book
from inventory.pools.domain import Cause, ChangeKind, City, Hold, HoldRequest, HoldState, OrderStep, Pool, Shown
from inventory.pools.errors import HoldDiffers, HoldReleased, SoldOut
from inventory.tickets.domain import Place, Ticket

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CAUSE = Cause(actor="checkout", reason="test")
SHOWN = Shown(catalogue_version=1, listed=True, withdrawn=False, on_sale_from=NOW, on_sale_until=NOW)


def book(pool: Pool, *, holds: Sequence[Hold] = (), tickets: Sequence[Ticket] = ()) -> Book:
    city = City(city_id="c", version=7, pools={pool.tier: pool}, shown=SHOWN)
    return Book(city, now=NOW, holds=holds, tickets=tickets)


def pool(public: int, actual: int, *, held: int = 0, sold: int = 0, spare_sold: int = 0, oversold: int = 0) -> Pool:
    return Pool(
        tier="ga",
        public_limit=public,
        actual_limit=actual,
        held=held,
        sold=sold,
        spare_sold=spare_sold,
        oversold=oversold,
    )


def ask(order_id: UUID, quantity: int) -> HoldRequest:
    return HoldRequest(order_id=order_id, city_id="c", tier="ga", quantity=quantity, duration=timedelta(minutes=10))


def step(order_id: UUID, quantity: int, version: int) -> OrderStep:
    return OrderStep(order_id=order_id, version=version, seats={"ga": range(1, quantity + 1)})


def seats(order_id: UUID, quantity: int) -> list[Ticket]:
    return [
        Ticket(order_id=order_id, seat=seat, city_id="c", tier="ga", code=f"{order_id}{seat}")
        for seat in range(1, quantity + 1)
    ]


def places(stock: Book) -> list[Place]:
    return [ticket.place for ticket in stock.tickets.new]


@pytest.mark.proves("I-4")
def test_holds_take_public_seats_only() -> None:
    stock = book(pool(5, 9))
    stock.hold(ask(uuid4(), 5), CAUSE)
    with pytest.raises(SoldOut):
        stock.hold(ask(uuid4(), 1), CAUSE)
    assert stock.city.pools["ga"] == pool(5, 9, held=5)
    assert stock.city.version == 8


@pytest.mark.proves("I-2")
def test_a_refused_request_leaves_no_trace() -> None:
    known = Hold(order_id=uuid4(), state=HoldState.HELD, city_id="c", tier="ga", quantity=2)
    stock = book(pool(5, 5, held=2), holds=[known])
    for refused, condition in (
        (ask(uuid4(), 4), SoldOut),
        (ask(known.order_id, 3), HoldDiffers),
    ):
        with pytest.raises(condition):
            stock.hold(refused, CAUSE)
    assert (stock.changes, stock.holds.new, stock.holds.changed) == ([], [], [])
    assert stock.hold(ask(known.order_id, 2), CAUSE) == known


@pytest.mark.proves("I-3")
def test_a_paid_hold_becomes_a_sale_once() -> None:
    order, stock = uuid4(), book(pool(5, 9))
    stock.hold(ask(order, 2), CAUSE)
    for version in (3, 3, 2, 4):
        stock.sell(step(order, 2, version), seats(order, 2), CAUSE)
    assert stock.city.pools["ga"] == pool(5, 9, sold=2)
    assert places(stock) == [Place.PUBLIC, Place.PUBLIC]
    assert [change.kind for change in stock.changes] == [ChangeKind.HELD, ChangeKind.SOLD]


@pytest.mark.proves("I-3")
def test_paid_without_a_hold_takes_free_seats_then_the_room_then_oversells() -> None:
    order, stock = uuid4(), book(pool(5, 7, held=2, sold=2))
    stock.sell(step(order, 5, 3), seats(order, 5), CAUSE)
    assert stock.city.pools["ga"] == pool(5, 7, held=2, sold=5, spare_sold=2, oversold=2)
    assert places(stock) == [Place.PUBLIC, Place.SPARE, Place.SPARE, Place.OVERSOLD, Place.OVERSOLD]
    sold, over = stock.changes
    assert (sold.kind, sold.quantity, sold.from_spare) == (ChangeKind.SOLD, 3, 2)
    assert (over.kind, over.quantity) == (ChangeKind.OVERSOLD, 2)
    assert stock.city.pools["ga"].actual_available == -2
    assert stock.city.remaining() == {"ga": 0}


@pytest.mark.proves("I-3")
def test_seats_that_come_free_are_not_sold_while_somebody_who_paid_has_none() -> None:
    order = uuid4()
    held = Hold(order_id=order, state=HoldState.HELD, city_id="c", tier="ga", quantity=2, hard_until=NOW)
    stock = book(pool(5, 5, held=2, sold=3, oversold=1), holds=[held])
    stock.release(order, CAUSE)
    assert stock.city.remaining() == {"ga": 1}
    with pytest.raises(SoldOut):
        stock.hold(ask(uuid4(), 2), CAUSE)


@pytest.mark.proves("E-6", "I-2")
def test_what_is_older_turns_nothing_back() -> None:
    order, stock = uuid4(), book(pool(5, 5))
    stock.hold(ask(order, 2), CAUSE)
    stock.keep(step(order, 2, 3), CAUSE)
    stock.release(order, CAUSE, version=2)
    assert stock.city.pools["ga"].held == 2
    stock.sell(step(order, 2, 4), seats(order, 2), CAUSE)
    stock.release(order, CAUSE, version=3)
    stock.keep(step(order, 2, 3), CAUSE)
    assert stock.city.pools["ga"] == pool(5, 5, sold=2)


@pytest.mark.proves("I-2")
def test_released_or_never_held_the_order_can_not_hold_again_but_can_be_paid() -> None:
    first, second, stock = uuid4(), uuid4(), book(pool(5, 5))
    stock.hold(ask(first, 2), CAUSE)
    for order in (first, second):
        stock.release(order, CAUSE, version=3)
        with pytest.raises(HoldReleased):
            stock.hold(ask(order, 2), CAUSE)
        stock.sell(step(order, 2, 4), seats(order, 2), CAUSE)
    assert stock.city.pools["ga"] == pool(5, 5, sold=4)


@pytest.mark.proves("I-2")
def test_only_a_hold_that_is_past_its_end_expires() -> None:
    stock = book(pool(9, 9))
    early, late, pending = uuid4(), uuid4(), uuid4()
    for order in (early, late, pending):
        stock.hold(ask(order, 1), CAUSE)
    stock.keep(step(pending, 1, 2), CAUSE)
    for order in (early, late, pending):
        stock.expire(order, CAUSE, ended_by=NOW + timedelta(minutes=10 if order == early else 11))
    assert [change.order_id for change in stock.changes if change.kind is ChangeKind.EXPIRED] == [late]


@pytest.mark.proves("I-3")
def test_a_refund_makes_tickets_void_and_returns_seats_when_told() -> None:
    order, stock = uuid4(), book(pool(2, 3))
    stock.sell(step(order, 4, 3), seats(order, 4), CAUSE)
    stock.refund(step(order, 4, 4), (1,), CAUSE, return_seats=False)
    assert stock.city.pools["ga"] == pool(2, 3, sold=3, spare_sold=1, oversold=1)
    stock.refund(step(order, 4, 5), (1, 2, 3, 4), CAUSE, return_seats=True)
    stock.refund(step(order, 4, 5), (1, 2, 3, 4), CAUSE, return_seats=True)
    assert stock.city.pools["ga"] == pool(2, 3, sold=1)
    assert [ticket.place for ticket in stock.tickets.new] == [Place.PUBLIC, *[Place.RETURNED] * 3]
    assert not any(ticket.valid for ticket in stock.tickets.new)
    assert stock.changes[-1].quantity == 3


@pytest.mark.proves("E-6")
def test_a_refund_waits_for_its_payment() -> None:
    order, stock = uuid4(), book(pool(5, 5))
    with pytest.raises(Retry):
        stock.refund(step(order, 1, 4), (1,), CAUSE, return_seats=True)


@pytest.mark.proves("E-6", "I-3")
def test_a_refund_that_a_dispute_has_overtaken_still_makes_tickets_void() -> None:
    order, stock = uuid4(), book(pool(5, 5))
    stock.sell(step(order, 2, 2), seats(order, 2), CAUSE)
    stock.dispute(step(order, 2, 4), opened=True)
    stock.refund(step(order, 2, 3), (1,), CAUSE, return_seats=True)
    assert [ticket.valid for ticket in stock.tickets.new] == [False, True]
    assert stock.city.pools["ga"] == pool(5, 5, sold=1)
    stock.dispute(step(order, 2, 4), opened=False)
    assert stock.tickets.new[1].disputed, "an old word on the dispute changes nothing"


def two_pools(*, vip_public: int = 5) -> Book:
    pools = {"ga": pool(5, 9), "vip": Pool(tier="vip", public_limit=vip_public, actual_limit=5)}
    return Book(City(city_id="c", version=7, pools=pools, shown=SHOWN), now=NOW)


def both(order_id: UUID, version: int) -> OrderStep:
    """Seats 1 and 3 of one tier, 2 of the other."""
    return OrderStep(order_id=order_id, version=version, seats={"ga": [1, 3], "vip": [2]})


def tickets_of_both(order_id: UUID) -> list[Ticket]:
    tiers = {1: "ga", 2: "vip", 3: "ga"}
    return [
        Ticket(order_id=order_id, seat=seat, city_id="c", tier=tier, code=f"{order_id}{seat}")
        for seat, tier in tiers.items()
    ]


def counts(stock: Book) -> dict[str, tuple[int, int]]:
    """Held and sold, by tier."""
    return {tier: (each.held, each.sold) for tier, each in stock.city.pools.items()}


@pytest.mark.proves("I-3", "E-6")
def test_an_order_of_two_tiers_is_sold_once_in_each() -> None:
    order, stock = uuid4(), two_pools()
    stock.hold(ask(order, 2), CAUSE)
    for version in (3, 3, 2, 4):
        stock.sell(both(order, version), tickets_of_both(order), CAUSE)
    stock.release(order, CAUSE, version=2)
    assert counts(stock) == {"ga": (0, 2), "vip": (0, 1)}
    assert [(hold.part, hold.tier, hold.quantity) for hold in stock.holds.of(order)] == [(1, "ga", 2), (2, "vip", 1)]
    assert {ticket.seat: ticket.tier for ticket in stock.tickets.new} == {1: "ga", 2: "vip", 3: "ga"}


@pytest.mark.proves("I-3")
def test_each_tier_of_an_order_finds_its_seats_for_itself() -> None:
    order, stock = uuid4(), two_pools(vip_public=0)
    stock.sell(both(order, 3), tickets_of_both(order), CAUSE)
    assert counts(stock) == {"ga": (0, 2), "vip": (0, 1)}
    assert stock.city.pools["vip"].spare_sold == 1
    assert {ticket.seat: ticket.place for ticket in stock.tickets.new}[2] is Place.SPARE


@pytest.mark.proves("I-3", "E-6")
def test_a_refund_returns_the_seats_to_the_tiers_that_they_are_of() -> None:
    order, stock = uuid4(), two_pools()
    with pytest.raises(Retry):
        stock.refund(both(order, 4), (1, 2), CAUSE, return_seats=True)
    stock.sell(both(order, 3), tickets_of_both(order), CAUSE)
    for version in (4, 4, 3):
        stock.refund(both(order, version), (1, 2), CAUSE, return_seats=True)
    assert counts(stock) == {"ga": (0, 1), "vip": (0, 0)}
    assert [ticket.seat for ticket in stock.tickets.new if ticket.valid] == [3]


@pytest.mark.proves("I-2")
def test_an_order_that_ends_gives_back_what_it_holds_of_each_tier() -> None:
    order, stock = uuid4(), two_pools()
    stock.hold_again(both(order, 1), CAUSE, until=NOW)
    stock.hold_again(both(order, 1), CAUSE, until=NOW)
    assert counts(stock) == {"ga": (2, 0), "vip": (1, 0)}
    stock.keep(both(order, 2), CAUSE)
    assert {hold.hard_until for hold in stock.holds.of(order)} == {None}
    for _ in range(2):
        stock.release(order, CAUSE, version=3)
    assert counts(stock) == {"ga": (0, 0), "vip": (0, 0)}
    stock.hold_again(both(order, 1), CAUSE, until=NOW)
    with pytest.raises(HoldReleased):
        stock.hold(ask(order, 2), CAUSE)
    assert counts(stock) == {"ga": (0, 0), "vip": (0, 0)}


@pytest.mark.proves("I-2")
def test_one_order_holds_of_one_pool_by_request() -> None:
    order, stock = uuid4(), two_pools()
    stock.hold(ask(order, 2), CAUSE)
    with pytest.raises(HoldDiffers):
        stock.hold(replace(ask(order, 1), tier="vip"), CAUSE)
    assert counts(stock) == {"ga": (2, 0), "vip": (0, 0)}


@pytest.mark.proves("I-3")
def test_what_an_order_holds_beside_what_it_paid_for_is_freed() -> None:
    order, stock = uuid4(), two_pools()
    stock.hold_again(OrderStep(order_id=order, version=1, seats={"ga": [1], "vip": [2, 3]}), CAUSE, until=NOW)
    stock.sell(OrderStep(order_id=order, version=2, seats={"ga": [1, 2]}), seats(order, 2), CAUSE)
    assert counts(stock) == {"ga": (0, 2), "vip": (0, 0)}
    freed = [(change.tier, change.quantity) for change in stock.changes if change.kind is ChangeKind.RELEASED]
    assert freed == [("ga", 1), ("vip", 2)]
    assert {change.cause.reason for change in stock.changes if change.kind is ChangeKind.RELEASED} == {
        ReleaseCause.PAID_FOR_OTHER_SEATS
    }


@pytest.mark.proves("X-5")
def test_seats_that_may_wait_for_their_money_count_until_they_are_paid_or_free() -> None:
    paid, freed, quick = uuid4(), uuid4(), uuid4()
    stock = book(pool(9, 9))
    for order, delayable in ((paid, True), (freed, True), (quick, False)):
        stock.hold(ask(order, 2), CAUSE, delayable=delayable)
    assert stock.city.pools["ga"].delayable == 4
    stock.keep(step(paid, 2, 3), CAUSE)
    stock.keep(step(paid, 2, 4), CAUSE)
    assert (stock.city.pools["ga"].delayable, stock.city.pools["ga"].pending) == (4, 2)
    stock.sell(step(paid, 2, 5), seats(paid, 2), CAUSE)
    stock.release(freed, CAUSE)
    assert stock.city.pools["ga"] == pool(9, 9, held=2, sold=2)


@pytest.mark.proves("X-5")
def test_money_that_comes_later_although_the_page_did_not_offer_it_counts_all_the_same() -> None:
    order, stock = uuid4(), book(pool(9, 9))
    stock.hold(ask(order, 2), CAUSE)
    stock.keep(step(order, 2, 3), CAUSE)
    assert stock.city.pools["ga"] == pool(9, 9, held=2)._replace(pending=2, delayable=2)
    stock.release(order, CAUSE, version=4)
    assert stock.city.pools["ga"] == pool(9, 9)
