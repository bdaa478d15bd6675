"""A new order and its first attempt, as values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import Request

from chassis import formats
from chassis.addresses import client_address, is_own
from chassis.ids import short_number, uuid7
from chassis.money import Money
from chassis.phones import readable_phone, region_of
from checkout.orders.domain import Order
from checkout.orders.making import order_of_line
from checkout.orders.tokens import OrderTokens
from checkout.payments.domain import Attempt, AttemptState
from checkout.payments.processors.port import Processor, Sale
from checkout.purchases.offers import Offer
from checkout.purchases.wish import PassWish, Wish
from events import CustomerKind, OrderCustomer, OrderLine, OrderSource
from languages import current, gettext


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How long the parts of a purchase last.

    session: how long a payment page lives
    hard_hold: how long inventory keeps the seats by itself
    lease: after it a purchase that stands still counts as abandoned by its process
    deadline: how long a buyer waits for the processor at most
    """

    session: timedelta
    hard_hold: timedelta
    lease: timedelta
    deadline: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks.

    address: where the request came from
    exempt: whether purchases of its e-mail address are not counted: this machine's, in a sandbox
    visitor_id: the visitor of the web client, if it says so
    source: where the order comes from
    open_order: the order that the same browser tried to pay for before; the new one takes its place
    """

    address: str
    exempt: bool = False
    visitor_id: str | None = None
    open_order: UUID | None = None
    source: OrderSource = OrderSource.WEB

    @classmethod
    def of(
        cls,
        request: Request,
        *,
        open_order: UUID | None,
        visitor_id: str | None = None,
        source: OrderSource = OrderSource.WEB,
    ) -> Visitor:
        """Who makes the request."""
        address = client_address(request.scope)
        exempt = bool(request.app.state.settings.sandboxed) and is_own(address)
        return cls(address=address, exempt=exempt, visitor_id=visitor_id, source=source, open_order=open_order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When things end, counted from the moment at which the buyer's turn at the processor comes.

    now: when the buyer asked
    wait: how long until the turn comes
    hold: for how long the seats are promised
    durations: how long the rest lasts
    """

    now: datetime
    wait: timedelta
    hold: timedelta
    durations: Durations

    @property
    def promised_until(self) -> datetime:
        """Until when the buyer may pay."""
        return self.now + self.wait + self.hold

    @property
    def session_ends(self) -> datetime:
        """When the payment page ends by itself."""
        return self.now + self.wait + self.durations.session

    @property
    def hard_hold(self) -> timedelta:
        """For how long inventory keeps the seats by itself."""
        return self.wait + self.durations.hard_hold

    @property
    def lease_until(self) -> datetime:
        """When a purchase that stands still counts as abandoned by its process."""
        return self.now + self.wait + self.durations.lease


def new_order(
    order_id: UUID,
    wish: Wish | PassWish,
    offer: Offer,
    *,
    visitor: Visitor,
    kind: CustomerKind,
    processor: str,
    schedule: Schedule,
    live_mode: bool,
) -> Order:
    """The order as it is placed, under a short number that may be taken. What costs nothing, no processor takes."""
    data, quote = wish.customer_data, offer.quote
    order = order_of_line(
        order_id,
        number=short_number(),
        line=offer.line,
        price=quote.price,
        customer=OrderCustomer(
            first_name=data.first_name,
            last_name=data.last_name,
            email=data.email,
            # Wanted for changes on the day only: no purchase fails for its sake.
            phone=readable_phone(data.phone, region=region_of(offer.time_zone or "")),
            kind=kind,
            language=current().tag,
        ),
        member=quote.member,
        business_type=data.business_type,
        processor=processor if quote.price.amount else None,
        source=visitor.source,
        live_mode=live_mode,
        placed_at=schedule.now,
        promised_until=schedule.promised_until,
        hard_until=schedule.now + schedule.hard_hold,
    )
    return replace(
        order,
        member_verified=quote.member_verified,
        discount_code=quote.code.code if quote.code else None,
        visitor_id=visitor.visitor_id,
        attribution=wish.attribution.part() if wish.attribution else None,
    )


def new_sale(order: Order, offer: Offer, *, tokens: OrderTokens, schedule: Schedule, delayable: bool) -> Sale:
    """What its payment page sells, at whichever processor."""
    line = order.line
    return Sale(
        order_id=str(order.order_id),
        number=order.number,
        placed_at=order.placed_at,
        code=order.discount_code,
        city_id=line.item_id,
        tier=line.tier,
        quantity=line.quantity,
        unit_price=line.unit_price,
        currency=order.currency,
        title=offer.title,
        note=_price_note(line, order.currency),
        promise=_promise(offer, schedule),
        email=order.customer.email,
        success_url=tokens.page(order, "/success"),
        cancel_url=tokens.page(order, "/cancel"),
        expires_at=int(schedule.session_ends.timestamp()),
        delayable=delayable,
        language=order.customer.language,
    )


def new_attempt(
    order: Order, sale: Sale, *, processor: Processor, schedule: Schedule, traceparent: str | None
) -> Attempt:
    """The try to have it paid to us, with the exact call: it must be repeatable as it is (C-1)."""
    attempt_id = uuid7()
    return Attempt(
        attempt_id=attempt_id,
        order_id=order.order_id,
        processor=processor.name,
        idempotency_key=f"fullhouse-{attempt_id}",
        parameters=processor.call_for(sale),
        amount=order.amount,
        currency=order.currency,
        state=AttemptState.CREATING,
        expires_at=schedule.session_ends,
        session_id=None,
        session_url=None,
        traceparent=traceparent,
        tries=0,
    )


def _price_note(line: OrderLine, currency: str) -> str:
    """The lines of the page as one: `2 × $599.00. Member price, 20% off: −$239.60. Code FADE10: −$95.84.`."""
    if not line.discounts:
        return ""
    listed = f"{line.quantity} × {formats.money(Money(line.list_price, currency))}"
    taken = (f"{each.label}: {formats.money(Money(-each.amount, currency))}" for each in line.discounts)
    return " ".join(f"{part}." for part in (listed, *taken))


def _promise(offer: Offer, schedule: Schedule) -> str:
    if offer.time_zone is None:
        return gettext("Your pass is good from the payment on.")
    until = formats.zoned_time(schedule.promised_until, offer.time_zone)
    return gettext("Your seats are held until %(time)s.", time=until)
