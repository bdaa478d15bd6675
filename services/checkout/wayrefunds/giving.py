"""Gives back what is due: the processor is asked outside of any transaction, under the refund's own key.

What a process that dies leaves behind is a row: whoever goes on with it looks first whether the processor has made the
refund, and else makes the same call again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from chassis.clock import Clock
from chassis.crashpoints import crashpoint
from chassis.database import Database, Transaction
from chassis.telemetry import get_logger
from checkout.connections import store as connections_store
from checkout.connections.errors import ConnectionNotReadable
from checkout.connections.service import Connections
from checkout.payments.errors import RefundUnderWay
from checkout.payments.processors.port import (
    ProcessorFailed,
    ProcessorFailure,
    ProcessorRefused,
    ProcessorUncertain,
)
from checkout.processors.backs import WentBack
from checkout.processors.domain import CredentialsRefused, ExternalRefund, RefundStatus
from checkout.processors.stripe_backs import StripeBacks
from checkout.routing.reaching import Reached, WayProcessors
from checkout.transactions.domain import KnownBy, RecordedPayment, Sighting
from checkout.transactions.service import Transactions
from checkout.wayrefunds import platform_store, store
from checkout.wayrefunds.domain import WayRefund, WayRefundState
from checkout.wayrefunds.platform import PlatformBacks
from checkout.wayrefunds.service import LEASE, WayRefunds

log = get_logger()

_MADE: Final = frozenset({WayRefundState.PENDING, WayRefundState.DONE})
_UNREADABLE: Final = "The connection has no credentials that can be used."
Found = TypeVar("Found")


class WayRefunding:
    """The calls of refunds, and what follows from their answers."""

    def __init__(
        self,
        refunds: WayRefunds,
        transactions: Transactions,
        *,
        database: Database,
        connections: Connections,
        ways: WayProcessors,
        backs: PlatformBacks,
        lists: StripeBacks,
        deadline: timedelta,
        clock: Clock,
    ) -> None:
        """`deadline`: how long a processor may take for a call. `backs`, `lists`: of the platform's own payments."""
        self._refunds = refunds
        self._transactions = transactions
        self._database = database
        self._connections = connections
        self._ways = ways
        self._backs = backs
        self._lists = lists
        self._deadline = deadline
        self._clock = clock

    async def carry_out(self, refund: WayRefund) -> WayRefund:
        """One that was just asked for, while somebody waits; as it stands then."""
        crashpoint("checkout.after_way_refund")
        await self.go_on(refund)
        async with self._database.transaction() as tx:
            return await store.get(tx, refund.refund_id) or refund

    async def claim(self, most: int) -> Sequence[WayRefund]:
        """Those that somebody has to go on with, for this process."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            return await store.claim_due(tx, limit=most, now=now, until=now + LEASE)

    async def go_on(self, refund: WayRefund) -> None:
        """Brings one as far as its processor goes with it now."""
        try:
            reached = await self._ways.reach(self._database, refund.way)
        except ConnectionNotReadable:
            await self._again(refund, _UNREADABLE)
        else:
            await self._ask(reached, refund)

    async def _ask(self, reached: Reached, refund: WayRefund) -> None:
        try:
            given = await self._given(reached, refund)
            crashpoint("checkout.after_way_refund_call")
            seen = await self._seen(reached, refund)
        except ProcessorRefused as refusal:
            await self._refused(refund, refusal, reached.said(refusal))
        except ProcessorFailure as failed:
            await self._again(refund, reached.said(failed))
        else:
            try:
                await self._follow(refund, given, seen)
            except RefundUnderWay as other:
                await self._again(refund, str(other))

    async def _given(self, reached: Reached, refund: WayRefund) -> ExternalRefund:
        """The refund at the processor, made once: a key may have been forgotten, what was made has not."""
        processor, credentials = reached.processor, reached.credentials
        if refund.state in _MADE and refund.processor_refund_id is not None:
            number = refund.processor_refund_id
            return await _certainly(processor.read_refund(credentials, number, deadline=self._deadline))
        if refund.tries:
            found = await _certainly(processor.find_refund(credentials, refund.wish, deadline=self._deadline))
            if found is not None:
                return found
        return await processor.refund(credentials, refund.wish, deadline=self._deadline)

    async def _seen(self, reached: Reached, refund: WayRefund) -> Sighting | WentBack:
        """What its processor says of the payment now."""
        if refund.way.connection_id is None:
            return await _certainly(self._lists.of_payment(refund.payment_id, deadline=self._deadline))
        asked_at = self._clock.now()
        payment = await _certainly(
            reached.processor.read_payment(reached.credentials, refund.payment_id, deadline=self._deadline)
        )
        return Sighting(payment=payment, seen_at=asked_at)

    async def _follow(self, refund: WayRefund, given: ExternalRefund, seen: Sighting | WentBack) -> None:
        """The ledger has what went back by the processor's word of the payment, as whoever else tells of it.

        Where that is less than before, what was said of the refund may be older: it is asked about once more.
        """
        error = f"{refund.way.processor} could not give it back." if given.status is RefundStatus.FAILED else None
        async with self._database.transaction() as tx:
            if isinstance(seen, Sighting):
                told = await self._recorded(tx, refund, seen)
                if refund.state is WayRefundState.DONE and error is None and told is not None and _came_back(told):
                    return
            await self._refunds.given(tx, refund, given, error=error)
            if isinstance(seen, WentBack):
                await self._follow_platform(tx, refund, seen)

    async def _recorded(self, tx: Transaction, refund: WayRefund, seen: Sighting) -> RecordedPayment | None:
        connection = await connections_store.get(tx, refund.way.connection_id or 0)
        return await self._transactions.record(tx, connection, seen, by=KnownBy.PAYMENT) if connection else None

    async def _follow_platform(self, tx: Transaction, refund: WayRefund, seen: WentBack) -> None:
        payment = await platform_store.payment(tx, refund.way.processor, refund.payment_id)
        if payment is not None:
            await self._backs.follow(tx, payment, seen)

    async def _refused(self, refund: WayRefund, refusal: ProcessorRefused, error: str) -> None:
        async with self._database.transaction() as tx:
            await self._refunds.refused(tx, refund, code=refusal.code, error=error)
            if isinstance(refusal, CredentialsRefused) and refund.way.connection_id is not None:
                await self._connections.doubt(tx, refund.way.connection_id)

    async def _again(self, refund: WayRefund, error: str) -> None:
        log.info("way_refund_waits", refund_id=str(refund.refund_id), processor=refund.way.processor, reason=error)
        async with self._database.transaction() as tx:
            await self._refunds.ask_again(tx, refund, error=error)


def _came_back(told: RecordedPayment) -> bool:
    """Whether less of a payment went back than was known: a refund has failed."""
    return told.before is not None and told.transaction.refunded < told.before.refunded


async def _certainly(look: Awaitable[Found]) -> Found:
    """What a look says. Whoever could not look knows nothing: neither that it was refused, nor that it was made."""
    try:
        return await look
    except (ProcessorRefused, ProcessorFailed) as failure:
        raise ProcessorUncertain(str(failure)) from failure
