from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checkout.seats.stock import StockStatus, TierStock
from checkout.web.forms import RegisterForm
from checkout.web.ports import Maintenance, Quote
from checkout.web.shop_views import (
    RegisterView,
    first_choice,
    member_note,
    register_view,
    season_view,
    sold_out_sentence,
    workshop_view,
)
from checkout.web.tier_views import comb_ticks
from tests.unit.checkout.web.shop import NOW, levels, season, usd

DALLAS, ATLANTA = season().workshops[:2]


def stock(limit: int, sold: int, held: int, available: int | None = None) -> TierStock:
    left = limit - sold - held if available is None else available
    return TierStock(public_limit=limit, available=left, sold=sold, held=held, status=StockStatus.AVAILABLE)


def registered(form: RegisterForm, *, known: bool = True, until: datetime | None = None) -> RegisterView:
    shop = season()
    if until is not None:
        shop = replace(shop, maintenance=Maintenance(reason="We move the till.", until=until))
    quote = Quote(lines=(), total=usd(0))
    workshop = next(w for w in shop.workshops if w.city_id == form.city_id)
    return register_view(shop, workshop, levels() if known else None, form, quote, now=NOW)


@pytest.mark.proves("W-1")
def test_a_workshop_says_when_and_where_in_its_own_zone() -> None:
    view = workshop_view(season(), DALLAS, levels(), now=NOW, form=None)
    assert view.season == "Workshop 1 of 5 this season"
    assert view.when == "Sat–Sun, Jan 24–25, 2026"
    assert view.hours == "9 AM – 5 PM CST"
    assert view.where == "Foundry Hall, Deep Ellum"
    assert view.refund == "Full refund until January 17."
    assert view.from_price == "$599"


@pytest.mark.proves("W-1")
def test_prices_are_shown_as_charged() -> None:
    ga, vip = registered(RegisterForm(city_id=DALLAS.city_id, tier="ga")).workshop.tiers
    assert (ga.price, ga.struck, vip.price) == ("$599.00", None, "$1,199.00")
    ga, vip = registered(RegisterForm(city_id=DALLAS.city_id, tier="ga", member=True)).workshop.tiers
    assert (ga.price, ga.struck) == ("$479.20", "$599")
    assert (vip.price, vip.struck) == ("$1,079.10", "$1,199")


@pytest.mark.proves("W-1")
def test_what_is_left_is_said_and_low_stock_stands_out() -> None:
    ga, vip = workshop_view(season(), DALLAS, levels(), now=NOW, form=None).tiers
    assert (ga.left_text, ga.low) == ("29 of 100 seats left", False)
    assert (vip.left_text, vip.low) == ("3 of 30 seats left", True)


@pytest.mark.proves("W-1")
def test_a_sold_out_tier_stays_and_is_not_the_first_choice() -> None:
    _, vip = workshop_view(season(), ATLANTA, levels(), now=NOW, form=None).tiers
    assert (vip.sold_out, vip.left_text, vip.low, vip.left) == (True, "Sold out", False, 0)
    gone = levels()
    gone[ATLANTA.city_id] = {"ga": stock(100, 100, 0), "vip": stock(30, 0, 0)}
    assert first_choice(ATLANTA, gone) == "vip"


@pytest.mark.proves("W-1", "I-3")
def test_an_oversold_tier_shows_no_number_below_nothing() -> None:
    over = {DALLAS.city_id: {"ga": stock(100, 104, 0, available=-4)}}
    tier = workshop_view(season(), DALLAS, over, now=NOW, form=None).tiers[0]
    assert (tier.sold_out, tier.left) == (True, 0)
    assert tier.ticks == ("sold",) * 50


@pytest.mark.proves("W-1")
def test_without_inventory_the_page_sells_and_says_so() -> None:
    view = registered(RegisterForm(city_id=DALLAS.city_id, tier="ga"), known=False)
    assert not view.stock_known
    assert view.open
    assert view.most == 6
    assert view.workshop.tiers[0].left_text == "Seats left: not known right now"


@pytest.mark.proves("W-1")
def test_the_number_of_seats_is_bound_by_the_stock_of_the_chosen_tier() -> None:
    assert registered(RegisterForm(city_id=DALLAS.city_id, tier="vip")).most == 3
    assert registered(RegisterForm(city_id=DALLAS.city_id, tier="ga")).most == 6


@pytest.mark.proves("C-8", "W-1")
def test_maintenance_says_why_and_until_when() -> None:
    view = registered(RegisterForm(city_id=DALLAS.city_id, tier="ga"), until=datetime(2026, 1, 10, 21, 30, tzinfo=UTC))
    assert not view.open
    assert view.maintenance is not None
    assert view.maintenance.startswith("We move the till. We expect to be back at 3:30 PM CST.")


@pytest.mark.proves("C-2")
def test_before_and_after_its_sale_a_workshop_can_not_be_bought() -> None:
    early = workshop_view(season(), DALLAS, None, now=DALLAS.on_sale_from - timedelta(days=1), form=None)
    late = workshop_view(season(), DALLAS, None, now=DALLAS.on_sale_until, form=None)
    assert early.sale_note == "On sale from October 31, 7:00 PM CDT."
    assert late.sale_note == "The sale for this workshop has ended."


@pytest.mark.proves("W-1")
def test_the_season_counts_the_cities_that_are_still_to_come() -> None:
    assert season_view(season(), levels(), now=NOW).poster == "Five cities."
    later = season_view(season(), levels(), now=datetime(2026, 4, 30, tzinfo=UTC))
    assert (later.poster, later.lead) == ("One city.", "May 16–17, 2026. Choose a city.")
    assert season_view(season(), levels(), now=datetime(2027, 1, 1, tzinfo=UTC)).poster == "No cities."


@pytest.mark.proves("W-1")
def test_the_comb_never_rounds_a_seat_away() -> None:
    assert comb_ticks(stock(100, 68, 3)) == ("sold",) * 34 + ("held",) * 2 + ("free",) * 14
    assert comb_ticks(stock(30, 26, 1)) == ("sold",) * 26 + ("held",) + ("free",) * 3
    assert comb_ticks(stock(500, 499, 0))[-1] == "free"
    assert comb_ticks(stock(500, 0, 1))[0] == "held"
    assert comb_ticks(stock(0, 0, 0)) == ()


@pytest.mark.proves("W-1", "C-13")
def test_seats_that_went_while_paying_lead_to_what_is_left() -> None:
    form = RegisterForm(city_id=DALLAS.city_id, tier="ga", quantity=2)
    view = workshop_view(season(), DALLAS, None, now=NOW, form=form)
    gone = "Someone took the last GA seats a moment ago."
    assert sold_out_sentence(view, {"available": {"ga": 0, "vip": 3}}) == (
        f"{gone} 3 VIP seats are left, or join the waiting list."
    )
    assert sold_out_sentence(view, {"available": {"ga": 0, "vip": 0}}) == f"{gone} You can join the waiting list."
    assert sold_out_sentence(view, {"available": {"ga": 1, "vip": 0}}) == (
        "Someone was faster: only 1 seat is left here. Choose fewer."
    )


@pytest.mark.proves("W-1")
@pytest.mark.parametrize(("seats", "whose"), [(1, "your seat"), (2, "both seats"), (3, "all 3 seats")])
def test_the_member_price_says_what_it_applies_to(seats: int, whose: str) -> None:
    assert member_note(seats) == f"Member price applied to {whose}."
