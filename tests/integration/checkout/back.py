"""Payments of appointments that go back, at the sandbox's processors."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, TypeVar

from checkout.commission import store as commission_store
from checkout.commission.sums import EntrySums
from checkout.processors.domain import ExternalPayment
from checkout.takings.refunding import AppointmentRefunds
from checkout.wayrefunds import store
from checkout.wayrefunds.domain import OPEN, WayPayment, WayRefund
from checkout.wayrefunds.giving import WayRefunding
from checkout.wayrefunds.looking import PlatformLooks
from checkout.wayrefunds.payment_store import payment_of
from checkout.wayrefunds.platform import PlatformBacks
from checkout.wayrefunds.service import LEASE, WayRefunds
from eventbus import Outbox
from events import Event, parse_event
from sandbox.square.refunds import SETTLED_AFTER
from tests.contract.processors.support import DEADLINE, LOST
from tests.integration.checkout.ways import ACTOR, Ways

Told = TypeVar("Told", bound=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """Ways, and how what they took goes back."""

    ways: Ways
    refunds: AppointmentRefunds
    refunding: WayRefunding
    backs: PlatformBacks
    looks: PlatformLooks

    async def paid(self, processor: str, *, choice: str | None = None) -> int:
        """An appointment that was paid there."""
        appointment = await self.ways.book(await self.ways.provider(processor))
        opened = await self.ways.paying.pay(appointment, choice=choice, asked_by="buyer", language="es")
        await self.ways.buyer_pays(opened)
        await self.ways.paying.look(appointment)
        return appointment

    async def request(self, appointment: int, amount: int | None) -> WayRefund:
        """The row, before anybody calls."""
        async with self.ways.database.transaction() as tx:
            return await self.refunds.request(
                tx, appointment, amount, reason="The customer is ill", scope=None, actor=ACTOR
            )

    async def give_back(self, appointment: int, amount: int | None) -> WayRefund:
        return await self.refunding.carry_out(await self.request(appointment, amount))

    async def everybody_goes_on(self, refund: WayRefund) -> WayRefund:
        """As the worker does, until it is settled."""
        for _ in range(10):
            found = await store.get(self.ways.database, refund.refund_id)
            assert found is not None
            if found.state not in OPEN:
                return found
            self.ways.clock.ahead += 6 * LEASE
            await asyncio.to_thread(self.ways.sandbox.advance, 2 * SETTLED_AFTER)
            for each in await self.refunding.claim(100):
                await self.refunding.go_on(each)
        raise AssertionError(found)

    async def payment(self, appointment: int) -> WayPayment:
        attempt = next(each for each in await self.ways.attempts(appointment) if each.payment_id is not None)
        found = await payment_of(
            self.ways.database, attempt.way, attempt.payment_id or "", provider_id=attempt.provider_id
        )
        assert found is not None
        return found

    async def at_processor(self, appointment: int) -> ExternalPayment:
        payment = await self.payment(appointment)
        reached = await self.ways.reach.reach(self.ways.database, payment.way)
        return await reached.processor.read_payment(reached.credentials, payment.payment_id, deadline=DEADLINE)

    async def entries(self, appointment: int) -> list[Any]:
        """The payment's, in the ledger of what providers took."""
        return list(
            await self.ways.database.fetch(
                """
                SELECT t.payment_id, e.kind, e.amount, e.at_source FROM external_transactions AS t
                JOIN transaction_entries AS e USING (transaction_id) WHERE t.appointment_id = $1 ORDER BY e.entry_id
                """,
                appointment,
            )
        )

    async def due(self, provider_id: int) -> EntrySums:
        """What the platform has to get of the provider."""
        until = self.ways.clock.now()
        ((_, _, sums, _),) = await commission_store.due(self.ways.database, until=until, provider=provider_id)
        return sums

    async def told(self, appointment: int, kind: type[Told]) -> list[Told]:
        """What events of this kind say of it."""
        rows = await self.ways.database.fetch(
            "SELECT value FROM outbox WHERE $1 = ANY (header_values) AND key = $2 ORDER BY id",
            kind.type.encode(),
            str(appointment).encode(),
        )
        events = [parse_event(kind.type, row["value"]) for row in rows]
        return [each for each in events if isinstance(each, kind)]


def back_of(ways: Ways) -> Back:
    processors = {name: each.processor for name, each in ways.counterparts.items()}
    outbox = Outbox(source="checkout", clock=ways.clock, wake=lambda: None)
    refunds = WayRefunds(processors, appointment=ways.appointments.details, outbox=outbox, clock=ways.clock)
    backs = PlatformBacks(refunds, outbox=outbox, clock=ways.clock)
    return Back(
        ways=ways,
        refunds=AppointmentRefunds(refunds),
        refunding=WayRefunding(
            refunds,
            ways.transactions,
            database=ways.database,
            connections=ways.connections,
            ways=ways.reach,
            backs=backs,
            lists=ways.lists,
            deadline=LOST,
            clock=ways.clock,
        ),
        backs=backs,
        looks=PlatformLooks(backs, lists=ways.lists, database=ways.database, poll=LOST),
    )
