"""Whatever is done to a pool in whatever order, it is what its ledger, its holds and its tickets say."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chassis.errors import Retry
from inventory.limits.domain import Limits, begun_again, expanded, shrunk
from inventory.limits.errors import SeatsTaken
from inventory.oversold.domain import settle
from inventory.pools import announce
from inventory.pools.book import Book
from inventory.pools.domain import (
    Cause,
    ChangeKind,
    City,
    HoldRequest,
    HoldState,
    OrderStep,
    Pool,
    Shown,
)
from inventory.pools.errors import HoldDiffers, HoldReleased, SoldOut
from inventory.tickets.domain import Place, Ticket

NOW: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CAUSE: Final = Cause(actor="checkout", reason="test")
SHOWN: Final = Shown(catalogue_version=1, listed=True, withdrawn=False, on_sale_from=NOW, on_sale_until=NOW)
STARTING: Final = Limits(public=4, actual=6)

orders = st.integers(1, 6).map(lambda number: UUID(int=number))
seats = st.integers(1, 3)


class StockMachine(RuleBasedStateMachine):
    """One pool, its holds and its tickets, as people, orders and time change them."""

    def __init__(self) -> None:
        super().__init__()
        pool = Pool(tier="ga", public_limit=STARTING.public, actual_limit=STARTING.actual)
        self.book = Book(City(city_id="c", version=1, pools={"ga": pool}, shown=SHOWN), now=NOW)
        self.quantity: dict[UUID, int] = {}
        self.version: dict[UUID, int] = {}
        self.told = 0
        self.last: Mapping[str, int] = pool.counts()

    @property
    def pool(self) -> Pool:
        return self.book.city.pools["ga"]

    @rule(order=orders, quantity=seats)
    def hold(self, order: UUID, quantity: int) -> None:
        ask = HoldRequest(order_id=order, city_id="c", tier="ga", quantity=quantity, duration=timedelta(minutes=10))
        try:
            self.book.hold(ask, CAUSE, delayable=True)
            self.quantity[order] = quantity
        except (SoldOut, HoldReleased, HoldDiffers):
            pass

    @rule(order=orders, old=st.booleans())
    def release(self, order: UUID, old: bool) -> None:
        self.book.release(order, CAUSE, version=self._step(order, old=old).version)

    @rule(order=orders, old=st.booleans())
    def keep(self, order: UUID, old: bool) -> None:
        self.book.keep(self._step(order, old=old), CAUSE)

    @rule(order=orders)
    def expire(self, order: UUID) -> None:
        self.book.expire(order, CAUSE, ended_by=NOW + timedelta(hours=1))

    @rule(order=orders, quantity=seats, old=st.booleans())
    def pay(self, order: UUID, quantity: int, old: bool) -> None:
        self.quantity.setdefault(order, quantity)
        step = self._step(order, old=old)
        codes = [Ticket(order_id=order, seat=seat, city_id="c", tier="ga", code="") for seat in step.seats["ga"]]
        self.book.sell(step, codes, CAUSE)

    @rule(order=orders, refunded=st.sets(seats), back=st.booleans(), old=st.booleans())
    def refund(self, order: UUID, refunded: set[int], back: bool, old: bool) -> None:
        with contextlib.suppress(Retry):
            self.book.refund(self._step(order, old=old), refunded, CAUSE, return_seats=back)

    @rule(spots=seats, public=st.booleans())
    def expand(self, spots: int, public: bool) -> None:
        self.book.change(ChangeKind.EXPANDED, expanded(self.pool, spots, public=public), spots, None, CAUSE)

    @rule(spots=seats, public=st.booleans())
    def shrink(self, spots: int, public: bool) -> None:
        with contextlib.suppress(SeatsTaken):
            self.book.change(ChangeKind.SHRUNK, shrunk(self.pool, spots, public=public), spots, None, CAUSE)

    @rule()
    def reset(self) -> None:
        with contextlib.suppress(SeatsTaken):
            self.book.change(ChangeKind.RESET, begun_again(self.pool, STARTING), 0, None, CAUSE)

    @rule()
    def settle(self) -> None:
        settle(self.book, "ga", self.book.tickets.oversold_in("c", "ga"), CAUSE)
        assert not (self.pool.oversold and self.pool.room > 0)

    @invariant()
    def the_pool_is_what_its_ledger_says(self) -> None:
        for entry in announce.ledger_entries(self.book.changes[self.told :], NOW):
            assert entry.before == self.last
            self.last = entry.after
        self.told = len(self.book.changes)
        assert self.last == self.pool.counts()
        assert self.book.city.version == 1 + len(self.book.changes)

    @invariant()
    def the_pool_is_what_holds_and_tickets_add_up_to(self) -> None:
        held = [each for order in self.quantity for each in self.book.holds.of(order) if each.state is HoldState.HELD]
        places = [ticket.place for ticket in self.book.tickets.new]
        assert self.pool == self.pool._replace(
            held=sum(each.quantity for each in held),
            pending=sum(each.quantity for each in held if each.pending),
            delayable=sum(each.quantity for each in held if each.delayable),
            sold=places.count(Place.PUBLIC) + places.count(Place.SPARE),
            spare_sold=places.count(Place.SPARE),
            oversold=places.count(Place.OVERSOLD),
        )

    @invariant()
    def the_database_would_take_it(self) -> None:
        pool = self.pool
        assert 0 <= pool.public_limit <= pool.actual_limit
        assert 0 <= pool.pending <= pool.delayable <= pool.held
        assert 0 <= pool.spare_sold <= pool.sold
        assert pool.held + pool.sold <= pool.actual_limit
        assert pool.held + pool.sold - pool.spare_sold <= pool.public_limit

    def _step(self, order: UUID, *, old: bool) -> OrderStep:
        """The order's next event, or one that comes again."""
        self.version[order] = version = max(1, self.version.get(order, 0) + (0 if old else 1))
        numbers = range(1, self.quantity.setdefault(order, 1) + 1)
        return OrderStep(order_id=order, version=version, seats={"ga": numbers})


TestStockMachine = pytest.mark.proves("I-4", "I-6", "I-8")(StockMachine.TestCase)
TestStockMachine.settings = settings(max_examples=25, stateful_step_count=25)
