"""Tries to have appointments paid: begun, gone on with, ended. Each takes the transaction; none is made in a call.

Whoever changes a try has its appointment locked, then the try. Nobody is asked for the money again before the try that
went before is known to have come to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.ids import uuid7
from chassis.telemetry import get_logger
from checkout.appointments import store as appointments_store
from checkout.appointments.domain import Appointment, AppointmentState
from checkout.appointments.errors import UnknownAppointment
from checkout.appointments.service import Appointments
from checkout.appointments.tokens import AppointmentLinks
from checkout.connections.errors import ConnectionNotReadable
from checkout.processors.domain import ExternalPage, ExternalPayment, PaymentWish
from checkout.providers import store as providers_store
from checkout.routing import store as routing_store
from checkout.routing.domain import KeptDecision, RoutingQuestion, Way
from checkout.routing.reaching import WayProcessors
from checkout.routing.service import RoutingService
from checkout.takings import store
from checkout.takings.domain import LIVE, UNSETTLED, Step, TakingState, WayAttempt, key_of, look_again_after, named_by
from checkout.takings.errors import AppointmentNotOpen, TakingUnderWay
from checkout.takings.settling import Settling, is_price
from checkout.transactions.domain import ExternalTransaction, PaidSubject
from languages import gettext

log = get_logger()

# More than the calls for one way may take.
LEASE: Final = timedelta(seconds=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a wish to pay came to.

    attempt: the try that this request goes on with, or whose page serves the buyer; None where nobody can take it
    decision: the new one, where there was none to go on with
    """

    attempt: WayAttempt | None
    decision: KeptDecision | None = None


