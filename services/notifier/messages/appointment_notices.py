"""Queues what the customers of appointments are told of their money."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chassis.database import Transaction
from config import MessageKind
from eventbus import Received
from events import AppointmentDetails, Channel, PaymentAppointmentPaid, PaymentWayRefund, WayRefundOutcome
from notifier.deliveries.notices import Notice
from notifier.deliveries.service import Deliveries
from notifier.messages.appointments import AppointmentFacts
from notifier.messages.rules import MessageRules


class AppointmentAnnouncements:
    """Each method takes the fresh events of a batch; a repeated one queues nothing twice.

    Events of an older release have no details of the appointment: nobody is written to.
    """

    def __init__(self, deliveries: Deliveries, rules: Callable[[], MessageRules]) -> None:
        self._deliveries = deliveries
        self._rules = rules

    async def paid(self, tx: Transaction, batch: Sequence[Received[PaymentAppointmentPaid]]) -> None:
        """The customer gets a receipt, one for an appointment."""
        notices = [
            self._notice(MessageKind.APPOINTMENT_PAID, each, facts, occasion=f"appointment/{facts.appointment_id}")
            for each in batch
            if (facts := _facts(each.event, each.event.appointment_id, each.event.details))
        ]
        await self._deliveries.queue(tx, notices)

    async def refunded(self, tx: Transaction, batch: Sequence[Received[PaymentWayRefund]]) -> None:
        """The customer hears of money that went back; of what was refused, people decide first."""
        notices = [
            self._notice(
                MessageKind.APPOINTMENT_REFUND,
                each,
                facts.model_copy(update={"surplus": each.event.surplus}),
                occasion=str(each.event.refund_id),
            )
            for each in batch
            if each.event.outcome == WayRefundOutcome.REFUNDED
            and (facts := _facts(each.event, each.event.appointment_id, each.event.details))
        ]
        await self._deliveries.queue(tx, notices)

    def _notice(
        self,
        kind: MessageKind,
        cause: Received[PaymentAppointmentPaid] | Received[PaymentWayRefund],
        facts: AppointmentFacts,
        *,
        occasion: str,
    ) -> Notice:
        rules = self._rules()
        return Notice(
            policy=rules.policy(kind),
            channel=Channel.EMAIL,
            recipients=rules.recipients(kind, Channel.EMAIL, customer=facts.customer.email),
            content=facts.model_dump(mode="json", by_alias=True),
            occasion=occasion,
            cause=cause.event_id,
            traceparent=cause.envelope.traceparent,
        )


def _facts(
    event: PaymentAppointmentPaid | PaymentWayRefund, appointment_id: int | None, details: AppointmentDetails | None
) -> AppointmentFacts | None:
    if appointment_id is None or details is None:
        return None
    return AppointmentFacts(
        appointment_id=appointment_id,
        customer=details,
        processor=event.processor,
        amount=event.amount,
        currency=event.currency,
        at=event.occurred_at,
    )
