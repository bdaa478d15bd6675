"""Who takes the payment of an order of what a provider sells, and who takes it instead (P-3).

The decision is made in the transaction that places the order. Its ways are taken one after the other, each by an
attempt of its own, and the next one only where the one before has provably charged nobody.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Final
from uuid import UUID

from chassis.database import Reader, Transaction
from chassis.errors import InvalidRequest
from chassis.ids import uuid7
from chassis.telemetry import get_logger
from checkout.catalogue.domain import Price
from checkout.connections.errors import ConnectionNotReadable
from checkout.orders.domain import Order
from checkout.payments.domain import Attempt, AttemptState
from checkout.payments.processors.port import Processor, Sale
from checkout.processors.domain import PaymentWish
from checkout.providers.domain import PLATFORM
from checkout.providers.errors import UnknownProvider
from checkout.purchases import way_store
from checkout.purchases.offers import Offer
from checkout.routing import store as routing_store
from checkout.routing.domain import Decision, KeptDecision, PaymentOption, RoutingQuestion, Way
from checkout.routing.reaching import WayProcessors
from checkout.routing.service import RoutingService
from checkout.takings.domain import Step
from languages import gettext

log = get_logger()

_BUYER: Final = "buyer"


class OrderWays:
    """The ways of orders. Each takes the transaction."""

    def __init__(self, *, routing: RoutingService, reach: WayProcessors, own: Processor) -> None:
        """`own`: our account, where the platform takes a payment."""
        self._routing = routing
        self._reach = reach
        self._own = own

    async def check_choice(self, reader: Reader, offer: Offer, choice: str | None) -> None:
        """Raises InvalidRequest for a way that the buyer can't take now."""
        if choice is None:
            return
        found = await self.offered(reader, offer.provider_id, offer.quote.price)
        names = [PLATFORM] if found is None else [each.way.name for each in found if each.cause is None]
        if choice not in names:
            raise InvalidRequest(
                fields={"paymentOption": gettext("This way to pay is not possible now. Choose another one.")}
            )

    async def offered(self, reader: Reader, provider_id: int | None, price: Price) -> Sequence[PaymentOption] | None:
        """By which ways a price can be paid, the preferred first; None where the platform alone takes it."""
        if provider_id is None or not price.amount:
            return None
        question = RoutingQuestion(provider_id=provider_id, amount=price.amount, currency=price.currency)
        try:
            return await self._routing.choices(reader, question)
        except UnknownProvider:
            return None

    async def decide(
        self, tx: Transaction, order: Order, provider_id: int | None, *, choice: str | None
    ) -> KeptDecision | None:
        """Who takes its payment, kept; None for what the platform sells, or nobody knows the provider of."""
        if provider_id is None or not order.amount:
            return None
        question = RoutingQuestion(
            provider_id=provider_id,
            order_id=order.order_id,
            amount=order.amount,
            currency=order.currency,
            choice=choice,
        )
        try:
            return await self._routing.keep(tx, provider_id, question, asked_by=_BUYER)
        except UnknownProvider:
            log.warning("provider_unknown", provider=provider_id, order_id=str(order.order_id))
            return None

    async def begin(self, tx: Transaction, attempt: Attempt, sale: Sale, decision: KeptDecision) -> Attempt:
        """The attempt as one at the first way of the decision, which is kept with the order."""
        await way_store.add(tx, attempt.order_id, decision.decision_id, sale)
        first = await self._at(tx, attempt, sale, decision, 0)
        await self.note(tx, first, Step.ASKED)
        return first

    async def following(self, tx: Transaction, attempt: Attempt) -> Attempt | None:
        """An attempt at the next way; None where it was the last one."""
        kept = await way_store.get(tx, attempt.order_id)
        decision = await routing_store.get(tx, kept[0]) if kept else None
        place = (attempt.place or 0) + 1
        if kept is None or decision is None or place >= len(decision.routed.ways):
            return None
        return await self._at(tx, attempt, kept[1], decision, place)

    async def note(self, tx: Transaction, attempt: Attempt, step: Step, reason: str | None = None) -> None:
        """Keeps with the decision what was done about the attempt's way."""
        kept = await way_store.get(tx, attempt.order_id) if attempt.place is not None else None
        if kept is not None:
            await self._routing.note(tx, kept[0], way_of(attempt), step.value, place=attempt.place or 0, reason=reason)

    async def _at(self, tx: Transaction, attempt: Attempt, sale: Sale, decision: KeptDecision, place: int) -> Attempt:
        way, attempt_id = decision.routed.ways[place], uuid7()
        if way.connection_id is None:
            key, parameters = f"fullhouse-{attempt_id}", self._own.call_for(sale)
        else:
            key = key_of(attempt.order_id, place)
            wish = _wish(sale, key, attempt, await self._kept_back(tx, way, decision))
            parameters = json.dumps(asdict(wish))
        return replace(
            attempt,
            attempt_id=attempt_id,
            processor=way.processor,
            idempotency_key=key,
            parameters=parameters,
            state=AttemptState.CREATING,
            session_id=None,
            session_url=None,
            tries=0,
            connection_id=way.connection_id,
            place=place,
        )

    async def _kept_back(self, tx: Transaction, way: Way, decision: KeptDecision) -> int:
        """What of it the processor keeps back for us, minor units."""
        try:
            reached = await self._reach.reach(tx, way)
        except ConnectionNotReadable:
            return 0
        return decision.fees.commission if reached.keeps_commission else 0


def way_of(attempt: Attempt) -> Way:
    """Who takes its money."""
    taker = Decision.PLATFORM if attempt.connection_id is None else Decision.EXTERNAL
    return Way(decision=taker, processor=attempt.processor, connection_id=attempt.connection_id)


def key_of(order_id: UUID, place: int) -> str:
    """What tells the order's payment at a way in every list of its processor; a restored database knows no more."""
    return f"{order_id}-{place}"


def order_of_key(key: str) -> UUID | None:
    """The order of such a key; None for a key that is none of ours."""
    with suppress(ValueError):
        return UUID(key.rpartition("-")[0])
    return None


def _wish(sale: Sale, key: str, attempt: Attempt, commission: int) -> PaymentWish:
    title = sale.title if sale.quantity == 1 else f"{sale.quantity} × {sale.title}"
    return PaymentWish(
        key=key,
        amount=attempt.amount,
        currency=attempt.currency,
        commission=commission,
        title=title,
        email=sale.email,
        success_url=sale.success_url,
        cancel_url=sale.cancel_url,
    )