class Takings:
    """Payments of appointments."""

    def __init__(
        self,
        *,
        routing: RoutingService,
        appointments: Appointments,
        links: AppointmentLinks,
        ways: WayProcessors,
        settling: Settling,
        clock: Clock,
    ) -> None:
        """`settling`: says what money means for its appointment."""
        self._routing = routing
        self._appointments = appointments
        self._links = links
        self._ways = ways
        self._settling = settling
        self._clock = clock

    async def begin(
        self,
        tx: Transaction,
        appointment_id: int,
        *,
        choice: str | None,
        asked_by: str,
        scope: int | None,
        language: str | None = None,
    ) -> Begun:
        """The page that is open, the try that nobody goes on with, or a new one by a new decision.

        language: of the customer, where it is the customer who pays
        scope: the provider of whoever may see the own ones only
        Raises UnknownAppointment, AppointmentNotOpen or TakingUnderWay.
        """
        appointment = await appointments_store.get_locked(tx, appointment_id)
        if appointment is None or scope not in {None, appointment.provider_id}:
            raise UnknownAppointment
        if language is not None:
            await self._appointments.speaks(tx, appointment_id, language)
        if appointment.state is not AppointmentState.BOOKED:
            raise AppointmentNotOpen(extra={"state": appointment.state.value})
        live, now = await store.live(tx, appointment_id), self._clock.now()
        if live is None:
            return await self._anew(tx, appointment, choice, asked_by)
        if live.state is TakingState.PAID:
            raise AppointmentNotOpen(extra={"state": live.state.value})
        if live.serves(choice, now):
            return Begun(attempt=live)
        # Anybody may close a page that is open; what is being asked for is somebody's.
        if live.state is not TakingState.OPEN and not await store.claim(
            tx, live.attempt_id, now=now, until=now + LEASE
        ):
            raise TakingUnderWay(headers={"Retry-After": "3"})
        return Begun(attempt=live)

    async def opened(self, tx: Transaction, attempt: WayAttempt, page: ExternalPage) -> bool:
        """Its page is there; False when nobody may be sent there any more."""
        await self._lock(tx, attempt)
        written = await store.opened(
            tx, attempt.attempt_id, page_id=page.page_id, page_url=page.url, due_in=look_again_after(0)
        )
        if written:
            await self._note(tx, attempt, Step.OPENED)
        return written

    async def unanswered(self, tx: Transaction, attempt: WayAttempt, *, reason: str) -> None:
        """Its processor may have opened a page: nobody else is asked until that one is closed."""
        if await self._unsettled(tx, attempt):
            await store.move(tx, attempt.attempt_id, TakingState.UNSURE, reason=reason, due_in=LEASE)
            await self._note(tx, attempt, Step.UNANSWERED, reason)

    async def failed(
        self, tx: Transaction, attempt: WayAttempt, step: Step, *, reason: str, onward: bool
    ) -> WayAttempt | None:
        """Nobody was charged, nor can be: the try of the next way, where one is left and somebody waits (`onward`)."""
        if not await self._unsettled(tx, attempt):
            return None
        await store.move(tx, attempt.attempt_id, TakingState.FAILED, reason=reason)
        await self._note(tx, attempt, step, reason)
        appointment = await appointments_store.get_locked(tx, attempt.appointment_id)
        decision = await routing_store.get(tx, attempt.decision_id)
        if not onward or appointment is None or decision is None or appointment.state is not AppointmentState.BOOKED:
            return None
        place = attempt.place + 1
        return await self._add(tx, appointment, decision, place) if place < len(decision.routed.ways) else None

    async def closed(self, tx: Transaction, attempt: WayAttempt) -> None:
        """Its page is closed, and was not paid."""
        if await self._unsettled(tx, attempt):
            await store.move(tx, attempt.attempt_id, TakingState.CLOSED, reason=None)
            await self._note(tx, attempt, Step.CLOSED)

    async def look_again(self, tx: Transaction, attempt: WayAttempt) -> None:
        """It is as it was: somebody looks again, later each time."""
        await store.look_again(tx, attempt.attempt_id, due_in=look_again_after(attempt.tries))

    async def subjects(self, tx: Transaction, keys: Sequence[str]) -> Mapping[str, PaidSubject]:
        """Which appointments payments with these keys pay; what is not ours is left out."""
        named = {key: found for key in keys if (found := named_by(key))}
        tries = await store.appointments_of(tx, [each.attempt_id for each in named.values()])
        lost = [each.appointment_id for each in named.values() if each.appointment_id is not None]
        known = await appointments_store.those_known(tx, lost)
        paid = {
            key: tries.get(each.attempt_id, each.appointment_id if each.appointment_id in known else None)
            for key, each in named.items()
        }
        return {key: PaidSubject(appointment_id=number) for key, number in paid.items() if number is not None}

    async def paid(self, tx: Transaction, transaction: ExternalTransaction, payment: ExternalPayment) -> None:
        """The money of a payment of ours is there, as somebody has told the ledger of transactions."""
        named = named_by(payment.key)
        attempt = await store.get(tx, named.attempt_id) if named else None
        if attempt is not None:
            await self.taken(tx, attempt, payment)
        elif named is not None and transaction.appointment_id is not None:
            await self._settling.without_try(tx, transaction, payment)

    async def refunded(self, tx: Transaction, transaction: ExternalTransaction) -> None:
        """An appointment that was paid stays so; its refunds say what went back."""

    async def taken(self, tx: Transaction, attempt: WayAttempt, payment: ExternalPayment) -> None:
        """Its buyer was charged, whoever tells of it, and however often: the appointment is paid, once."""
        appointment = await self._lock(tx, attempt)
        found = await store.get_locked(tx, attempt.attempt_id)
        if appointment is None or found is None or found.payment_id is not None:
            return
        live = await store.live(tx, attempt.appointment_id)
        surplus = appointment.state is AppointmentState.PAID or (found.state not in LIVE and live is not None)
        await store.paid(
            tx,
            attempt.attempt_id,
            TakingState.SURPLUS if surplus else TakingState.PAID,
            payment_id=payment.payment_id,
            fee=payment.fee,
            paid_at=payment.created_at,
        )
        same = is_price(appointment, payment)
        await self._note(tx, attempt, Step.SURPLUS if surplus else Step.PAID if same else Step.MISMATCHED)
        await self._settling.settle(tx, appointment, found.way, payment, surplus=surplus)

    async def _anew(self, tx: Transaction, appointment: Appointment, choice: str | None, asked_by: str) -> Begun:
        question = RoutingQuestion.about(appointment, choice=choice)
        decision = await self._routing.keep(tx, appointment.provider_id, question, asked_by=asked_by)
        attempt = await self._add(tx, appointment, decision, 0) if decision.routed.way else None
        return Begun(attempt=attempt, decision=decision)

    async def _add(self, tx: Transaction, appointment: Appointment, decision: KeptDecision, place: int) -> WayAttempt:
        """Before the call, so that somebody goes on with it when this process dies."""
        now, attempt_id, way = self._clock.now(), uuid7(), decision.routed.ways[place]
        commission = decision.fees.commission if await self._keeps_commission(tx, way) else 0
        provider = await providers_store.get(tx, appointment.provider_id)
        page = self._links.page(appointment.appointment_id)
        attempt = WayAttempt(
            attempt_id=attempt_id,
            decision_id=decision.decision_id,
            place=place,
            way=way,
            appointment_id=appointment.appointment_id,
            provider_id=appointment.provider_id,
            amount=decision.amount,
            currency=decision.currency,
            commission=commission,
            wish=PaymentWish(
                key=key_of(appointment.appointment_id, attempt_id),
                amount=decision.amount,
                currency=decision.currency,
                commission=commission,
                title=gettext("Appointment with %(name)s", name=provider.name if provider else ""),
                email=appointment.customer_email,
                success_url=self._links.page(appointment.appointment_id, paid="1"),
                cancel_url=page,
            ),
            state=TakingState.CREATING,
            created_at=now,
        )
        await store.add(tx, attempt, due_at=now + LEASE)
        await self._note(tx, attempt, Step.ASKED)
        return attempt

    async def _keeps_commission(self, tx: Transaction, way: Way) -> bool:
        try:
            return (await self._ways.reach(tx, way)).keeps_commission
        except ConnectionNotReadable:
            return False

    async def _unsettled(self, tx: Transaction, attempt: WayAttempt) -> bool:
        """Whether nobody has ended it meanwhile; it is locked then."""
        await self._lock(tx, attempt)
        found = await store.get_locked(tx, attempt.attempt_id)
        return found is not None and found.state in UNSETTLED

    @staticmethod
    async def _lock(tx: Transaction, attempt: WayAttempt) -> Appointment | None:
        return await appointments_store.get_locked(tx, attempt.appointment_id)

    async def _note(self, tx: Transaction, attempt: WayAttempt, step: Step, reason: str | None = None) -> None:
        await self._routing.note(tx, attempt.decision_id, attempt.way, step.value, place=attempt.place, reason=reason)
