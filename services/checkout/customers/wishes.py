"""A buyer's change of an order's name or address: the address that it has agrees, and a new one confirms (C-6).

Whoever has only the link to an order takes it nowhere, and who mistypes an address loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from pydantic import SecretStr

from chassis.clock import Clock
from chassis.database import Reader, Transaction
from chassis.errors import RateLimited
from chassis.ids import uuid7
from chassis.links import SignedIds
from chassis.telemetry import get_logger
from checkout.customers import change_store
from checkout.customers.domain import (
    BY_THE_BUYER,
    CHANGE_LIFE,
    ChangeWish,
    CustomerChange,
    changed_customer,
    wait_for_change,
    wished,
)
from checkout.customers.errors import ChangeEnded
from checkout.orders import store
from checkout.orders.corrections import Corrections
from checkout.orders.domain import Order
from checkout.orders.service import locked
from eventbus import Outbox
from events import ChangeStep, CustomerChangeAsked
from languages import current

log = get_logger()

CHANGE_PAGE: Final = "/change/link"
_PURPOSES: Final = {step: f"fullhouse checkout change {step} 1".encode() for step in ChangeStep}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenChange:
    """A link that was followed.

    wish: what is wanted
    order: the order as it stands
    step: what the link is for
    """

    wish: ChangeWish
    order: Order
    step: ChangeStep

    @property
    def ends(self) -> bool:
        """Whether the order is changed by this step; else the new address is asked next."""
        return self.step is ChangeStep.CONFIRM or not self.wish.elsewhere


class ChangeWishes:
    """`secrets` sign the links, the first of them, and all are believed."""

    def __init__(
        self, *, corrections: Corrections, secrets: Sequence[SecretStr], outbox: Outbox, public_url: str, clock: Clock
    ) -> None:
        self._corrections = corrections
        self._ids = {step: SignedIds(secrets, purpose) for step, purpose in _PURPOSES.items()}
        self._outbox = outbox
        self._public_url = public_url
        self._clock = clock

    async def ask(self, tx: Transaction, order_id: UUID, change: CustomerChange) -> None:
        """Asks the address that the order has.

        Raises UnknownOrder, CustomerNotChangeable, NothingToChange or RateLimited.
        """
        order, now = await locked(tx, order_id), self._clock.now()
        customer = wished(order, change)
        wait = wait_for_change(await change_store.asked(tx, order_id), now)
        if wait > timedelta(0):
            raise RateLimited.until(wait)
        wish = ChangeWish(
            change_id=uuid7(),
            order_id=order_id,
            first_name=customer.first_name,
            last_name=customer.last_name,
            email=customer.email,
            previous_email=order.customer.email,
            asked_at=now,
        )
        await change_store.insert(tx, wish, forget=CHANGE_LIFE)
        await self._send(tx, wish, order, ChangeStep.AGREE)

    async def look(self, reader: Reader, token: str) -> OpenChange:
        """What a link is about. Raises ChangeEnded for one that leads nowhere any more."""
        change_id, step = self._read(token)
        wish = await change_store.get(reader, change_id)
        order = await store.get(reader, wish.order_id) if wish else None
        if wish is None or order is None or not wish.stands(order, step):
            raise ChangeEnded
        return OpenChange(wish=wish, order=order, step=step)

    async def go_on(self, tx: Transaction, token: str) -> OpenChange:
        """Agrees or confirms; the order is as it has become. Who agrees twice is not written to twice.

        Raises ChangeEnded.
        """
        seen = await self.look(tx, token)
        order = await locked(tx, seen.wish.order_id)
        opened = await self.look(tx, token)
        if opened.ends:
            return replace(opened, order=await self._change(tx, opened.wish, order))
        if opened.wish.agreed_at is None:
            await change_store.agreed(tx, opened.wish.change_id, self._clock.now())
            await self._send(tx, opened.wish, order, ChangeStep.CONFIRM)
        return opened

    async def _change(self, tx: Transaction, wish: ChangeWish, order: Order) -> Order:
        await change_store.done(tx, wish.change_id, self._clock.now())
        customer = changed_customer(order, wish.change)
        changed = await self._corrections.change_customer(tx, order, BY_THE_BUYER, customer=customer)
        log.info("customer_changed", order_id=str(order.order_id))
        return changed

    async def _send(self, tx: Transaction, wish: ChangeWish, order: Order, step: ChangeStep) -> None:
        now = self._clock.now()
        token = self._ids[step].token(wish.change_id, ends=now + CHANGE_LIFE)
        asked = {
            ChangeStep.AGREE: (order.customer.email, order.customer.first_name),
            ChangeStep.CONFIRM: (wish.email, wish.first_name),
        }
        email, first_name = asked[step]
        await self._outbox.publish(
            tx,
            CustomerChangeAsked(
                change_id=wish.change_id,
                order_id=order.order_id,
                number=order.number,
                step=step.value,
                email=email,
                first_name=first_name,
                new_name=f"{wish.first_name} {wish.last_name}",
                new_email=wish.email,
                link=f"{self._public_url}{CHANGE_PAGE}?{urlencode({'token': token})}",
                ends_at=now + CHANGE_LIFE,
                language=current().tag,
                occurred_at=now,
            ),
        )
        log.info("customer_change_asked", order_id=str(order.order_id), step=step.value)

    def _read(self, token: str) -> tuple[UUID, ChangeStep]:
        now = self._clock.now()
        for step, ids in self._ids.items():
            if (change_id := ids.id_of(token, now=now)) is not None:
                return change_id, step
        raise ChangeEnded
