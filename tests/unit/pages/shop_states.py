"""Buyers' pages in each of their states, with the longest words that a business and its buyers may bring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from checkout.catalogue.domain import Catalogue, Quote, price_of
from checkout.customers.domain import PURCHASES
from checkout.feedback.domain import Feedback
from checkout.maintenance.domain import Maintenance
from checkout.orders.domain import Order
from checkout.orders.fulfilment import NOT_FULFILLED, Delivery, Fulfilment
from checkout.orders.making import line_of_seats
from checkout.passes.domain import Pass, Use
from checkout.seats.stock import Stock, TierStock
from checkout.waitlist.domain import Joined, Place, PlaceLink, PlaceState
from checkout.web import forms
from checkout.web.find_views import ENDED, FindView, bought_views
from checkout.web.find_views import SENT as FIND_SENT
from checkout.web.forms import Problems, RegisterForm, email_problem
from checkout.web.pass_offer_views import PassForm, PassOfferView, check_pass, pass_row
from checkout.web.pass_views import lead, pass_views
from checkout.web.pause_views import PauseView, pause_view
from checkout.web.purchase_views import PurchaseView, cancel_view, held_view, success_view
from checkout.web.qr import qr_svg
from checkout.web.shop_views import register_view, season_view
from checkout.web.site import Site
from checkout.web.support_views import feedback_view
from checkout.web.tier_views import fitting
from checkout.web.waitlist_views import JoinForm, check_join, join_view, joined_sentences, place_view
from config import PoolStatus
from events import (
    CatalogueCityChanged,
    CataloguePassChanged,
    CustomerKind,
    OrderCustomer,
    OrderState,
    PassState,
    TicketCode,
)
from languages import translate
from tests.fixtures import shipped
from tests.unit.checkout.samples import NOW, a_pass, code, kind_of_pass, order, seats_of

SITE: Final = Site(brand=shipped.brand())
DALLAS: Final = shipped.catalogue().cities["dallas-jan-2027"]
GERMAN: Final = "Mönchengladbach-Rheindahlen"
LEFT_TO_RIGHT: Final = OrderCustomer(
    first_name="Maximiliana", last_name="Freudenberger-Schmidthausen", email="m@example.com", kind=CustomerKind.NEW
)
RIGHT_TO_LEFT: Final = OrderCustomer(
    first_name="שרה־אלישבע",
    last_name="בן־אברהם לוינשטיין",
    email="sarah.elisheva.ben-avraham.lowenstein@mail.example.com",
    kind=CustomerKind.NEW,
)


def _german(city: CatalogueCityChanged) -> CatalogueCityChanged:
    """The city, as a business in Germany might write it."""
    venue = city.venue.model_copy(
        update={
            "name": "Handwerkskammerbildungszentrum",
            "district": "Rheindahlen-Wickrathhahn",
            "address": "Straßburger-Allee-Verlängerung 100, 41179 Mönchengladbach-Rheindahlen",
        }
    )
    ga, vip = city.tiers["ga"], city.tiers["vip"]
    tiers = {
        "ga": ga.model_copy(update={"name": "Tageseintrittskarte mit Mittagsverpflegung", "price": 1234567}),
        "vip": vip.model_copy(update={"name": "Ehrengastbetreuungspaket", "member_discount_percent": 0}),
    }
    return city.model_copy(update={"name": GERMAN, "venue": venue, "tiers": tiers})


PLAIN: Final = shipped.catalogue()
LONG: Final = replace(PLAIN, cities={**PLAIN.cities, DALLAS.city_id: _german(DALLAS)})


def _levels(ga: int, vip: int) -> Mapping[str, TierStock]:
    return {"ga": _level(100, ga), "vip": _level(30, vip)}


def _level(limit: int, left: int) -> TierStock:
    status = PoolStatus.SOLD_OUT if left == 0 else PoolStatus.LOW if left < 4 else PoolStatus.AVAILABLE
    return TierStock(public_limit=limit, available=left, sold=limit - left, held=0, status=status)


STOCK: Final[Stock] = {
    **{city_id: _levels(29, 3) for city_id in PLAIN.cities},
    "atlanta-feb-2027": _levels(0, 0),
    "chicago-mar-2027": _levels(0, 12),
}


MAINTENANCE: Final = Maintenance(
    reason="We move to a larger hall register.", until=NOW + timedelta(hours=1), since=NOW, by="a@example.com"
)


def _pause(maintenance: Maintenance | None) -> PauseView | None:
    return pause_view(maintenance, zone="America/Chicago", now=NOW)


def _shop(catalogue: Catalogue, stock: Stock | None, *, pause: Maintenance | None = None) -> Callable[[], bytes]:
    return lambda: _page("workshops.html", season_view(catalogue, stock, now=NOW, pause=_pause(pause)))


def _register(
    catalogue: Catalogue,
    *,
    city_id: str = DALLAS.city_id,
    stock: Stock | None = STOCK,
    wrong: bool = False,
    late: timedelta = timedelta(),
    held: Order | None = None,
    pause: Maintenance | None = None,
    **typed: Any,
) -> Callable[[], bytes]:
    def draw() -> bytes:
        city = catalogue.cities[city_id]
        form = RegisterForm(**{"city_id": city_id, "tier": "ga", "quantity": 2, **typed})
        form = fitting(form, city, stock, most=catalogue.terms.max_quantity)
        mine = held_view(held, catalogue, now=NOW)
        problems = Problems(fields=forms.check_form(form, business_types=frozenset())) if wrong else None
        quote = _quote(city, form)
        view = register_view(
            catalogue, city, stock, form, quote, now=NOW + late, problems=problems, held=mine, pause=_pause(pause)
        )
        return _page(view.template, view, words=forms, phone_hint=forms.phone_hint("", region="US"), attempt="1")

    return draw


def _quote(city: CatalogueCityChanged, form: RegisterForm) -> Quote | None:
    if not form.tier:
        return None
    discount = code() if form.code else None
    price = price_of(city.tiers[form.tier], quantity=form.quantity, member=form.member, code=discount)
    return Quote(price=price, member=form.member, code=discount)


def _order(seats: int, state: OrderState, customer: OrderCustomer = RIGHT_TO_LEFT, **changes: Any) -> Order:
    price = price_of(DALLAS.tiers["ga"], quantity=seats, member=True, code=code())
    line = line_of_seats(1, city_id=DALLAS.city_id, tier="ga", price=price)
    tickets = tuple(TicketCode(seat=seat, code=f"FH1:{seat}") for seat in range(1, seats + 1))
    paid = {"tickets": tickets, "paid_at": NOW, "payment_method": "us_bank_account"} if state in _PAID else {}
    values = {"lines": (line,), "seats": seats_of((line,), state), "amount": price.amount, "customer": customer, **paid}
    return order(state, **{**values, "member": True, "discount_code": "FADE10", "discount_total": 99, **changes})


def _success(
    catalogue: Catalogue,
    shown: Order,
    *,
    email: str = "",
    waited: int = 0,
    oversold: bool = False,
    sent: str = "",
    given: Feedback | None = None,
    wrong: bool = False,
) -> Callable[[], bytes]:
    def draw() -> bytes:
        told = (Delivery(channel="email", kind="confirmation", state=email, changed_at=NOW),) if email else ()
        fulfilment = Fulfilment(revision=1, sold_at=NOW, oversold=oversold, deliveries=told) if told else NOT_FULFILLED
        codes = [qr_svg(each.code) for each in shown.tickets]
        view = success_view(shown, fulfilment, catalogue, codes, now=NOW, waited=waited)
        about = feedback_view(view.phase, given, problem=wrong)
        return _page("success.html", view, waited=waited, sent=translate(sent), about=about)

    return draw


def _found(orders: Sequence[Order]) -> Callable[[], bytes]:
    shown = [order for order in orders if order.state in PURCHASES]

    def draw() -> bytes:
        rows = bought_views(shown, LONG, lambda order, path: f"{path}?order={order.order_id}", now=NOW)
        return _page("found.html", None, rows=rows)

    return draw


def _cancel(catalogue: Catalogue, shown: Order, url: str | None = "https://pay.example.com") -> Callable[[], bytes]:
    view: Callable[[], PurchaseView] = lambda: cancel_view(shown, catalogue, payment_url=url, now=NOW)  # noqa: E731
    return lambda: _page("cancel.html", view())


def _join(catalogue: Catalogue, *, wrong: bool = False) -> Callable[[], bytes]:
    def draw() -> bytes:
        city = catalogue.cities[DALLAS.city_id]
        form = JoinForm(city.city_id, "ga", 2, RIGHT_TO_LEFT.first_name, "" if wrong else RIGHT_TO_LEFT.email)
        fields = check_join(form, city) if wrong else {}
        view = join_view(catalogue, city, form, fields=fields, summary="There are fewer seats." if wrong else "")
        return _page("waitlist.html", view, words=forms)

    return draw


def _joined(catalogue: Catalogue) -> Callable[[], bytes]:
    city = catalogue.cities[DALLAS.city_id]

    def draw() -> bytes:
        told = joined_sentences(Joined(quantity=2, ahead=3), city, RIGHT_TO_LEFT.email)
        return _page("wait.html", None, heading=translate("You are in line."), sentences=told)

    return draw


def _in_line(state: PlaceState) -> Callable[[], bytes]:
    place = Place(
        link=PlaceLink(UUID(int=1), "t" * 24),
        city_id=DALLAS.city_id,
        tier="ga",
        quantity=2,
        first_name=RIGHT_TO_LEFT.first_name,
        email=RIGHT_TO_LEFT.email,
        state=state,
        ahead=2,
        offer_id=UUID(int=2) if state is PlaceState.OFFERED else None,
        offered_until=NOW + timedelta(minutes=30) if state is PlaceState.OFFERED else None,
    )
    return lambda: _page("place.html", place_view(place, LONG, now=NOW))


def _pass(**changes: Any) -> Pass:
    return a_pass(**{"pass_id": uuid4(), "code": "FHP1:0123456789", "customer": LEFT_TO_RIGHT, **changes})


def _buy_pass(kind: CataloguePassChanged, *, wrong: bool = False) -> Callable[[], bytes]:
    form = PassForm(kind.pass_id, "1", first_name=RIGHT_TO_LEFT.first_name)

    def draw() -> bytes:
        view = PassOfferView(
            row=pass_row(kind),
            form=form,
            summary="Purchases pause. Try again in an hour." if wrong else "",
            fields=check_pass(form) if wrong else {},
        )
        return _page("buy_pass.html", view)

    return draw


def _passes(*held: Pass) -> Callable[[], bytes]:
    def draw() -> bytes:
        uses = {each.pass_id: [_use(number) for number in range(each.used, 0, -1)] for each in held}
        codes = {each.pass_id: qr_svg(each.code) for each in held if each.usable(NOW)}
        views = pass_views(held, uses, codes, now=NOW, zone="America/Chicago")
        return bytes(SITE.page("passes.html", views=views, lead=lead(held, NOW)).body)

    return draw


def _use(number: int) -> Use:
    place = "Studio two, Straßburger-Allee-Verlängerung" if number % 2 else ""
    undone = NOW if number == 2 else None
    return Use(
        use_id=str(number), number=number, place=place, used_by="door@example.com", used_at=NOW, undone_at=undone
    )


def _message(heading: str, text: str) -> Callable[[], bytes]:
    return lambda: bytes(SITE.message(translate(heading), translate(text), status=404).body)


def _page(template: str, view: object, **context: Any) -> bytes:
    return bytes(SITE.page(template, view=view, **context).body)


_PAID = {OrderState.PAID, OrderState.PARTIALLY_REFUNDED}
_ENDS = (
    OrderState.PAYMENT_PENDING,
    OrderState.PAYMENT_FAILED,
    OrderState.REFUNDED,
    OrderState.DISPUTED,
    OrderState.EXPIRED,
)

# A state of a page is a line here.
SENT: Final = "Sent again. Look in your spam folder, too."
STATES: Final[Mapping[str, Callable[[], bytes]]] = {
    "shop": _shop(PLAIN, STOCK),
    "shop, long words": _shop(LONG, STOCK),
    "shop, stock not known": _shop(PLAIN, None),
    "shop, nothing on sale": _shop(replace(PLAIN, cities={}), {}),
    "register": _register(PLAIN),
    "register, long words": _register(LONG, member=True, code="FADE10", first_name=RIGHT_TO_LEFT.first_name),
    "register, six of a tier without a member price": _register(LONG, tier="vip", quantity=6, member=True),
    "register, sold out": _register(PLAIN, city_id="atlanta-feb-2027"),
    "register, with errors": _register(PLAIN, email="jo@example", wrong=True),
    "register, stock not known": _register(PLAIN, stock=None),
    "register, its tier gone": _register(PLAIN, city_id="chicago-mar-2027"),
    "register, with an own hold": _register(LONG, held=order(OrderState.AWAITING_PAYMENT)),
    "register, sold out by an own hold": _register(
        PLAIN, city_id="atlanta-feb-2027", held=order(OrderState.AWAITING_PAYMENT)
    ),
    "register, not yet on sale": _register(LONG, late=timedelta(days=-400)),
    "shop, maintenance": _shop(LONG, STOCK, pause=MAINTENANCE),
    "register, maintenance": _register(LONG, held=order(OrderState.AWAITING_PAYMENT), pause=MAINTENANCE),
    "register, over": _register(PLAIN, late=timedelta(days=400)),
    "tickets": _success(PLAIN, _order(2, OrderState.PAID, LEFT_TO_RIGHT), email="delivered"),
    "tickets, long words": _success(LONG, _order(2, OrderState.PAID, LEFT_TO_RIGHT), email="failed"),
    "tickets, without a score": _success(PLAIN, _order(1, OrderState.PAID), email="delivered", wrong=True),
    "tickets, with a score": _success(
        PLAIN,
        _order(1, OrderState.PAID),
        email="delivered",
        given=Feedback(order_id=UUID(int=1), score=5, text="", given_at=NOW),
    ),
    "find my purchase": lambda: _page("find.html", FindView()),
    "find my purchase, wrong": lambda: _page(
        "find.html", FindView(email="jo@example", problem=email_problem("jo@example") or "")
    ),
    "find my purchase, ended": lambda: _page("find.html", FindView(ended=translate(ENDED))),
    "find my purchase, sent": lambda: _page(
        "wait.html", None, heading=translate("Look in your inbox."), sentences=[translate(each) for each in FIND_SENT]
    ),
    "purchases": _found([_order(2, state) for state in (OrderState.PAID, OrderState.AWAITING_PAYMENT, *_ENDS)]),
    "purchases, none left": _found([]),
    "tickets, sent again": _success(PLAIN, _order(1, OrderState.PAID, LEFT_TO_RIGHT), sent=SENT),
    "oversold": _success(PLAIN, _order(2, OrderState.PAID, LEFT_TO_RIGHT), email="delivered", oversold=True),
    "tickets, one sent back": _success(LONG, _order(2, OrderState.PARTIALLY_REFUNDED).refunded(47_920, [1])),
    "all sent back, and the money came back to us": _success(
        LONG, _order(2, OrderState.REFUNDED).refunded(95_840, [1, 2]).refund_failed(95_840)
    ),
    "ten tickets": _success(LONG, _order(10, OrderState.PAID), email="sent"),
    "tickets being made": _success(PLAIN, _order(2, OrderState.AWAITING_PAYMENT)),
    "tickets being made for long": _success(LONG, _order(1, OrderState.AWAITING_PAYMENT), waited=60),
    **{f"success, {state.value}": _success(LONG, _order(2, state)) for state in _ENDS},
    "turned back": _cancel(LONG, _order(10, OrderState.AWAITING_PAYMENT)),
    "turned back, no payment page yet": _cancel(PLAIN, _order(2, OrderState.AWAITING_PAYMENT), None),
    "turned back, too late": _cancel(PLAIN, _order(2, OrderState.EXPIRED)),
    "going to payment": lambda: _page("leaving.html", None, url="#payment", hold_seconds=600),
    "waiting list": _join(PLAIN),
    "waiting list, with errors": _join(LONG, wrong=True),
    "waiting list, joined": _joined(LONG),
    **{f"place in line, {state.value}": _in_line(state) for state in PlaceState},
    "pass, to buy": _buy_pass(kind_of_pass(includes=("Any class of the week", "One guest a month"))),
    "pass, to buy, with errors": _buy_pass(
        kind_of_pass(name="Zwanzigerkarte Kursprogramm", member_discount_percent=0), wrong=True
    ),
    "passes": _passes(_pass()),
    "passes, every state": _passes(
        _pass(used=3),
        _pass(name="Zwanzigerkarte Kursprogramm", used=10, customer=RIGHT_TO_LEFT),
        _pass(state=PassState.FROZEN),
        _pass(state=PassState.ENDED),
        _pass(valid_until=NOW),
    ),
    "passes, none": _passes(),
    "message": _message("We don’t know that workshop.", "It may be over, or the link is not whole."),
    "message, long words": _message("Rechtsschutzversicherungsgesellschaften", "Kraftfahrzeughaftpflichtversicherung."),
}
