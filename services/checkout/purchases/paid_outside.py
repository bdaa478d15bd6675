"""Payments of orders at providers' own processors: whoever tells of one, its order is paid, once (P-3, P-5, P-6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from chassis.database import Transaction
from chassis.telemetry import get_logger
from checkout.connections import store as connections_store
from checkout.orders import store as orders_store
from checkout.orders.domain import Cause, Why
from checkout.payments import charge_store, store
from checkout.payments.afterwards import Afterwards
from checkout.payments.domain import Attempt, AttemptState
from checkout.payments.errors import AmountMismatch, PaymentUnknown, RefundUnderWay
from checkout.payments.service import PaymentService
from checkout.processors.domain import ExternalPayment, PageState, PageStatus
from checkout.purchases.connection_pages import ConnectionSession, session_of
from checkout.purchases.ways import OrderWays, order_of_key
from checkout.takings.domain import Step
from checkout.transactions.domain import ExternalTransaction, KnownBy, PaidSubject, Sighting
from checkout.transactions.service import Transactions
from checkout.wayrefunds.domain import WayPayment, WayRefundCause, charge_of
from checkout.wayrefunds.errors import WayRefundImpossible, WayRefundTooLarge
from checkout.wayrefunds.payment_store import taken_by
from checkout.wayrefunds.service import WayRefunds

log = get_logger()

_SURPLUS: Final = "The order was paid already."


class OrdersPaidOutside:
    """What the ledger of transactions tells of orders. Each takes the transaction."""

    def __init__(
        self,
        payments: PaymentService,
        afterwards: Afterwards,
        ways: OrderWays,
        refunds: WayRefunds,
        *,
        live_mode: bool,
    ) -> None:
        self._payments = payments
        self._afterwards = afterwards
        self._ways = ways
        self._refunds = refunds
        self._live_mode = live_mode

    async def subjects(self, tx: Transaction, keys: Sequence[str]) -> Mapping[str, PaidSubject]:
        """Which orders payments with these keys pay; what is not ours is left out."""
        named = {key: order_id for key in keys if (order_id := order_of_key(key))}
        known = await orders_store.those_known(tx, list(named.values())) if named else frozenset()
        return {key: PaidSubject(order_id=order_id) for key, order_id in named.items() if order_id in known}

    async def paid(self, tx: Transaction, transaction: ExternalTransaction, payment: ExternalPayment) -> None:
        """The money of a payment of ours is there."""
        if transaction.order_id is None or payment.key is None:
            return
        found = await store.of_order(tx, transaction.order_id)
        attempt = next((each for each in found if each.idempotency_key == payment.key), None)
        page = session_of(
            attempt or _lost(transaction, transaction.order_id, payment.key),
            PageState(status=PageStatus.PAID, payment=payment),
            session_id=(attempt and attempt.session_id) or payment.key,
            live_mode=self._live_mode,
            seen_at=transaction.seen_at,
        )
        await self.take(tx, attempt, page)

    async def take(self, tx: Transaction, attempt: Attempt | None, page: ConnectionSession) -> None:
        """The order follows a page that is paid; what is not what it asks for waits for a person.

        attempt: the page's; None where a restored database has lost it: then the payment's key has named the order
        """
        before = await store.state_of(tx, attempt.attempt_id) if attempt else None
        cause = Cause(who=page.processor, why=Why.FOUND_AT_PROCESSOR)
        happened_at = page.paid_at or page.seen_at
        try:
            await self._payments.session_completed(tx, page, cause, attempt=attempt, happened_at=happened_at)
            step = Step.SURPLUS if await self._is_surplus(tx, page) else Step.PAID
        except AmountMismatch as mismatch:
            step = Step.MISMATCHED
            if attempt is not None:
                await self._payments.mismatched(tx, attempt, mismatch)
        if attempt is not None and await store.state_of(tx, attempt.attempt_id) is not before:
            await self._ways.note(tx, attempt, step)

    async def refunded(self, tx: Transaction, transaction: ExternalTransaction) -> None:
        """The order follows what went back at the processor, whoever gave it back there."""
        if transaction.order_id is None:
            return
        cause = Cause(who=transaction.processor, why=Why.FOUND_AT_PROCESSOR)
        # What paid for nothing, since it was another amount, is no charge of an order. While a refund of ours is under
        # way nobody knows whose this is: its end brings the order to where the money is then.
        with suppress(PaymentUnknown, RefundUnderWay):
            await self._afterwards.follow_ledger(tx, charge_of(transaction), cause)

    async def _is_surplus(self, tx: Transaction, page: ConnectionSession) -> bool:
        """Whether the order was paid already: then its processor is asked to give the money back, once."""
        if page.connection_id is None or not await charge_store.is_surplus(tx, page):
            return False
        found = await taken_by(tx, page.connection_id, page.processor, page.payment_intent or "")
        if found:
            await self._give_back(tx, page, found)
        return True

    async def _give_back(self, tx: Transaction, page: ConnectionSession, payment: WayPayment) -> None:
        """All that is left of it, once, whoever tells of it again."""
        surplus = WayRefundCause.SURPLUS
        try:
            # Nothing is left where its account's owner was faster.
            with suppress(WayRefundTooLarge):
                await self._refunds.request(tx, payment, None, reason=_SURPLUS, requested_by=None, cause=surplus)
        except WayRefundImpossible as refusal:
            log.error("refund_refused", order_id=str(page.order_id), reason=refusal.detail)  # noqa: TRY400


class OutsideLedger:
    """What we find out ourselves of a page at a provider's processor goes into the ledger of transactions."""

    def __init__(self, transactions: Transactions, orders: OrdersPaidOutside) -> None:
        self._transactions = transactions
        self._orders = orders

    async def record(self, tx: Transaction, attempt: Attempt, page: ConnectionSession) -> None:
        """The money of a page is there: the ledger has it, and the order is paid."""
        connection = await connections_store.get(tx, page.connection_id) if page.connection_id is not None else None
        if connection is not None and page.payment is not None:
            sighting = Sighting(payment=page.payment, seen_at=page.seen_at, order_id=attempt.order_id)
            await self._transactions.record(tx, connection, sighting, by=KnownBy.PAYMENT)
        # Where the ledger knew it before, the order may still not.
        await self._orders.take(tx, attempt, page)


def _lost(transaction: ExternalTransaction, order_id: UUID, key: str) -> Attempt:
    """What a restored database has lost: the payment's key names its order."""
    return Attempt(
        attempt_id=order_id,
        order_id=order_id,
        processor=transaction.processor,
        idempotency_key=key,
        parameters="",
        amount=transaction.amount,
        currency=transaction.currency,
        state=AttemptState.CREATING,
        expires_at=transaction.created_at,
        session_id=None,
        session_url=None,
        traceparent=None,
        tries=0,
        connection_id=transaction.connection_id,
    )
