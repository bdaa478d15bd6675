"""Gives back what is due: the processor is asked outside of any transaction, with a key of the refund's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.database import Database
from chassis.due_rows import DueRows
from checkout.payments.processors.port import Processor, ProcessorFailed, ProcessorFailure, ProcessorRefused
from checkout.refunds.domain import Refund
from checkout.refunds.service import RefundService

AT_ONCE: Final = 5
DEADLINE: Final = timedelta(seconds=20)
LEASE: Final = DEADLINE + timedelta(seconds=10)
# What the processor says of money that it has given back already, whoever asked for it.
_DONE_BEFORE: Final = frozenset({"charge_already_refunded"})


class RefundSender:
    """Asks the processors; `due` is kept by the service's background. A process that dies leaves the row to others."""

    def __init__(
        self, refunds: RefundService, *, database: Database, processors: Sequence[Processor], poll: timedelta
    ) -> None:
        self._refunds = refunds
        self._database = database
        self._processors = {each.name: each for each in processors}
        self.due = DueRows("refunds", claim=self._claim, work=self._send, at_once=AT_ONCE, poll=poll)

    async def _claim(self, room: int) -> Sequence[Refund]:
        async with self._database.transaction() as tx:
            return await self._refunds.take_due(tx, limit=room, lease=LEASE)

    async def _send(self, refund: Refund) -> None:
        try:
            found = await self._given_back(refund)
        except ProcessorRefused as refusal:
            await self._decided(refund, refusal)
        except ProcessorFailure as failure:
            async with self._database.transaction() as tx:
                new_key = isinstance(failure, ProcessorFailed)
                await self._refunds.ask_again(tx, refund, error=str(failure), new_key=new_key)
        else:
            async with self._database.transaction() as tx:
                await self._refunds.done(tx, refund, processor_refund_id=found)

    async def _given_back(self, refund: Refund) -> str:
        """With a new key the processor would do it a second time, so it is asked first whether it has."""
        processor = self._processors[refund.processor]
        if refund.key_number > 1:
            found = await processor.find_refund(refund.payment_intent, refund_id=refund.refund_id, deadline=DEADLINE)
            if found is not None:
                return found
        return await processor.refund(
            refund.payment_intent,
            refund_id=refund.refund_id,
            amount=refund.amount,
            idempotency_key=refund.idempotency_key,
            deadline=DEADLINE,
        )

    async def _decided(self, refund: Refund, refusal: ProcessorRefused) -> None:
        async with self._database.transaction() as tx:
            if refusal.code in _DONE_BEFORE:
                await self._refunds.done(tx, refund, processor_refund_id=None)
            else:
                await self._refunds.refused(tx, refund, code=refusal.code, error=str(refusal))
