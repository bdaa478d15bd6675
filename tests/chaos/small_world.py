"""The thread of a sale in small, for the variants: checkout's outbox, Kafka, inventory's stock, the monitor's sums."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from uuid import UUID

from chassis.clock import SystemClock
from chassis.database import Database, Transaction
from chassis.errors import Condition
from chassis.ids import uuid7
from eventbus import KafkaConnection, Outbox, Progress
from eventbus.incoming.offsets import stored
from events import OrderPaid, Topic
from invariants import Evidence, PaidOrder
from inventory.pools.consumers import ORDERS_GROUP
from inventory.pools.workers import HoldEnder
from tests.chaos import small_worker
from tests.chaos import stock_evidence as stock
from tests.chaos.evidence import EVERYWHERE, waiting
from tests.fixtures.forked import Forked, forked_beside
from tests.integration.inventory.bench import KEY, Bench, paid_event

FIGURES_GROUP = "monitor-figures"


@dataclass(slots=True, kw_only=True)
class SmallWorld:
    """`paid`: what was committed as paid, whatever became of it."""

    urls: dict[str, str]
    checkout: Database
    monitor: Database
    bench: Bench
    connection: KafkaConnection
    paid: list[OrderPaid] = field(default_factory=list)

    async def hold(self, quantity: int = 1) -> UUID | None:
        """An order with seats, if there are any."""
        order_id = uuid7()
        try:
            await self.bench.hold(order_id, quantity)
        except Condition:
            return None
        return order_id

    async def pay(self, order_id: UUID, quantity: int = 1) -> None:
        async with self.checkout.transaction() as tx:
            await self.pay_in(tx, order_id, quantity)

    async def pay_in(self, tx: Transaction, order_id: UUID, quantity: int = 1) -> None:
        """The order counts as paid once the transaction has committed."""
        event = paid_event(order_id, quantity)
        await Outbox(source="checkout", clock=SystemClock(), wake=lambda: None).publish(tx, event)
        tx.after_commit(lambda: self.paid.append(event))

    async def buy(self, quantity: int = 1) -> UUID:
        order_id = await self.hold(quantity)
        assert order_id is not None
        await self.pay(order_id, quantity)
        return order_id

    def worker(
        self,
        variant: str | None,
        *,
        services: Sequence[str] = ("checkout", "inventory", "monitor"),
        crash_at: str | None = None,
    ) -> AbstractAsyncContextManager[Forked]:
        """A process of its own, killed at the end if it still runs."""
        crash = {"FULLHOUSE_CRASH_AT": crash_at} if crash_at else {}
        keys = KEY.public_keys().export()
        return forked_beside(small_worker.run, self.urls, self.connection, keys, variant, services, environ=crash)

    async def look_for_ended_holds(self, times: int) -> None:
        """In this process, as a worker does it."""
        bench = self.bench
        progress = Progress(group=ORDERS_GROUP, topic=Topic.ORDERS, connection=self.connection)
        ender = HoldEnder(bench.stock, bench.mirror, database=bench.database, progress=progress)
        for _ in range(times):
            await ender.look()
        await progress.close()

    async def end_with_a_sale(self) -> None:
        """One more purchase: what came before it and is not there when it has arrived everywhere, is lost."""
        await self.arrived(await self.buy())

    async def arrived(self, order_id: UUID) -> None:
        """Waits until it is sold, and both have read all that the log holds."""
        sold = "SELECT EXISTS (SELECT FROM tickets WHERE order_id = $1)"
        async with asyncio.timeout(90):
            while not await self.bench.database.fetchval(sold, order_id):
                await asyncio.sleep(0.05)
            await self._read(self.bench.database, ORDERS_GROUP)
            await self._read(self.monitor, FIGURES_GROUP)

    async def _read(self, database: Database, group: str) -> None:
        """By the offsets that are stored beside the effects."""
        progress = Progress(group=group, topic=Topic.ORDERS, connection=self.connection)
        ends = {(each.topic, each.number): end for each, end in (await progress.mark()).items()}
        await progress.close()
        while True:
            known = {(each.topic, each.number): at.next_offset for each, at in (await stored(database, group)).items()}
            if all(known.get(place, 0) >= end for place, end in ends.items()):
                return
            await asyncio.sleep(0.05)

    async def evidence(self) -> Evidence:
        inventory = self.bench.database
        orders = tuple(_order(event) for event in self.paid)
        return Evidence(
            orders=orders,
            seats=await stock.seats(inventory),
            holds=await stock.holds(inventory),
            pools=await stock.pools(inventory),
            ledger=await stock.ledger(inventory),
            waiting=tuple(await waiting(self.checkout, "checkout", EVERYWHERE)),
            paid=stock.added_up(orders),
            counted=await stock.counted(self.monitor),
        )


def _order(event: OrderPaid) -> PaidOrder:
    return PaidOrder(
        order_id=str(event.order_id),
        number=event.number,
        seats=len(event.seats),
        amount=event.amount,
        refunded=0,
        email=event.customer.email,
        codes=tuple(ticket.code for ticket in event.tickets),
    )
