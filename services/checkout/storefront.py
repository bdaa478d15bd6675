"""The rooms as the pages see them: implements checkout.web.ports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from pydantic import ValidationError

from chassis.clock import Clock
from chassis.emails import email_key
from chassis.errors import InvalidRequest
from chassis.ids import display_number
from chassis.money import Money
from checkout.catalogue import service as catalogue
from checkout.catalogue.domain import Catalogue, CodeProblem, DiscountCode, Price, membership, price_of
from checkout.orders import fulfilment_store
from checkout.orders import store as orders_store
from checkout.orders.answers import delivery_state
from checkout.orders.domain import NOT_FULFILLED, Fulfilment, Order
from checkout.orders.states import HOLDING
from checkout.orders.tokens import OrderTokens
from checkout.payments import store as payments_store
from checkout.payments.domain import AttemptState
from checkout.payments.processors.stripe import StripeFailure
from checkout.purchases.errors import PaymentProviderBusy
from checkout.purchases.placing import Visitor
from checkout.purchases.wish import Wish
from checkout.seats.stock import StockCopy
from checkout.web import ports
from checkout.wiring import Parts
from events import CatalogueCityChanged, CatalogueTier

_CLOSE: Final = timedelta(seconds=8)
_METHODS: Final = MappingProxyType(
    {
        "card": "Card",
        "us_bank_account": "Bank debit",
        "apple_pay": "Apple Pay",
        "google_pay": "Google Pay",
        "link": "Link",
    }
)
_EMAIL: Final = MappingProxyType(
    {
        "sent": ports.EmailState.SENT,
        "delivered": ports.EmailState.DELIVERED,
        "failed": ports.EmailState.FAILED,
        "suppressed": ports.EmailState.FAILED,
    }
)


class Storefront:
    """Catalogue, prices, purchases: what checkout.web asks for."""

    def __init__(self, parts: Callable[[], Parts], *, tokens: OrderTokens, clock: Clock) -> None:
        self._parts = parts
        self._tokens = tokens
        self._clock = clock
        self.stock = StockCopy(lambda: parts().inventory, clock=clock)

    def shop(self) -> ports.Shop:
        """The listed cities."""
        current = self._parts().memory.current
        return ports.Shop(
            workshops=tuple(_workshop(current, city) for city in current.listed()),
            business_types=tuple(
                ports.BusinessType(id=kind.id, name=kind.name) for kind in current.terms.business_types
            ),
            max_quantity=current.terms.max_quantity,
            hold_minutes=max(1, int(current.terms.hold.total_seconds() // 60)),
        )

    def workshop(self, city_id: str) -> ports.Workshop | None:
        """Any city that has orders, listed or not, withdrawn ones among them."""
        current = self._parts().memory.current
        city = current.cities.get(city_id)
        return _workshop(current, city) if city else None

    async def quote(self, selection: ports.Selection) -> ports.Quote:
        """The price that C-1 would charge now."""
        parts, now = self._parts(), self._clock.now()
        current = parts.memory.current
        tier = current.cities[selection.city_id].tiers[selection.tier]
        code: DiscountCode | CodeProblem | None = None
        if selection.code.strip():
            code = await catalogue.find_code(
                parts.database,
                current,
                selection.code,
                city_id=selection.city_id,
                tier=selection.tier,
                email_key=email_key(selection.email),
                now=now,
            )
        problem, counted = (code.value, None) if isinstance(code, CodeProblem) else (None, code)
        compared = selection.member and bool(selection.email) and current.terms.roster is not None
        member, _ = membership(current.terms, selection.email, claimed=True) if compared else (selection.member, False)
        price = price_of(tier, quantity=selection.quantity, member=member, code=counted)
        total = Money(price.amount, price.currency)
        lines = _quote_lines(tier, price, counted)
        return ports.Quote(lines=lines, total=total, code_problem=problem, on_roster=member if compared else None)

    async def start(
        self, selection: ports.Selection, buyer: ports.Buyer, *, idempotency_key: str
    ) -> ports.Started | ports.Queued:
        """The purchase, for a form without JavaScript."""
        started = await self._parts().purchase.start(_wish(selection, buyer), key=idempotency_key, visitor=Visitor())
        answer, order_id = started.answer, str(started.order_id)
        seconds = self._seconds_until(datetime.fromisoformat(answer["holdExpiresAt"]))
        if started.in_line:
            return ports.Queued(
                order_id=order_id, token=answer["orderToken"], position=answer["position"], hold_seconds=seconds
            )
        return ports.Started(order_id=order_id, url=answer["url"], hold_seconds=seconds)

    async def find(self, order_id: str) -> ports.Purchase | None:
        """The order as its buyer sees it."""
        parts = self._parts()
        order = await orders_store.get(parts.database, UUID(order_id))
        if order is None:
            return None
        fulfilment = await fulfilment_store.fulfilment(parts.database, order.order_id) or NOT_FULFILLED
        attempts = await payments_store.of_order(parts.database, order.order_id)
        url = next((one.session_url for one in attempts if one.state is AttemptState.OPEN), None)
        left = self._seconds_until(order.promised_until) if order.state in HOLDING else 0
        return _purchase(parts.memory.current, order, fulfilment, payment_url=url, hold_seconds=left or None)

    async def let_go(self, order_id: str) -> None:
        """Expires the session first; a session that turns out to be paid stays paid."""
        try:
            await self._parts().pages.let_go(UUID(order_id), deadline=_CLOSE)
        except StripeFailure as failure:
            raise PaymentProviderBusy(headers={"Retry-After": "5"}) from failure

    def _seconds_until(self, moment: datetime) -> int:
        return max(0, int((moment - self._clock.now()).total_seconds()))


def _workshop(current: Catalogue, city: CatalogueCityChanged) -> ports.Workshop:
    extras = current.terms.extras.get(city.city_id)
    short = extras.short_names if extras else {}
    return ports.Workshop(
        city_id=city.city_id,
        city=city.name,
        venue=city.venue.name,
        area=city.venue.district,
        address=city.venue.address,
        directions=city.venue.notes,
        time_zone=city.time_zone,
        starts_at=city.starts,
        ends_at=city.ends,
        doors_at=city.doors,
        on_sale_from=city.on_sale_from,
        on_sale_until=city.on_sale_until,
        refund_until=extras.refund_until if extras else None,
        tiers=tuple(_tier(tier_id, tier, short.get(tier_id, tier.name)) for tier_id, tier in city.tiers.items()),
    )


def _tier(tier_id: str, tier: CatalogueTier, short_name: str) -> ports.Tier:
    member = price_of(tier, quantity=1, member=True, code=None)
    return ports.Tier(
        id=tier_id,
        name=tier.name,
        short_name=short_name,
        price=Money(tier.price, tier.currency),
        member_price=Money(member.unit_price, tier.currency),
        member_label=_percent_off(tier),
        includes=tier.includes,
    )


def _quote_lines(tier: CatalogueTier, price: Price, code: DiscountCode | None) -> tuple[ports.Line, ...]:
    lines = [_line(f"{price.quantity} × {tier.name}", price.list_price * price.quantity, price.currency)]
    if price.member_discount:
        label = f"Member price, {_percent_off(tier)}"
        lines.append(_line(label, -price.member_discount * price.quantity, price.currency))
    if code is not None and price.code_discount:
        lines.append(_line(f"Code {code.code}", -price.code_discount * price.quantity, price.currency))
    return tuple(lines)


def _order_lines(order: Order, tier: CatalogueTier) -> tuple[ports.Line, ...]:
    lines = [_line(f"{order.line.quantity} × {tier.name}", order.line.list_price * order.line.quantity, order.currency)]
    reasons = (
        f"Member price, {_percent_off(tier)}" if order.member and not order.discount_code else "",
        "Member price" if order.member and order.discount_code else "",
        f"Code {order.discount_code}" if order.discount_code else "",
    )
    if order.discount_total:
        lines.append(_line(" and ".join(filter(None, reasons)), -order.discount_total, order.currency))
    return tuple(lines)


def _purchase(
    current: Catalogue, order: Order, fulfilment: Fulfilment, *, payment_url: str | None, hold_seconds: int | None
) -> ports.Purchase:
    customer = order.customer
    name, method = f"{customer.first_name} {customer.last_name}".strip(), order.payment_method
    emails = [one.changed_at for one in fulfilment.deliveries if one.channel == "email"]
    return ports.Purchase(
        order_id=str(order.order_id),
        number=display_number(order.number),
        state=ports.PurchaseState(order.state.value),
        city_id=order.line.item_id,
        tier=order.line.tier,
        quantity=order.line.quantity,
        buyer=ports.Buyer(
            first_name=customer.first_name,
            last_name=customer.last_name,
            email=customer.email,
            phone=customer.phone or "",
            business_type=order.business_type,
        ),
        lines=_order_lines(order, current.cities[order.line.item_id].tiers[order.line.tier]),
        total=Money(order.amount, order.currency),
        placed_at=order.placed_at,
        paid_at=order.paid_at,
        payment_label=_METHODS.get(method, method.replace("_", " ").capitalize()) if method else "",
        tickets=tuple(
            ports.Ticket(
                seat=ticket.seat,
                number=f"{display_number(order.number)}-{ticket.seat}",
                code=ticket.code,
                admit=name if ticket.seat == 1 else f"Guest of {name}",
            )
            for ticket in order.tickets
        ),
        tickets_at=order.paid_at,
        email=_EMAIL.get(delivery_state(fulfilment, "email"), ports.EmailState.WAITING),
        email_at=emails[-1] if emails else None,
        hold_seconds=hold_seconds,
        payment_url=payment_url,
    )


def _wish(selection: ports.Selection, buyer: ports.Buyer) -> Wish:
    """The form as C-1's body; raises InvalidRequest with C-1's field names."""
    body: Mapping[str, object] = {
        "ticketType": selection.tier,
        "quantity": selection.quantity,
        "isSixFBMember": selection.member,
        "cityId": selection.city_id,
        "discountCode": selection.code or None,
        "customerData": {
            "firstName": buyer.first_name,
            "lastName": buyer.last_name,
            "email": buyer.email,
            "phone": buyer.phone or None,
            "businessType": buyer.business_type,
        },
    }
    try:
        return Wish.model_validate(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        fields = {".".join(map(str, one["loc"])): one["msg"].removeprefix("Value error, ") + "." for one in found}
        raise InvalidRequest(fields=fields) from None


def _line(label: str, amount: int, currency: str) -> ports.Line:
    return ports.Line(label=label, amount=Money(amount, currency))


def _percent_off(tier: CatalogueTier) -> str:
    return f"{tier.member_discount_percent}% off"
