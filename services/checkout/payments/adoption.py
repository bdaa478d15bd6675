"""Paid sessions without an order of ours become orders (C-4): an earlier system's, or those a restore has lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.ids import short_number
from checkout.catalogue.domain import price_of
from checkout.catalogue.memory import CatalogueMemory
from checkout.orders.domain import Order
from checkout.orders.making import line_of_seats, order_of_line
from checkout.orders.service import OrderService
from checkout.payments.domain import Session, adopted_order_id, amount_text
from checkout.payments.errors import AmountMismatch, SessionUnknown
from events import OrderCustomer, OrderSource

_OTHER_BUSINESS = "individual"
# As the shop's own form takes it.
_LONGEST_NAME = 100


class Adoption:
    """Makes the order that a paid session's metadata describes, when the catalogue asks the same money for it."""

    def __init__(
        self, *, memory: CatalogueMemory, orders: OrderService, live_mode: bool, language: str, clock: Clock
    ) -> None:
        self._memory = memory
        self._orders = orders
        self._live_mode = live_mode
        self._language = language
        self._clock = clock

    async def adopt(self, tx: Transaction, session: Session) -> Order:
        """Of a paid session with our metadata. Raises SessionUnknown or AmountMismatch."""
        order = self._described(session)
        return await self._orders.place(tx, order)

    def _described(self, session: Session) -> Order:
        city_id, tier = session.metadata.get("cityId", ""), session.metadata.get("ticketType", "").lower()
        city, quantity = self._memory.current.cities.get(city_id), _quantity(session)
        if city is None or tier not in city.tiers or quantity is None or not session.email:
            raise SessionUnknown("Its metadata names no city, tier, quantity or customer of ours")
        member = self._member(session, city_id, tier, quantity)
        price = price_of(city.tiers[tier], quantity=quantity, member=member, code=None)
        now = self._clock.now()
        first, _, last = (session.name or "").partition(" ")
        customer = OrderCustomer(
            first_name=first[:_LONGEST_NAME],
            last_name=last[:_LONGEST_NAME],
            email=session.email,
            phone=session.phone,
            language=self._language,
        )
        order = order_of_line(
            session.order_id or adopted_order_id(session.session_id),
            number=short_number(),
            line=line_of_seats(1, city_id=city_id, tier=tier, price=price),
            price=price,
            customer=customer,
            member=member,
            business_type=_OTHER_BUSINESS,
            processor=session.processor,
            source=OrderSource.REPAIRED,
            live_mode=self._live_mode,
            placed_at=now,
            promised_until=now,
            hard_until=now - timedelta(seconds=1),
        )
        return replace(order, country=session.country, region=session.region)

    def _member(self, session: Session, city_id: str, tier: str, quantity: int) -> bool:
        """Whose price was paid; raises AmountMismatch when it is nobody's."""
        asked = self._memory.current.cities[city_id].tiers[tier]
        for member in (False, True):
            price = price_of(asked, quantity=quantity, member=member, code=None)
            if (price.amount, price.currency) == (session.amount, session.currency):
                return member
        raise AmountMismatch(f"{amount_text(session.amount, session.currency)} is not the catalogue's price")


def _quantity(session: Session) -> int | None:
    text = session.metadata.get("quantity", "")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= 1000 else None
