"""Gives back what is due: the processor is asked outside of any transaction, with a key of the refund's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.crashpoints import crashpoint
from chassis.database import Database
from chassis.due_rows import DueRows
from checkout.payments.processors.port import (
    GivenBack,
    Processor,
    ProcessorFailed,
    ProcessorFailure,
    ProcessorRefused,
    ProcessorUncertain,
)
from checkout.refunds.domain import Refund, RefundCause
from checkout.refunds.service import RefundService
from checkout.wayrefunds import store as wayrefunds_store
from checkout.wayrefunds.giving import WayRefunding

AT_ONCE: Final = 5
DEADLINE: Final = timedelta(seconds=20)
# Of two calls, the second one after the first.
LEASE: Final = 2 * DEADLINE + timedelta(seconds=10)
# What the processor says of money that it has given back already, whoever asked for it.
_DONE_BEFORE: Final = frozenset({"charge_already_refunded"})


class RefundSender:
    """Asks the processors; `due` is kept by the service's background. A process that dies leaves the row to others."""

    def __init__(
        self,
        refunds: RefundService,
        ways: WayRefunding,
        *,
        database: Database,
        processors: Sequence[Processor],
        poll: timedelta,
    ) -> None:
        """`ways`: asks the processors of providers' accounts."""
        self._refunds = refunds
        self._ways = ways
        self._database = database
        self._processors = {each.name: each for each in processors}
        self.due = DueRows("refunds", claim=self._claim, work=self._send, at_once=AT_ONCE, poll=poll)

    async def _claim(self, room: int) -> Sequence[Refund]:
        if await self._refunds.surplus_due(self._database):
            async with self._database.transaction() as tx:
                await self._refunds.request_surplus(tx, limit=room)
        return await self._refunds.take_due(self._database, limit=room, lease=LEASE)

    async def _send(self, refund: Refund) -> None:
        crashpoint("checkout.before_refund")
        if refund.connection_id is not None:
            await self._send_by_way(refund)
            return
        try:
            given = await self._given_back(refund)
        except ProcessorRefused as refusal:
            await self._decided(refund, refusal)
        except ProcessorFailure as failure:
            async with self._database.transaction() as tx:
                new_key = isinstance(failure, ProcessorFailed)
                await self._refunds.ask_again(tx, refund, error=str(failure), new_key=new_key)
        else:
            crashpoint("checkout.after_refund")
            async with self._database.transaction() as tx:
                await self._refunds.answered(tx, refund, given)

    async def _send_by_way(self, refund: Refund) -> None:
        """At once the first time; what that leaves open wayrefunds/ goes on with, and is asked how far it is."""
        way = await wayrefunds_store.get(self._database, refund.refund_id)
        assert way is not None  # noqa: S101 it was made in the same transaction
        if refund.tries == 1:
            way = await self._ways.carry_out(way)
        async with self._database.transaction() as tx:
            await self._refunds.told_by_way(tx, refund, way)

    async def _given_back(self, refund: Refund) -> GivenBack:
        """Asks first whether it was done: a new key, or one that the processor has forgotten, would do it again."""
        processor = self._processors[refund.processor]
        return await self._found(processor, refund) or await processor.refund(
            refund.payment_intent,
            refund_id=refund.refund_id,
            amount=refund.amount,
            duplicate=refund.cause is RefundCause.SECOND_CHARGE,
            idempotency_key=refund.idempotency_key,
            deadline=DEADLINE,
        )

    @staticmethod
    async def _found(processor: Processor, refund: Refund) -> GivenBack | None:
        """Whoever could not look knows nothing: neither that it was refused, nor that a new key does no harm."""
        try:
            return await processor.find_refund(refund.payment_intent, refund_id=refund.refund_id, deadline=DEADLINE)
        except (ProcessorRefused, ProcessorFailed) as failure:
            raise ProcessorUncertain(str(failure)) from failure

    async def _decided(self, refund: Refund, refusal: ProcessorRefused) -> None:
        async with self._database.transaction() as tx:
            decide = self._refunds.done_before if refusal.code in _DONE_BEFORE else self._refunds.refused
            await decide(tx, refund, code=refusal.code, error=str(refusal))
