"""Customers find what they have: a link goes to the address, and whoever has it sees it for a while (W-1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from pydantic import SecretStr

from chassis.clock import Clock
from chassis.database import Reader, Transaction
from chassis.emails import email_key
from chassis.links import SignedIds
from chassis.telemetry import get_logger
from checkout.customers import store
from checkout.customers.domain import ASKED_EVERY, LINK_LIFE, MOST_SHOWN, PURCHASES, Belongings
from checkout.orders import list_store
from checkout.orders.list_store import OrderFilters
from checkout.orders.states import SETTLED
from eventbus import Outbox
from events import CustomerPurchasesRequested
from languages import current

log = get_logger()

PAGE: Final = "/find-my-purchase"
_PURPOSE: Final = b"fullhouse checkout purchases link 1"


class Customers:
    """`secrets` sign the links, the first of them, and all are believed."""

    def __init__(self, *, secrets: Sequence[SecretStr], outbox: Outbox, public_url: str, clock: Clock) -> None:
        self._ids = SignedIds(secrets, _PURPOSE)
        self._outbox = outbox
        self._public_url = public_url
        self._clock = clock

    async def ask(self, tx: Transaction, email: str) -> None:
        """Has the link sent to an address that has something, now and then; who asks never hears whether."""
        customer = await store.note_asked(tx, email, every=ASKED_EVERY)
        if customer is None:
            return
        now = self._clock.now()
        ends = now + LINK_LIFE
        token = self._ids.token(customer.customer_id, ends=ends)
        await self._outbox.publish(
            tx,
            CustomerPurchasesRequested(
                customer_id=customer.customer_id,
                email=customer.email,
                first_name=customer.first_name,
                link=f"{self._public_url}{PAGE}?{urlencode({'token': token})}",
                ends_at=ends,
                language=current().tag,
                occurred_at=now,
            ),
        )
        log.info("purchases_requested", customer_id=str(customer.customer_id))

    async def belongings(self, reader: Reader, token: str) -> Belongings | None:
        """What the address of a link has; None for a link that is not ours or has ended."""
        customer_id = self._ids.id_of(token, now=self._clock.now())
        email = await store.email_of(reader, customer_id) if customer_id else None
        if email is None:
            return None
        found = await list_store.find(reader, OrderFilters(email=email), before=None, limit=MOST_SHOWN)
        given = await list_store.with_tickets_of(reader, email, SETTLED, limit=MOST_SHOWN)
        return Belongings(
            bought=[order for order in found if order.state in PURCHASES],
            held=[
                (order, holder)
                for order in given
                for holder in order.holders
                if email_key(holder.person.email) == email
            ],
        )
