"""A shop with made-up cities: the fakes of every port of the pages, and a server to look at them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from chassis.clock import ManualClock
from chassis.errors import Condition
from chassis.money import Money
from checkout.seats.stock import Stock, StockStatus, TierStock
from checkout.web.pages import install_pages
from checkout.web.ports import (
    BusinessType,
    Buyer,
    EmailState,
    Line,
    Purchase,
    PurchaseState,
    Queued,
    Quote,
    Selection,
    Shop,
    Started,
    Ticket,
    Tier,
    Workshop,
)
from checkout.web.site import Links, Ports, Site

NOW = datetime(2026, 1, 10, 20, 14, tzinfo=UTC)
TOKEN = "the-token-of-this-order"
ORDER = "0197e1c2-0000-7000-8000-00000000d411"
CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)


@dataclass(frozen=True)
class SampleBrand:
    """The brand of the pictures."""

    name: str = "6FB Workshops"
    logo: str = "6FB"
    primary: str = "#F6BA2B"
    on_brand: str = "#0F1113"
    support_email: str = "help@example.com"


def usd(amount: int) -> Money:
    return Money(amount, "USD")


def tiers() -> tuple[Tier, ...]:
    return (
        Tier(
            id="ga",
            name="General Admission",
            short_name="GA",
            price=usd(599_00),
            member_price=usd(479_20),
            member_label="20% off",
            includes=("Both days on the floor, workbook, lunch", "Recordings for 12 months"),
        ),
        Tier(
            id="vip",
            name="VIP",
            short_name="VIP",
            price=usd(1199_00),
            member_price=usd(1079_10),
            member_label="10% off",
            includes=("Front two rows, dinner with the educators", "One-hour business review, one to one"),
        ),
    )


def workshop(city_id: str, city: str, first: date, zone: str, venue: str, area: str) -> Workshop:
    def at(day: int, hour: int, minute: int = 0) -> datetime:
        return datetime(first.year, first.month, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)

    return Workshop(
        city_id=city_id,
        city=city,
        venue=venue,
        area=area,
        address="100 Example Street, Dallas, TX",
        directions="Parking on Canton, doors at 8:15 AM.",
        time_zone=zone,
        starts_at=at(first.day, 9),
        ends_at=at(first.day + 1, 17),
        doors_at=at(first.day, 8, 15),
        on_sale_from=datetime(2025, 11, 1, tzinfo=UTC),
        on_sale_until=at(first.day, 9),
        refund_until=date(2026, 1, 17),
        tiers=tiers(),
    )


def season() -> Shop:
    cities = (
        workshop("dallas-jan-2026", "Dallas", date(2026, 1, 24), "America/Chicago", "Foundry Hall", "Deep Ellum"),
        workshop("atlanta-feb-2026", "Atlanta", date(2026, 2, 14), "America/New_York", "The Depot", "Old Fourth Ward"),
        workshop("new-york-mar-2026", "New York", date(2026, 3, 7), "America/New_York", "Pier Studio", "Red Hook"),
        workshop("san-francisco-apr-2026", "San Francisco", date(2026, 4, 18), "America/Los_Angeles", "Mint Hall", ""),
        workshop("phoenix-may-2026", "Phoenix", date(2026, 5, 16), "America/Phoenix", "Adobe Rooms", "Roosevelt Row"),
    )
    kinds = ("barber", "Barber"), ("stylist", "Stylist"), ("owner", "Shop owner"), ("individual", "Just me")
    return Shop(
        workshops=cities,
        business_types=tuple(BusinessType(id=key, name=name) for key, name in kinds),
        max_quantity=6,
        hold_minutes=10,
    )


def levels() -> dict[str, dict[str, TierStock]]:
    def level(limit: int, sold: int, held: int) -> TierStock:
        left = limit - sold - held
        status = StockStatus.SOLD_OUT if left == 0 else StockStatus.LOW if left <= 5 else StockStatus.AVAILABLE
        return TierStock(public_limit=limit, available=left, sold=sold, held=held, status=status)

    return {
        "dallas-jan-2026": {"ga": level(100, 68, 3), "vip": level(30, 26, 1)},
        "atlanta-feb-2026": {"ga": level(100, 41, 2), "vip": level(30, 30, 0)},
        "new-york-mar-2026": {"ga": level(120, 12, 0), "vip": level(24, 2, 0)},
        "san-francisco-apr-2026": {"ga": level(80, 0, 0), "vip": level(20, 0, 0)},
        "phoenix-may-2026": {"ga": level(60, 60, 0), "vip": level(12, 12, 0)},
    }


def buyer() -> Buyer:
    return Buyer(
        first_name="Jordan",
        last_name="Ellis",
        email="jordan.ellis@example.com",
        phone="(214) 555-0137",
        business_type="barber",
    )


def purchase(**changes: object) -> Purchase:
    tickets = tuple(
        Ticket(
            seat=seat,
            number=f"7K3M-2QXD-{seat}",
            code=f"FH1:K3M2QXD{seat}8%6P.CO4KEF6 H*:6SZ6P.DO4KEF6:H+96ZEDTM6SZ60T9Y.DO4KEF6Q47$LE4H0EDTM6SZ6",
            admit="Jordan Ellis" if seat == 1 else "Guest of Jordan Ellis",
        )
        for seat in (1, 2)
    )
    paid = Purchase(
        order_id=ORDER,
        number="7K3M-2QXD",
        state=PurchaseState.PAID,
        city_id="dallas-jan-2026",
        tier="ga",
        quantity=2,
        buyer=buyer(),
        lines=(
            Line(label="2 × General Admission", amount=usd(1198_00)),
            Line(label="Member price, 20% off", amount=usd(-239_60)),
        ),
        total=usd(958_40),
        placed_at=NOW,
        paid_at=NOW,
        payment_label="Card",
        tickets=tickets,
        tickets_at=NOW,
        email=EmailState.WAITING,
        email_at=None,
        hold_seconds=None,
        payment_url=None,
    )
    return replace(paid, **changes)  # type: ignore[arg-type]


def unpaid(**changes: object) -> Purchase:
    waiting: dict[str, object] = {
        "state": PurchaseState.AWAITING_PAYMENT,
        "tickets": (),
        "paid_at": None,
        "tickets_at": None,
        "hold_seconds": 471,
        "payment_url": "https://pay.example.com/session",
    }
    return purchase(**(waiting | changes))


@dataclass
class FakeShop:
    """Catalogue, stock, prices, checkout, orders and tokens in one, to be set as a test needs it."""

    sold: Shop = field(default_factory=season)
    unlisted: tuple[Workshop, ...] = ()
    stock: Stock | None = field(default_factory=levels)
    order: Purchase = field(default_factory=purchase)
    roster: frozenset[str] | None = None
    refusal: Condition | None = None
    queued: bool = False
    starts: list[tuple[Selection, Buyer, str]] = field(default_factory=list)
    changes: int = 0

    def shop(self) -> Shop:
        return self.sold

    def workshop(self, city_id: str) -> Workshop | None:
        known = (*self.sold.workshops, *self.unlisted)
        return next((city for city in known if city.city_id == city_id), None)

    async def read(self) -> Stock | None:
        return self.stock

    async def quote(self, selection: Selection) -> Quote:
        city = next(w for w in self.sold.workshops if w.city_id == selection.city_id)
        tier = next(t for t in city.tiers if t.id == selection.tier)
        full = tier.price * selection.quantity
        compared = selection.member and bool(selection.email) and self.roster is not None
        listed = selection.email in (self.roster or ()) if compared else None
        total = tier.member_price * selection.quantity if selection.member and listed is not False else full
        lines = [Line(label=f"{selection.quantity} × {tier.name}", amount=full)]
        if total != full:
            lines.append(Line(label=f"Member price, {tier.member_label}", amount=total - full))
        if selection.code.upper() == "EARLY10":
            cut = -total.percent(10)
            lines.append(Line(label="EARLY10, 10% off", amount=cut))
            return Quote(lines=tuple(lines), total=total + cut, on_roster=listed)
        problem = "FADE10 ended on January 5." if selection.code else None
        return Quote(lines=tuple(lines), total=total, code_problem=problem, on_roster=listed)

    async def start(self, selection: Selection, buyer: Buyer, *, idempotency_key: str) -> Started | Queued:
        self.starts.append((selection, buyer, idempotency_key))
        if self.refusal is not None:
            raise self.refusal
        if self.queued:
            return Queued(order_id=ORDER, token=TOKEN, position=12, hold_seconds=598)
        return Started(order_id=ORDER, url="/paying", hold_seconds=600)

    async def find(self, order_id: str) -> Purchase | None:
        return self.order if order_id == self.order.order_id else None

    async def let_go(self, order_id: str) -> None:
        assert order_id == self.order.order_id
        self.order = replace(self.order, state=PurchaseState.CANCELLED, hold_seconds=None, payment_url=None)

    def accepts(self, order_id: str, token: str) -> bool:
        return (order_id, token) == (ORDER, TOKEN)

    def becomes(self, order: Purchase) -> None:
        """The order changes, and whoever listens hears it."""
        self.order = order
        self.changes += 1


def make_app(shop: FakeShop) -> FastAPI:
    """The pages and as much of the API as their scripts call."""
    app = FastAPI()

    @app.middleware("http")
    async def policy(request: Request, go_on: object) -> Response:
        response: Response = await go_on(request)  # type: ignore[operator]
        response.headers.update({"Content-Security-Policy": CSP, "Referrer-Policy": "no-referrer"})
        return response

    links = Links(find_purchase="/find-my-purchase", refunds="/refunds", status="/status", waitlist="/waitlist")
    site = Site(brand=SampleBrand(), public_url="http://127.0.0.1", links=links)
    ports = Ports(
        catalogue=shop, stock=shop, pricing=shop, checkout=shop, purchases=shop, tokens=shop, clock=ManualClock(NOW)
    )
    install_pages(app, site, ports)
    _install_api(app, shop)
    return app


def _install_api(app: FastAPI, shop: FakeShop) -> None:
    @app.post("/api/create-checkout-session")
    async def start(request: Request) -> Response:
        body = json.loads(await request.body())
        who = body["customerData"]
        selection = Selection(
            city_id=body["cityId"],
            tier=body["ticketType"].lower(),
            quantity=body["quantity"],
            member=body["isSixFBMember"],
            code=body.get("discountCode", ""),
            email=who["email"],
        )
        person = Buyer(who["firstName"], who["lastName"], who["email"], who.get("phone", ""), who["businessType"])
        try:
            answer = await shop.start(selection, person, idempotency_key=request.headers["idempotency-key"])
        except Condition as condition:
            return JSONResponse(condition.problem(), status_code=condition.status)
        assert isinstance(answer, Started)
        return JSONResponse({"success": True, "orderId": answer.order_id, "url": answer.url})

    @app.get("/paying")
    async def paying() -> Response:
        return Response("<!doctype html><title>Paying</title>", media_type="text/html")

    @app.get("/api/orders/{order_id}/events")
    async def events(order_id: str) -> Response:
        async def stream() -> AsyncIterator[str]:
            told = shop.changes
            yield ": hello\n\n"
            while True:
                await asyncio.sleep(0.02)
                if shop.changes > told:
                    told = shop.changes
                    yield "event: order\ndata: {}\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")
