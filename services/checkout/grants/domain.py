"""What is granted, and the order that it becomes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from chassis.emails import email_key
from chassis.errors import InvalidRequest
from chassis.ids import derived_uuid7, short_number, uuid7
from checkout.catalogue.domain import Catalogue
from checkout.catalogue.errors import UnknownCity, UnknownPassKind
from checkout.orders.domain import Order
from checkout.orders.making import reserved_seats
from checkout.payments.domain import Session, adopted_order_id
from events import CustomerKind, DiscountKind, LineDiscount, LineKind, OrderCustomer, OrderId, OrderLine, OrderSource

_BUSINESS: Final = "individual"
_NAMESPACE: Final = UUID(int=0)


class GrantAction(StrEnum):
    """What a person gives by hand, as the audit names it."""

    GAVE_PASS = "pass_granted"  # noqa: S105 no password
    GAVE_TICKETS = "tickets_granted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What somebody is to be given, and why.

    email: whose it is to be
    kind, item_id, tier, quantity: what, as a line of an order says it
    reason: why, for the record
    session_id: the processor's payment page that was paid for it; None: without payment
    key: a repeat with the same one gives nothing more
    """

    email: str
    kind: LineKind
    item_id: str
    tier: str = ""
    quantity: int = 1
    reason: str
    session_id: str | None = None
    key: str | None = None

    def order_id(self, session: Session | None) -> UUID:
        """The order that it becomes: the same for the same payment, and for the same key."""
        if session is not None:
            return session.order_id or adopted_order_id(session.session_id)
        return derived_uuid7(_NAMESPACE, "grant", self.key) if self.key is not None else uuid7()

    def is_of(self, order: Order) -> bool:
        """Whether the order is what this grant would make."""
        sold = {(line.kind, line.item_id, line.tier, line.quantity) for line in order.lines}
        same_buyer = email_key(order.customer.email) == email_key(self.email)
        return same_buyer and sold == {(self.kind, self.item_id, self.tier, self.quantity)}


def granted_order(
    grant: Grant,
    order_id: UUID,
    catalogue: Catalogue,
    *,
    session: Session | None,
    customer_kind: CustomerKind,
    live_mode: bool,
    language: str,
    now: datetime,
    held_until: datetime,
) -> Order:
    """The order, as it is placed: at no price, or at what was paid for it. Raises as `_asked`."""
    name, list_price, currency = _asked(grant, catalogue)
    paid = session.amount if session else 0
    lines = (_line(grant, name, list_price, paid),)
    first, _, last = (session.name or "" if session else "").partition(" ")
    return Order(
        order_id=OrderId(order_id),
        number=short_number(),
        lines=lines,
        seats=reserved_seats(lines),
        amount=paid,
        discount_total=max(0, list_price * grant.quantity - paid),
        currency=session.currency if session else currency,
        customer=OrderCustomer(
            first_name=first, last_name=last, email=grant.email, kind=customer_kind, language=language
        ),
        member=False,
        business_type=_BUSINESS,
        source=OrderSource.GRANTED,
        live_mode=live_mode,
        placed_at=now,
        promised_until=held_until,
        hard_until=held_until,
        processor=session.processor if session else None,
    )


def _asked(grant: Grant, catalogue: Catalogue) -> tuple[str, int, str]:
    """What it is called, the price of one, and its currency. Raises UnknownPassKind, UnknownCity or InvalidRequest."""
    if grant.kind is LineKind.SEATS:
        city = catalogue.city(grant.item_id)
        if city is None:
            raise UnknownCity
        if grant.tier not in city.offered:
            raise InvalidRequest(fields={"tier": f"Choose {' or '.join(city.offered)}."})
        tier = city.tiers[grant.tier]
        return "", tier.price, tier.currency
    kind = catalogue.pass_kind(grant.item_id)
    if kind is None:
        raise UnknownPassKind
    return kind.name, kind.price, kind.currency


def _line(grant: Grant, name: str, list_price: int, paid: int) -> OrderLine:
    off = list_price * grant.quantity - paid
    return OrderLine(
        line=1,
        kind=grant.kind,
        item_id=grant.item_id,
        tier=grant.tier,
        name=name,
        quantity=grant.quantity,
        list_price=list_price,
        unit_price=paid // grant.quantity,
        amount=paid,
        discounts=tuple(_discounts(off)),
    )


def _discounts(off: int) -> Iterable[LineDiscount]:
    if off > 0:
        yield LineDiscount(kind=DiscountKind.GRANTED, label="Granted", amount=off)
