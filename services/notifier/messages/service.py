"""Decides which message to whom follows from an order's events, and queues it (N-1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from chassis.database import Transaction
from chassis.emails import email_key
from chassis.errors import Retry
from config import MessageKind
from eventbus import Received
from events import (
    Channel,
    CustomerChangeAsked,
    CustomerPurchasesRequested,
    OfferEnd,
    OrderCustomerChanged,
    OrderPaid,
    OrderPaymentFailed,
    OrderRefunded,
    OrderTicketsTransferred,
    OversoldResolution,
    Part,
    PassEnding,
    PassGranted,
    PaymentSecondCharge,
    SecondChargeOutcome,
    StockOversoldResolved,
    WaitlistEvent,
    WaitlistJoined,
    WaitlistOffered,
    WaitlistOfferEnded,
)
from notifier.deliveries.notices import Notice
from notifier.deliveries.service import Deliveries
from notifier.messages import store
from notifier.messages.appointment_notices import AppointmentAnnouncements
from notifier.messages.changes import ChangeFacts
from notifier.messages.domain import CONFIRMATION, ConfirmationFacts, Reissue, SaleFacts
from notifier.messages.holder_notices import HolderAnnouncements
from notifier.messages.letters import (
    AddressLeftFacts,
    Facts,
    PassOrder,
    PaymentFailedFacts,
    RefundFacts,
    SecondChargeFacts,
)
from notifier.messages.passes import PassFacts
from notifier.messages.purchases import PurchasesFacts
from notifier.messages.rules import REISSUED, MessageRules
from notifier.messages.waiting import WaitingFacts

E = TypeVar("E", bound=Reissue | OrderTicketsTransferred | PaymentSecondCharge | StockOversoldResolved)


class Announcements:
    """Each method takes the fresh events of a batch; a repeated one queues nothing twice.

    `rules` is asked each time: configuration may be reloaded. `appointments`: the same of payments of these.
    """

    def __init__(self, deliveries: Deliveries, rules: Callable[[], MessageRules]) -> None:
        self._deliveries = deliveries
        self._rules = rules
        self.appointments = AppointmentAnnouncements(deliveries, rules)
        self._holders = HolderAnnouncements(deliveries, rules)

    async def sold(self, tx: Transaction, batch: Sequence[Received[OrderPaid]]) -> None:
        """The owners hear of a sale."""
        rules = self._rules()
        policy = rules.policy(MessageKind.SALE)
        notices = [
            Notice(
                policy=policy,
                channel=Channel.SMS,
                recipients=rules.recipients(MessageKind.SALE, Channel.SMS, customer=received.event.customer.phone),
                content=_json(SaleFacts.of(received.event)),
                order_id=received.event.order_id,
                cause=received.event_id,
                traceparent=received.envelope.traceparent,
            )
            for received in batch
        ]
        await self._deliveries.queue(tx, notices)

    async def confirmed(self, tx: Transaction, batch: Sequence[Received[OrderPaid]]) -> None:
        """The buyer gets the tickets; without a living hold only after stock has said that there are seats."""
        seated = [received for received in batch if received.event.seats]
        doubtful = [received.event.order_id for received in seated if not received.event.hold_alive]
        said = await store.expect_outcomes(tx, doubtful) if doubtful else {}
        await self._deliveries.queue(tx, [self._confirmation(received, said) for received in seated])

    async def pass_granted(self, tx: Transaction, batch: Sequence[Received[PassGranted]]) -> None:
        """The buyer of a pass gets the link to it: the confirmation of an order that has no seats."""
        await self._tell_of_passes(tx, MessageKind.PASS_GRANTED, batch)

    async def pass_ending(self, tx: Transaction, batch: Sequence[Received[PassEnding]]) -> None:
        """Whoever has entries left hears that they end."""
        await self._tell_of_passes(tx, MessageKind.PASS_ENDING, batch)

    async def _tell_of_passes(
        self, tx: Transaction, kind: MessageKind, batch: Sequence[Received[PassGranted] | Received[PassEnding]]
    ) -> None:
        """Each pass once, also when a restored database tells of it again."""
        rules = self._rules()
        notices = [
            Notice(
                policy=rules.policy(kind),
                channel=Channel.EMAIL,
                recipients=rules.recipients(kind, Channel.EMAIL, customer=each.event.customer.email),
                content=_json(PassFacts.of(each.event)),
                order_id=each.event.order_id,
                occasion="" if kind is MessageKind.PASS_GRANTED else str(each.event.pass_id),
                cause=each.event_id,
                traceparent=each.envelope.traceparent,
            )
            for each in batch
        ]
        await self._deliveries.queue(tx, notices)

    async def payment_failed(self, tx: Transaction, batch: Sequence[Received[OrderPaymentFailed]]) -> None:
        """The buyer hears that a delayed payment won't come."""
        await self._write(
            tx, MessageKind.PAYMENT_FAILED, [(each, PaymentFailedFacts(order=each.event)) for each in batch]
        )

    async def refunded(self, tx: Transaction, batch: Sequence[Received[OrderRefunded]]) -> None:
        """The buyer hears of money that goes back, and whoever was given a ticket that ends with it."""
        known = await store.paid_orders(tx, [each.event.order_id for each in batch])
        for each in batch:
            if each.event.order_id in known:
                order = ConfirmationFacts.model_validate(known[each.event.order_id]).order
                await self._holders.tell_ended(tx, each, order)
        letters = [
            (each, RefundFacts(order=each.event, oversold=known.get(each.event.order_id, {}).get("oversold", False)))
            for each in batch
        ]
        await self._write(tx, MessageKind.REFUND, letters)

    async def charged_twice(self, tx: Transaction, batch: Sequence[Received[PaymentSecondCharge]]) -> None:
        """The buyer hears of a second charge that was given back; of one that wasn't people must decide first.

        Raises Retry while the payment itself is not known here: that is read from another topic.
        """
        back = [each for each in batch if each.event.outcome == SecondChargeOutcome.REFUNDED]
        passes = await store.granted_passes(tx, [each.event.order_id for each in back])
        orders: list[tuple[Received[PaymentSecondCharge], OrderPaid | PassOrder]] = [
            (each, PassOrder.of(PassFacts.model_validate(passes[each.event.order_id]), each.event))
            for each in back
            if each.event.order_id in passes
        ]
        with_seats = [each for each in back if each.event.order_id not in passes]
        orders += [(each, paid.order) for each, paid in await _paid(tx, with_seats)]
        letters = [(each, SecondChargeFacts(order=order, amount=each.event.amount)) for each, order in orders]
        await self._write(tx, MessageKind.SECOND_CHARGE, letters)

    async def seat_found(self, tx: Transaction, batch: Sequence[Received[StockOversoldResolved]]) -> None:
        """Who paid and had no seat gets the tickets; of a move or a refund other events tell. Raises Retry as above."""
        found = [each for each in batch if each.event.cause == OversoldResolution.SEAT_FOUND]
        for each, paid in await _paid(tx, found):
            owed = each.event.still_oversold
            facts = ConfirmationFacts(order=paid.order, oversold=owed > 0, owed=owed)
            # After a restore inventory may tell of the same seat once more.
            occasion = f"{each.event.city_id}/{each.event.tier}/{owed}"
            await self._send_tickets(tx, MessageKind.SEAT_FOUND, each, facts, occasion=occasion)

    async def reissued(self, tx: Transaction, batch: Sequence[Received[Reissue]]) -> None:
        """Whoever has such a ticket gets it, the buyer with all others that are good.

        Raises Retry while the payment is not known here.
        """
        for each in batch:
            kind = REISSUED[type(each.event)]
            ((_, paid),) = await _paid(tx, [each])
            await self._holders.give(tx, each, paid.order)
            given = {holder.seat for holder in each.event.holders}
            if isinstance(each.event, OrderCustomerChanged) or any(it.seat not in given for it in each.event.tickets):
                await self._send_tickets(tx, kind, each, paid.reissued(each.event), occasion=str(each.event_id))

    async def transferred(self, tx: Transaction, batch: Sequence[Received[OrderTicketsTransferred]]) -> None:
        """Whom tickets were given to gets them, and whoever had them is told. Raises Retry as `reissued`."""
        for each, paid in await _paid(tx, batch):
            await self._holders.give(tx, each, paid.order)
            await self._holders.tell_left(tx, each, paid.order)

    async def customer_changed(self, tx: Transaction, batch: Sequence[Received[OrderCustomerChanged]]) -> None:
        """The tickets go to the order's new address, and the one that it had is told. Raises Retry as `reissued`."""
        await self.reissued(tx, batch)
        left = [each for each in batch if email_key(each.event.previous_email) != email_key(each.event.customer.email)]
        rules = self._rules()
        notices = [
            Notice(
                policy=rules.policy(MessageKind.ADDRESS_LEFT),
                channel=Channel.EMAIL,
                recipients=rules.recipients(
                    MessageKind.ADDRESS_LEFT, Channel.EMAIL, customer=received.event.previous_email
                ),
                content=_json(AddressLeftFacts(order=received.event)),
                order_id=received.event.order_id,
                occasion=str(received.event_id),
                cause=received.event_id,
                traceparent=received.envelope.traceparent,
            )
            for received in left
        ]
        await self._deliveries.queue(tx, notices)

    async def waits(self, tx: Transaction, batch: Sequence[Received[WaitlistJoined]]) -> None:
        """Whoever joins a waiting list gets the link to the place in line."""
        await self._tell_waiting(tx, MessageKind.WAITLIST_JOINED, batch)

    async def offered(self, tx: Transaction, batch: Sequence[Received[WaitlistOffered]]) -> None:
        """Whoever is next in line hears of the seats."""
        await self._tell_waiting(tx, MessageKind.WAITLIST_OFFERED, batch)

    async def offer_ended(self, tx: Transaction, batch: Sequence[Received[WaitlistOfferEnded]]) -> None:
        """Whoever let an offer pass hears of it; who took or left it knows, and who still waits hears of the next."""
        passed = [each for each in batch if each.event.cause == OfferEnd.EXPIRED]
        await self._tell_waiting(tx, MessageKind.WAITLIST_EXPIRED, passed)

    async def purchases(self, tx: Transaction, batch: Sequence[Received[CustomerPurchasesRequested]]) -> None:
        """Whoever looks for purchases gets the link to them, and nobody else."""
        facts = [(each, PurchasesFacts.of(each.event)) for each in batch]
        await self._tell(tx, MessageKind.PURCHASES, facts)

    async def change_asked(self, tx: Transaction, batch: Sequence[Received[CustomerChangeAsked]]) -> None:
        """Whoever must agree to a change of an order, or confirm its new address, gets the link to it."""
        for each in batch:
            facts = ChangeFacts.of(each.event)
            await self._tell(tx, MessageKind(facts.kind), [(each, facts)])

    async def _tell_waiting(self, tx: Transaction, kind: MessageKind, batch: Sequence[Received[WaitlistEvent]]) -> None:
        await self._tell(tx, kind, [(each, WaitingFacts.of(each.event)) for each in batch])

    async def _tell(
        self,
        tx: Transaction,
        kind: MessageKind,
        told: Sequence[tuple[Received[Any], WaitingFacts | PurchasesFacts | ChangeFacts]],
    ) -> None:
        """Messages that are about no order."""
        rules = self._rules()
        notices = [
            Notice(
                policy=rules.policy(kind),
                channel=Channel.EMAIL,
                recipients=rules.recipients(kind, Channel.EMAIL, customer=facts.email),
                content=_json(facts),
                occasion=str(received.event_id),
                cause=received.event_id,
                traceparent=received.envelope.traceparent,
            )
            for received, facts in told
        ]
        await self._deliveries.queue(tx, notices)

    async def _write(self, tx: Transaction, kind: MessageKind, letters: Sequence[tuple[Received[Any], Facts]]) -> None:
        rules = self._rules()
        notices = [
            Notice(
                policy=rules.policy(kind),
                channel=Channel.EMAIL,
                recipients=rules.recipients(kind, Channel.EMAIL, customer=facts.order.customer.email),
                content=_json(facts),
                order_id=facts.order.order_id,
                # An order may have several refunds.
                occasion=str(received.event_id),
                cause=received.event_id,
                traceparent=received.envelope.traceparent,
            )
            for received, facts in letters
        ]
        await self._deliveries.queue(tx, notices)

    async def _send_tickets(
        self, tx: Transaction, kind: MessageKind, cause: Received[Any], facts: ConfirmationFacts, *, occasion: str
    ) -> None:
        rules = self._rules()
        notice = Notice(
            policy=rules.policy(kind),
            channel=Channel.EMAIL,
            recipients=rules.recipients(kind, Channel.EMAIL, customer=facts.order.customer.email),
            content=_json(facts),
            order_id=facts.order.order_id,
            occasion=occasion,
            cause=cause.event_id,
            traceparent=cause.envelope.traceparent,
        )
        await self._deliveries.queue(tx, [notice])

    async def seated(self, tx: Transaction, outcomes: Mapping[UUID, str]) -> None:
        """Stock says of orders that they have their seats (`sold`), or that there are none (`oversold`)."""
        await store.note_outcomes(tx, outcomes)
        facts = {order_id: {"oversold": outcome == "oversold"} for order_id, outcome in outcomes.items()}
        await self._deliveries.release(tx, facts, kind=CONFIRMATION)

    def _confirmation(self, received: Received[OrderPaid], said: Mapping[UUID, str | None]) -> Notice:
        order, rules = received.event, self._rules()
        outcome = "sold" if order.hold_alive else said.get(order.order_id)
        return Notice(
            policy=rules.policy(MessageKind.CONFIRMATION),
            channel=Channel.EMAIL,
            recipients=rules.recipients(MessageKind.CONFIRMATION, Channel.EMAIL, customer=order.customer.email),
            content=_json(ConfirmationFacts(order=order, oversold=outcome == "oversold")),
            order_id=order.order_id,
            waits_for=None if outcome else "stock",
            cause=received.event_id,
            traceparent=received.envelope.traceparent,
        )


async def _paid(tx: Transaction, batch: Sequence[Received[E]]) -> list[tuple[Received[E], ConfirmationFacts]]:
    """Each with its order as it was told last. Raises Retry for one that is not known here yet."""
    orders = await store.paid_orders(tx, [each.event.order_id for each in batch])
    for each in batch:
        if each.event.order_id not in orders:
            raise Retry(f"order {each.event.order_id} is not known here yet")
    return [(each, ConfirmationFacts.model_validate(orders[each.event.order_id])) for each in batch]


def _json(facts: Part) -> dict[str, Any]:
    return facts.model_dump(mode="json", by_alias=True)
