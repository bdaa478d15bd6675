"""Paid sessions without an order of ours become orders (C-4): an earlier system's, or those a restore has lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Final

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.emails import email_key
from chassis.ids import parse_short_number, short_number
from checkout.catalogue import service as catalogue
from checkout.catalogue.codes import code_key
from checkout.catalogue.domain import DiscountCode, Price, price_of
from checkout.catalogue.memory import CatalogueMemory
from checkout.orders.domain import Order
from checkout.orders.making import line_of_pass, line_of_seats, order_of_line
from checkout.orders.service import OrderService
from checkout.payments.domain import Session, adopted_order_id, amount_text
from checkout.payments.errors import AmountMismatch, SessionUnknown
from events import CataloguePassChanged, CatalogueTier, OrderCustomer, OrderLine, OrderSource

_OTHER_BUSINESS = "individual"
# As the shop's own form takes it.
_LONGEST_NAME = 100
# Nobody waits longer for a payment page.
_LONGEST_LINE: Final = timedelta(hours=1)


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
        order = await self._orders.place(tx, self._described(session))
        if order.discount_code is not None:
            key = email_key(order.customer.email)
            await catalogue.take_again(tx, order.order_id, order.discount_code, email_key=key)
        return order

    def _described(self, session: Session) -> Order:
        sold, quantity = self._sold(session), _quantity(session)
        if sold is None or quantity is None or not session.email:
            raise SessionUnknown("Its metadata names no city, tier, quantity or customer of ours")
        member, code, price = self._paid_price(session, sold, quantity)
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
            number=parse_short_number(session.metadata.get("orderNumber", "")) or short_number(),
            line=_line(session, sold, price),
            price=price,
            customer=customer,
            member=member,
            business_type=_OTHER_BUSINESS,
            processor=session.processor,
            source=OrderSource.REPAIRED,
            live_mode=self._live_mode,
            placed_at=_placed_at(session),
            promised_until=now,
            hard_until=now - timedelta(seconds=1),
        )
        return replace(order, country=session.country, region=session.region, discount_code=code.code if code else None)

    def _sold(self, session: Session) -> CatalogueTier | CataloguePassChanged | None:
        """What of the catalogue the session is for: seats of a tier, or a kind of pass."""
        item_id, tier = session.metadata.get("cityId", ""), _tier(session)
        if not tier:
            return self._memory.current.passes.get(item_id)
        city = self._memory.current.cities.get(item_id)
        return city.tiers.get(tier) if city else None

    def _paid_price(
        self, session: Session, sold: CatalogueTier | CataloguePassChanged, quantity: int
    ) -> tuple[bool, DiscountCode | None, Price]:
        """Whether it is a member's, by which code it came, and the price. Raises AmountMismatch: it is nobody's."""
        code = self._memory.current.terms.codes.get(code_key(session.metadata.get("discountCode", "")))
        for member, used in product((False, True), (code, None) if code else (None,)):
            price = price_of(sold, quantity=quantity, member=member, code=used)
            if (price.amount, price.currency) == (session.amount, session.currency):
                return member, used, price
        raise AmountMismatch(f"{amount_text(session.amount, session.currency)} is not the catalogue's price")


def _line(session: Session, sold: CatalogueTier | CataloguePassChanged, price: Price) -> OrderLine:
    if isinstance(sold, CataloguePassChanged):
        return line_of_pass(1, sold, price=price)
    return line_of_seats(1, city_id=session.metadata["cityId"], tier=_tier(session), price=price)


def _tier(session: Session) -> str:
    return session.metadata.get("ticketType", "").lower()


def _quantity(session: Session) -> int | None:
    text = session.metadata.get("quantity", "")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= 1000 else None


def _placed_at(session: Session) -> datetime:
    """As we have written it down with the session: what is told of the order has the same ids again."""
    try:
        written = datetime.fromisoformat(session.metadata["placedAt"])
    except (KeyError, ValueError):
        return session.created
    return written if written.tzinfo and abs(written - session.created) < _LONGEST_LINE else session.created
