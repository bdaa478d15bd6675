"""Opens payment pages in the order in which buyers come: at once while few wait, else in the background.

A turn at the processor is taken when the seats are held, and not before: whoever finds none costs nobody a turn. Of
many who come at once each has one of its own: nobody is let in on the strength of a line that was short a moment ago.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from chassis.cancelling import cancel
from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import Condition
from chassis.telemetry import get_logger
from checkout.catalogue.memory import CatalogueMemory
from checkout.orders.domain import Order
from checkout.orders.tokens import OrderTokens
from checkout.payments.domain import Attempt
from checkout.payments.processors.port import (
    Processor,
    ProcessorBusy,
    ProcessorFailure,
    ProcessorUncertain,
    Turn,
)
from checkout.purchases import request_store
from checkout.purchases.domain import PaymentPage, PlaceInLine
from checkout.purchases.errors import PaymentProcessingFailed, PaymentProviderBusy
from checkout.purchases.placing import Durations
from checkout.purchases.sessions import PaymentPages, page_failure

log = get_logger()

LONG_WAIT: Final = timedelta(seconds=5)


class Turns:
    """The way from an order to its payment page."""

    def __init__(
        self,
        *,
        database: Database,
        memory: CatalogueMemory,
        processor: Processor,
        pages: PaymentPages,
        tokens: OrderTokens,
        durations: Durations,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._database = database
        self._memory = memory
        self._processor = processor
        self._pages = pages
        self._tokens = tokens
        self._durations = durations
        self._public_url = public_url
        self._clock = clock
        self._standing: set[asyncio.Task[None]] = set()

    def longest(self) -> timedelta:
        """How long a buyer who is let in now waits at most.

        Raises PaymentProviderBusy: nobody is let in whose turn would come when half of the promised time is over.
        """
        wait, longest = self._processor.queue(), self._memory.current.terms.hold / 2
        if wait > longest:
            raise PaymentProviderBusy(headers={"Retry-After": str(int(wait.total_seconds()))})
        return longest

    def take(self) -> Turn:
        """The next turn, for a buyer whose seats are held."""
        return self._processor.take_turn()

    async def open(self, order: Order, attempt: Attempt, turn: Turn) -> PaymentPage | PlaceInLine:
        """The payment page, or the place in line when its turn comes late. Raises the Conditions of C-13."""
        if turn.wait <= LONG_WAIT:
            return await self._open(order, attempt, turn, deadline=self._durations.deadline)
        return self._stand_in_line(order, attempt, turn)

    def place_of(self, order: Order) -> PlaceInLine:
        """By its own turn, not by how many stand behind it meanwhile."""
        token = self._tokens.token(order)
        turn = order.hard_until - self._durations.hard_hold
        return PlaceInLine(
            order_id=order.order_id,
            position=self._processor.place(turn - self._clock.now()),
            status_url=f"{self._public_url}/api/orders/{order.order_id}/checkout?token={token}",
            hold_expires_at=order.promised_until,
            order_token=token,
        )

    async def stop(self) -> None:
        """Turns that have not come are left to the sweeper."""
        await asyncio.gather(*map(cancel, tuple(self._standing)))

    async def _open(self, order: Order, attempt: Attempt, turn: Turn, *, deadline: timedelta) -> PaymentPage:
        """The payment page; what the processor's failures mean for the buyer (C-1, C-13)."""
        try:
            page = await self._pages.open(attempt, order, deadline=deadline, turn=turn)
        except ProcessorUncertain as failure:
            await self._pages.leave_to_sweeper(attempt)
            raise PaymentProviderBusy(headers={"Retry-After": "5"}) from failure
        except ProcessorFailure as failure:
            await self._pages.give_up(attempt, cause=page_failure(failure))
            _, opened = await request_store.answer_of(self._database, order.order_id)
            if opened is not None:
                return opened  # the sweeper's call came through
            log.error("payment_processing_failed", order_id=str(order.order_id), reason=str(failure))  # noqa: TRY400
            if isinstance(failure, ProcessorBusy):
                raise PaymentProviderBusy(headers={"Retry-After": "10"}) from failure
            raise PaymentProcessingFailed(headers={"Retry-After": "5"}) from failure
        if page is None:
            raise PaymentProcessingFailed(headers={"Retry-After": "1"})
        return page

    def _stand_in_line(self, order: Order, attempt: Attempt, turn: Turn) -> PlaceInLine:
        """The turn is waited for in the background; what becomes of it is in the rows, where statusUrl reads."""

        async def wait() -> None:
            try:
                await self._open(order, attempt, turn, deadline=turn.wait + self._durations.deadline)
            except Condition:
                return

        standing = asyncio.create_task(wait())
        self._standing.add(standing)
        standing.add_done_callback(self._standing.discard)
        return self.place_of(order)
