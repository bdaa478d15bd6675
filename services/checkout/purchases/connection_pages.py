"""A payment page at a provider's own processor, called and read like one of our own account."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from checkout.connections.errors import ConnectionNotReadable
from checkout.payments.domain import Attempt, Session
from checkout.payments.processors.port import ProcessorFailed, ProcessorFailure, ProcessorUncertain, Turn
from checkout.processors.domain import ExternalPayment, PageState, PageStatus, PaymentStatus, PaymentWish
from checkout.purchases.ways import way_of
from checkout.routing.reaching import Reached, WayProcessors

_UNREADABLE: Final = "The connection has no credentials that can be used."
_OPEN: Final = frozenset({PageStatus.OPEN, PageStatus.APPROVED})
_PENDING: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.COMPLETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSession(Session):
    """A payment page at a provider's own processor.

    payment: what was paid on it; None: nobody has
    seen_at: when the processor was asked
    """

    payment: ExternalPayment | None = None
    seen_at: datetime


class ConnectionPages:
    """Makes, reads and ends the page of one attempt. Calls raise a ProcessorFailure, without any secret in it."""

    def __init__(
        self,
        attempt: Attempt,
        *,
        database: Database,
        reach: WayProcessors,
        live_mode: bool,
        longest: timedelta,
        clock: Clock,
    ) -> None:
        """`longest`: how long one call may take, however long its caller has."""
        self._attempt = attempt
        self._database = database
        self._reach = reach
        self._live_mode = live_mode
        self._longest = longest
        self._clock = clock

    async def create_session(
        self,
        parameters: str,
        *,
        idempotency_key: str,  # noqa: ARG002 the wish has it
        deadline: timedelta,
        turn: Turn | None = None,  # noqa: ARG002 each account has its own line
    ) -> Session:
        """Opens the page; the same parameters again give the same one."""
        try:
            reached = await self._reached()
        except ProcessorUncertain as failure:
            raise ProcessorFailed(str(failure)) from failure
        try:
            page = await reached.processor.create_payment(
                reached.credentials, _wish(parameters), deadline=self._within(deadline)
            )
        except ProcessorFailure as failure:
            raise _cleaned(failure, reached) from None
        return self._session(page.page_id, PageState(status=PageStatus.OPEN, payment=None), url=page.url)

    async def read_session(self, session_id: str, *, deadline: timedelta) -> Session:
        """The page as it is now; of one that its buyer has agreed to the money is taken."""
        reached, within = await self._reached(), self._within(deadline)
        try:
            state = await reached.processor.read_page(reached.credentials, session_id, deadline=within)
            if state.status is PageStatus.APPROVED:
                key = self._attempt.idempotency_key
                state = await reached.processor.complete(reached.credentials, session_id, key=key, deadline=within)
        except ProcessorFailure as failure:
            raise _cleaned(failure, reached) from None
        return self._session(session_id, state)

    async def expire_session(self, session_id: str, *, deadline: timedelta) -> Session:
        """Ends the page; one that is paid, or has ended, stays so and says it."""
        reached = await self._reached()
        try:
            state = await reached.processor.cancel(reached.credentials, session_id, deadline=self._within(deadline))
        except ProcessorFailure as failure:
            raise _cleaned(failure, reached) from None
        return self._ended(session_id, state)

    async def expire_unknown(self, parameters: str, *, deadline: timedelta) -> Session:
        """Makes sure that the page which a call without an answer may have opened is never paid."""
        reached = await self._reached()
        try:
            state = await reached.processor.cancel_wish(
                reached.credentials, _wish(parameters), deadline=self._within(deadline)
            )
        except ProcessorFailure as failure:
            raise _cleaned(failure, reached) from None
        return self._ended(self._attempt.session_id or "", state)

    async def _reached(self) -> Reached:
        try:
            return await self._reach.reach(self._database, way_of(self._attempt))
        except ConnectionNotReadable as failure:
            raise ProcessorUncertain(_UNREADABLE) from failure

    def _within(self, deadline: timedelta) -> timedelta:
        return min(deadline, self._longest)

    def _ended(self, session_id: str, state: PageState) -> Session:
        session = self._session(session_id, state)
        if session.status == "open":
            raise ProcessorUncertain("the page is open and can't be ended")
        return session

    def _session(self, session_id: str, state: PageState, *, url: str | None = None) -> Session:
        return session_of(
            self._attempt,
            state,
            session_id=session_id,
            url=url,
            live_mode=self._live_mode,
            seen_at=self._clock.now(),
        )


def session_of(
    attempt: Attempt, state: PageState, *, session_id: str, url: str | None = None, live_mode: bool, seen_at: datetime
) -> ConnectionSession:
    """What a page at an external processor is, in the words of our own account's sessions."""
    payment = state.payment
    return ConnectionSession(
        processor=attempt.processor,
        session_id=session_id,
        url=url,
        status=_status(state),
        payment_status="paid" if payment and payment.status is PaymentStatus.COMPLETED else "unpaid",
        amount=payment.amount if payment else attempt.amount,
        currency=payment.currency if payment else attempt.currency,
        live_mode=live_mode,
        created=payment.created_at if payment else seen_at,
        payment_intent=payment.payment_id if payment else None,
        order_id=attempt.order_id,
        metadata={},
        name=None,
        email=None,
        phone=None,
        country=None,
        region=None,
        paid_at=payment.created_at if payment else None,
        payment_failed=payment is not None and payment.status not in _PENDING,
        connection_id=attempt.connection_id,
        payment=payment,
        seen_at=seen_at,
    )


def _status(state: PageState) -> str:
    if state.payment is not None and state.payment.status is PaymentStatus.COMPLETED:
        return "complete"
    if state.status is PageStatus.CLOSED:
        return "expired"
    return "open" if state.status in _OPEN or state.payment is None else "complete"


def _wish(parameters: str) -> PaymentWish:
    return PaymentWish(**json.loads(parameters))


def _cleaned(failure: ProcessorFailure, reached: Reached) -> ProcessorFailure:
    failure.args = (reached.said(failure),)
    return failure
