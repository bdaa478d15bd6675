"""Two replicas of inventory on one database, what checkout says to them, and a backup that can be put back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

import asyncpg

from chassis.database import Row
from chassis.errors import Retry
from eventbus import Received
from events import (
    Envelope,
    OrderCancelled,
    OrderDisputeClosed,
    OrderDisputed,
    OrderEvent,
    OrderExpired,
    OrderPaid,
    OrderPaymentFailed,
    OrderPaymentPending,
    OrderPlaced,
    OrderRefunded,
    StockEvent,
    StockExpanded,
    StockLevelChanged,
    StockReset,
    TicketCheckedIn,
    parse_event,
)
from inventory.doors.consumers import doors_effect
from inventory.limits.service import LimitService
from inventory.pools import restore_store
from inventory.pools.consumers import orders_effect
from tests.integration.inventory.bench import Bench, new_parts, order_event, paid_event, received, refund_event
from tests.integration.inventory.machine.forecast import STARTING

ENDS: Final[tuple[type[OrderEvent], ...]] = (OrderExpired, OrderCancelled, OrderPaymentFailed)
AFTERWARDS: Final[tuple[type[OrderEvent], ...]] = (OrderRefunded, OrderDisputed, OrderDisputeClosed)
TABLES: Final = (
    "cities", "pools", "holds", "tickets", "ledger", "waitlist", "admissions", "door_log", "restores",
    "replaced_codes", "oversold_customers",
)  # fmt: skip


@dataclass(slots=True)
class Order:
    """An order as checkout knows it; `seats` are settled when it is placed."""

    order_id: UUID
    seats: int
    version: int = 0
    paid: bool = False
    ended: bool = False
    refunded: set[int] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Told:
    """An event in `orders`. `done`: whether its effect is in the database."""

    received: Received[OrderEvent]
    done: bool = False

    @property
    def event(self) -> OrderEvent:
        return self.received.event


@dataclass(slots=True)
class House:
    """`admin` may do what no service may: put tables back as they were."""

    admin: asyncpg.Connection[Any]
    replicas: list[Bench]
    orders: dict[UUID, Order] = field(default_factory=dict)
    log: list[Told] = field(default_factory=list)
    scans: int = 0
    _done: list[bool] | None = None
    _said: int = 0

    @property
    def backed_up(self) -> bool:
        return self._done is not None

    @property
    def read_on(self) -> list[Told]:
        """What a stock reads that is not restored."""
        return [told for told in self.log if not isinstance(told.event, OrderPlaced)]

    async def begin(self) -> None:
        """Everything as if it were new, with one pool."""
        await self._put_back("nothing")
        await self.admin.execute("DELETE FROM outbox")
        self.orders, self.log, self._done = {}, [], None
        self.restart()
        await self.replicas[0].open({"ga": STARTING})

    def restart(self) -> None:
        """Processes that have forgotten everything."""
        self.replicas = [new_parts(replica.database, replica.url) for replica in self.replicas]

    def placed(self, order_id: UUID, seats: int) -> None:
        """Checkout writes an order down for the seats that it got, and says so; only a restored stock reads that."""
        if order_id not in self.orders:
            self.orders[order_id] = Order(order_id, seats)
            self._say(OrderPlaced, self.orders[order_id]).done = True

    def say(self, order_id: UUID, choice: int, seats: set[int], *, back: bool) -> Told | None:
        """One of the things that checkout may say next of an order; `seats`: how many it has, or which are refunded."""
        order = self.orders.get(order_id)
        if order is None:
            order = self.orders[order_id] = Order(order_id, len(seats))
        kinds: tuple[type[OrderEvent], ...] = (OrderPaid, OrderPaymentPending, *ENDS)
        if order.paid or order.ended:
            kinds = AFTERWARDS if order.paid else (OrderPaid,)
        kind = kinds[choice % len(kinds)]
        if kind is OrderRefunded:
            return self._say_refunded(order, seats, back=back)
        order.paid, order.ended = order.paid or kind is OrderPaid, kind in ENDS
        return self._say(kind, order, won=back)

    async def hand_over(self, bench: Bench, *told: Told) -> bool:
        """A batch of `orders`; False when something in it can't work yet."""
        handler = orders_effect(bench.stock, bench.mirror).handlers[OrderPaid]
        try:
            async with bench.database.transaction() as tx:
                await handler(tx, [each.received for each in told])
        except Retry:
            return False
        for each in told:
            each.done = True
        return True

    async def catch_up(self, bench: Bench) -> None:
        """Hands over what is left, again and again as long as that helps."""
        left = [each for each in self.log if not each.done]
        while left:
            await self._each(bench, left)
            if left == (left := [each for each in left if not each.done]):
                return

    async def back_up(self) -> None:
        await self._keep("earlier")
        self._done = [each.done for each in self.log]
        self._said = await self.admin.fetchval("SELECT coalesce(max(id), 0) FROM outbox")

    async def restore(self) -> None:
        """Puts the backup back, and follows what was said since."""
        done = self._done or []
        await self._put_back("earlier")
        await self.admin.execute(files("inventory").joinpath("restored.sql").read_text())
        for number, told in enumerate(self.log):
            told.done = number < len(done) and done[number]
        self.restart()
        bench = self.replicas[0]
        bench.stock.restoring = True
        for _ in range(2):
            await self.catch_up(bench)
            await self._follow_stock(bench)
        await self.catch_up(bench)
        await self._end_restore(bench)

    async def _end_restore(self, bench: Bench) -> None:
        async with bench.database.transaction() as tx:
            saved = await bench.stock.tell_all(tx)
            await restore_store.end_restore(tx)
        bench.mirror.committed(*saved)
        bench.stock.restoring = False
        await self.catch_up(bench)

    async def _follow_stock(self, bench: Bench) -> None:
        """Limits and check-ins since the backup, from what the lost database had said of them."""
        said = await self._said_since()
        limits = LimitService(bench.stock, domains=())
        for event in said:
            if isinstance(event, StockExpanded | StockReset | StockLevelChanged):
                with suppress(Retry):
                    async with bench.database.transaction() as tx:
                        await limits.follow(tx, event, received(event).event_id)
        for kind, handler in doors_effect().handlers.items():
            batch = [received(event) for event in said if isinstance(event, kind)]
            async with bench.database.transaction() as tx:
                await handler(tx, batch)

    async def _said_since(self) -> Sequence[Any]:
        rows: Sequence[Row] = await self.admin.fetch(
            "SELECT header_names, header_values, value FROM outbox WHERE id > $1 ORDER BY id", self._said
        )
        parsed = (
            parse_event(Envelope.parse(zip(row["header_names"], row["header_values"], strict=True)).type, row["value"])
            for row in rows
        )
        return [event for event in parsed if isinstance(event, StockEvent | TicketCheckedIn)]

    async def _each(self, bench: Bench, left: Sequence[Told]) -> None:
        for told in left:
            if bench.stock.restoring or not isinstance(told.event, OrderPlaced):
                await self.hand_over(bench, told)
            else:
                told.done = True

    def _say_refunded(self, order: Order, seats: set[int], *, back: bool) -> Told | None:
        wanted = {seat for seat in seats if seat <= order.seats} - order.refunded
        if not wanted:
            return None
        order.refunded |= wanted
        order.version += 1
        event = refund_event(order.order_id, order.seats, sorted(wanted), back=back, version=order.version)
        self.log.append(Told(received(event)))
        return self.log[-1]

    def _say(self, kind: type[OrderEvent], order: Order, **more: Any) -> Told:
        order.version += 1
        event: OrderEvent
        if kind is OrderPaid:
            event = paid_event(order.order_id, order.seats, version=order.version)
        else:
            event = order_event(kind, order.order_id, order.seats, version=order.version, **more)
        self.log.append(Told(received(event)))
        return self.log[-1]

    async def _keep(self, name: str) -> None:
        await self.admin.execute(
            "".join(f"DELETE FROM {name}.{table}; INSERT INTO {name}.{table} TABLE {table};" for table in TABLES)
        )

    async def _put_back(self, name: str) -> None:
        """Past the triggers that keep logs as they are."""
        tables = "".join(
            f"DELETE FROM {table}; INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE {name}.{table};"
            for table in TABLES
        )
        await self.admin.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {tables} COMMIT")


async def build(admin: asyncpg.Connection[Any], replicas: list[Bench]) -> House:
    """With the places for what is kept."""
    for name in ("nothing", "earlier"):
        tables = "".join(f"CREATE TABLE {name}.{table} (LIKE {table});" for table in TABLES)
        await admin.execute(f"CREATE SCHEMA {name}; {tables}")
    return House(admin, replicas)
