"""The pages that stand where nothing can be bought: each state by itself, without a form and without a price."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from checkout.catalogue.domain import Quote, price_of
from checkout.seats.stock import Stock, TierStock
from checkout.web import forms
from checkout.web.forms import RegisterForm
from checkout.web.shop_views import register_view, season_view
from checkout.web.site import Site
from config import PoolStatus
from tests.fixtures import shipped
from tests.unit.checkout.samples import NOW

CATALOGUE = shipped.catalogue()
DALLAS = CATALOGUE.cities["dallas-jan-2027"]
GONE = TierStock(public_limit=30, available=0, sold=30, held=0, status=PoolStatus.SOLD_OUT)
SOLD_OUT: Stock = {DALLAS.city_id: {"ga": GONE, "vip": GONE}}
CLOSED: Stock = {DALLAS.city_id: dict.fromkeys(("ga", "vip"), replace(GONE, status=PoolStatus.CLOSED))}
SITE = Site(brand=shipped.brand())


def register(stock: Stock | None = None, *, now: datetime = NOW, tier: str = "", roster: bool = True) -> str:
    terms = CATALOGUE.terms.model_copy(update={"roster": frozenset({"member@example.com"}) if roster else None})
    shown = replace(CATALOGUE, terms=terms)
    quote = Quote(price=price_of(DALLAS.tiers[tier], quantity=1, member=False, code=None)) if tier else None
    view = register_view(shown, DALLAS, stock, RegisterForm(city_id=DALLAS.city_id, tier=tier), quote, now=now)
    return bytes(SITE.page(view.template, view=view, words=forms, phone_hint=forms.PHONE, attempt="one").body).decode()


def season(stock: Stock | None, *, now: datetime = NOW) -> str:
    return bytes(SITE.page("workshops.html", view=season_view(CATALOGUE, stock, now=now)).body).decode()


@pytest.mark.proves("W-1", "C-2")
@pytest.mark.parametrize(
    ("stock", "now", "note", "says"),
    [
        (SOLD_OUT, NOW, "Sold out", "All seats in Dallas are taken."),
        (CLOSED, DALLAS.on_sale_from - timedelta(days=9), "On sale from September 1, 9 AM CDT", "from then on"),
        (CLOSED, DALLAS.on_sale_until, "Sale ended", "not sold any more"),
    ],
)
def test_what_can_not_be_bought_is_said_once_and_offers_no_form(
    stock: Stock, now: datetime, note: str, says: str
) -> None:
    page = register(stock, now=now)
    assert f">{note}.</h2>" in page
    assert says in page
    for never in ("<form", "Go to payment", "data-total", "aiting list"):
        assert never not in page
    assert ("Wait for a seat" in page) == (note == "Sold out")
    assert note in season(stock, now=now)
    assert "aiting list" not in season(stock, now=now)


@pytest.mark.proves("W-1", "C-2")
def test_before_its_sale_a_workshop_shows_its_prices_and_is_not_sold_out() -> None:
    page = register(CLOSED, now=DALLAS.on_sale_from - timedelta(days=9))
    assert "$599.00" in page
    assert "Sold out" not in page


@pytest.mark.proves("W-1", "C-3")
def test_a_member_list_is_spoken_of_only_where_there_is_one() -> None:
    sentence = "We match the email below with the member list."
    assert sentence in register(tier="ga")
    assert sentence not in register(tier="ga", roster=False)
    assert "member-hint" not in register(tier="ga", roster=False)


@pytest.mark.proves("W-1")
def test_every_page_leads_to_what_was_bought() -> None:
    for page in (register(tier="ga"), season(None)):
        assert '<a href="/find-my-purchase">Find my purchase</a>' in page
