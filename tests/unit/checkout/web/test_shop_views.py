"""The list of workshops and the registration page, from the shipped catalogue and stock as inventory tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checkout.catalogue.domain import DiscountCode, Quote, price_of
from checkout.seats.stock import Stock, TierStock
from checkout.web.forms import RegisterForm
from checkout.web.shop_views import (
    RegisterView,
    member_note,
    register_view,
    season_view,
    sold_out_sentence,
    workshop_view,
)
from checkout.web.tier_views import comb_ticks, first_choice, fitting
from config import PoolStatus
from tests.fixtures import shipped
from tests.unit.checkout.samples import NOW, code

CATALOGUE = shipped.catalogue()
DALLAS, ATLANTA = CATALOGUE.cities["dallas-jan-2027"], CATALOGUE.cities["atlanta-feb-2027"]


def level(limit: int, sold: int, held: int, status: PoolStatus = PoolStatus.AVAILABLE) -> TierStock:
    return TierStock(public_limit=limit, available=limit - sold - held, sold=sold, held=held, status=status)


STOCK: Stock = {
    DALLAS.city_id: {"ga": level(100, 68, 3), "vip": level(30, 26, 1, PoolStatus.LOW)},
    ATLANTA.city_id: {"ga": level(35, 5, 0), "vip": level(15, 15, 0, PoolStatus.SOLD_OUT)},
}


def registered(form: RegisterForm, *, stock: Stock | None = STOCK, quote: Quote | None = None) -> RegisterView:
    return register_view(CATALOGUE, DALLAS, stock, form, quote or (quoted(form) if form.tier else None), now=NOW)


def quoted(form: RegisterForm) -> Quote:
    price = price_of(DALLAS.tiers[form.tier], quantity=form.quantity, member=form.member, code=None)
    return Quote(price=price, member=form.member)


def typed(tier: str = "ga", *, quantity: int = 1, member: bool = False) -> RegisterForm:
    return RegisterForm(city_id=DALLAS.city_id, tier=tier, quantity=quantity, member=member)


@pytest.mark.proves("W-1")
def test_a_workshop_says_when_and_where_in_its_own_zone() -> None:
    view = workshop_view(CATALOGUE, DALLAS, STOCK, now=NOW)
    assert view.season == "Workshop 1 of 5 this season"
    assert view.when == "Sat–Sun, Jan 23–24, 2027"
    assert view.hours == "9 AM – 5 PM CST"
    assert view.where == "Foundry Hall, Deep Ellum"
    assert view.refund == "Full refund until January 16."
    assert (view.standing, view.note) == ("open", "From $599")


@pytest.mark.proves("W-1")
def test_prices_are_shown_as_charged() -> None:
    ga, vip = registered(typed()).workshop.tiers
    assert (ga.price, ga.struck, vip.price) == ("$599.00", None, "$1,199.00")
    ga, vip = registered(typed(member=True)).workshop.tiers
    assert (ga.price, ga.struck) == ("$479.20", "$599")
    assert (vip.price, vip.struck) == ("$1,079.10", "$1,199")


@pytest.mark.proves("W-1", "C-1")
def test_the_lines_of_the_stub_add_up_to_what_is_charged() -> None:
    ten_percent = code()
    price = price_of(DALLAS.tiers["ga"], quantity=2, member=True, code=ten_percent)
    view = registered(typed(quantity=2, member=True), quote=Quote(price=price, code=ten_percent, member=True))
    assert [(line.label, line.amount) for line in view.lines] == [
        ("2 × General Admission", "$1,198.00"),
        ("Member price, 20% off", "−$239.60"),
        ("Code FADE10", "−$95.84"),
    ]
    assert (view.total, view.code_applied) == ("$862.56", True)


@pytest.mark.proves("W-1")
def test_what_costs_nothing_leads_to_no_payment() -> None:
    gift = DiscountCode(code="GIFT", percent=100)
    price = price_of(DALLAS.tiers["ga"], quantity=1, member=False, code=gift)
    view = registered(typed(), quote=Quote(price=price, code=gift))
    assert (view.total, view.way_on) == ("$0.00", "Get tickets")
    assert registered(typed()).way_on == "Go to payment"


@pytest.mark.proves("W-1")
def test_a_code_that_does_not_count_says_why() -> None:
    view = registered(typed(), quote=replace(quoted(typed()), code_problem="FADE10 ended on January 5."))
    assert (view.code_problem, view.code_applied) == ("FADE10 ended on January 5.", False)


@pytest.mark.proves("C-3", "W-1")
def test_the_member_price_is_only_shown_to_whom_it_will_be_charged() -> None:
    form = typed(member=True)
    nobody = registered(form, quote=quoted(typed()))
    assert (nobody.on_roster, nobody.workshop.tiers[0].price) == (False, "$599.00")
    listed = registered(form, quote=replace(quoted(form), member_verified=True))
    assert (listed.on_roster, listed.workshop.tiers[0].price) == (True, "$479.20")
    assert registered(form).on_roster is None


@pytest.mark.proves("W-1", "I-1")
def test_what_is_left_is_said_and_stands_out_when_inventory_calls_it_low() -> None:
    ga, vip = workshop_view(CATALOGUE, DALLAS, STOCK, now=NOW).tiers
    assert (ga.left_text, ga.low) == ("29 of 100 seats left", False)
    assert (vip.left_text, vip.low) == ("3 of 30 seats left", True)
    many = {DALLAS.city_id: {"ga": level(100, 90, 0, PoolStatus.LOW), "vip": level(30, 22, 0)}}
    ga, vip = workshop_view(CATALOGUE, DALLAS, many, now=NOW).tiers
    assert (ga.left, ga.low, vip.left, vip.low) == (10, True, 8, False)


@pytest.mark.proves("W-1")
def test_a_sold_out_tier_stays_and_is_not_the_first_choice() -> None:
    _, vip = workshop_view(CATALOGUE, ATLANTA, STOCK, now=NOW).tiers
    assert (vip.sold_out, vip.left_text, vip.low, vip.left) == (True, "Sold out", False, 0)
    assert first_choice(ATLANTA, STOCK) == "ga"
    gone = {ATLANTA.city_id: {"ga": level(35, 35, 0, PoolStatus.SOLD_OUT), "vip": level(15, 0, 0)}}
    assert first_choice(ATLANTA, gone) == "vip"
    gone[ATLANTA.city_id]["vip"] = level(15, 15, 0, PoolStatus.SOLD_OUT)
    assert first_choice(ATLANTA, gone) == ""


@pytest.mark.proves("W-1")
def test_a_city_whose_cheaper_seats_are_gone_starts_at_the_others_price() -> None:
    gone = {DALLAS.city_id: {"ga": level(100, 100, 0, PoolStatus.SOLD_OUT), "vip": level(30, 26, 1)}}
    assert workshop_view(CATALOGUE, DALLAS, gone, now=NOW).note == "From $1,199"


@pytest.mark.proves("W-1")
@pytest.mark.parametrize(
    ("held", "explanation"),
    [
        (0, "All seats in Dallas are taken."),
        (1, "Somebody is paying for the last seats right now. What is not paid for comes back here."),
    ],
)
def test_a_city_without_seats_is_sold_out_and_has_no_price(held: int, explanation: str) -> None:
    out = PoolStatus.SOLD_OUT
    gone = {DALLAS.city_id: {"ga": level(100, 100 - held, held, out), "vip": level(30, 30, 0, out)}}
    view = registered(fitting(typed(), DALLAS, gone, most=6), stock=gone)
    assert (view.workshop.standing, view.workshop.note) == ("sold_out", "Sold out")
    assert view.workshop.explanation == explanation
    assert (view.chosen, view.lines, view.total) == (None, (), "–")


@pytest.mark.proves("W-1")
def test_a_gone_tier_is_not_chosen_and_a_number_fits_what_is_left() -> None:
    gone = {DALLAS.city_id: {"ga": level(100, 100, 0, PoolStatus.SOLD_OUT), "vip": level(30, 29, 0)}}
    assert fitting(typed("ga", quantity=3), DALLAS, gone, most=6).tier == ""
    assert fitting(typed("vip", quantity=3), DALLAS, gone, most=6).quantity == 1
    assert fitting(typed("vip", quantity=9), DALLAS, None, most=6).quantity == 6


@pytest.mark.proves("W-1")
def test_the_last_seats_are_named_as_such() -> None:
    one = {DALLAS.city_id: {"ga": level(100, 99, 0), "vip": level(30, 26, 1)}}
    assert registered(typed("ga"), stock=one).most_note == "1 seat is left."
    assert registered(typed("vip"), stock=one).most_note == "3 seats are left."
    assert registered(typed("ga")).most_note == "Up to 6 in one order."


@pytest.mark.proves("C-3", "W-1")
def test_a_member_list_is_spoken_of_only_where_there_is_one() -> None:
    assert not registered(typed()).roster
    listed = replace(CATALOGUE, terms=CATALOGUE.terms.model_copy(update={"roster": frozenset({"a@example.com"})}))
    assert register_view(listed, DALLAS, STOCK, typed(), quoted(typed()), now=NOW).roster


@pytest.mark.proves("W-1")
def test_without_inventory_the_page_sells_and_says_so() -> None:
    view = registered(typed(), stock=None)
    assert not view.stock_known
    assert view.workshop.standing == "open"
    assert view.most == 6
    assert view.workshop.tiers[0].left_text == "Seats left: not known right now"


@pytest.mark.proves("W-1")
def test_the_number_of_seats_is_bound_by_the_stock_of_the_chosen_tier() -> None:
    assert registered(typed("vip")).most == 3
    assert registered(typed("ga")).most == 6


@pytest.mark.proves("C-2")
def test_before_and_after_its_sale_a_workshop_can_not_be_bought() -> None:
    early = workshop_view(CATALOGUE, DALLAS, STOCK, now=DALLAS.on_sale_from - timedelta(days=1))
    late = workshop_view(CATALOGUE, DALLAS, STOCK, now=DALLAS.on_sale_until)
    assert (early.standing, early.note) == ("not_yet", "On sale from September 1, 9 AM CDT")
    assert {(tier.left_text, tier.buyable, tier.ticks) for tier in early.tiers} == {("Not on sale yet", False, ())}
    assert (late.standing, late.note) == ("over", "Sale ended")
    assert {(tier.left_text, tier.sold_out) for tier in late.tiers} == {("Sale ended", False)}


@pytest.mark.proves("W-1")
def test_the_season_counts_the_cities_that_are_still_to_come() -> None:
    assert season_view(CATALOGUE, STOCK, now=NOW).poster == "Five cities."
    later = season_view(CATALOGUE, STOCK, now=datetime(2027, 4, 30, tzinfo=UTC))
    assert (later.poster, later.lead) == ("One city.", "May 15–16, 2027. Choose a city.")
    assert season_view(CATALOGUE, STOCK, now=datetime(2028, 1, 1, tzinfo=UTC)).poster == "No cities."


@pytest.mark.proves("W-1")
def test_the_comb_never_rounds_a_seat_away() -> None:
    assert comb_ticks(level(100, 68, 3)) == ("sold",) * 34 + ("held",) * 2 + ("free",) * 14
    assert comb_ticks(level(30, 26, 1)) == ("sold",) * 26 + ("held",) + ("free",) * 3
    assert comb_ticks(level(500, 499, 0))[-1] == "free"
    assert comb_ticks(level(500, 0, 1))[0] == "held"
    assert comb_ticks(level(0, 0, 0)) == ()


@pytest.mark.proves("W-1", "I-3")
def test_a_comb_with_more_sold_than_the_public_limit_is_full() -> None:
    over = TierStock(public_limit=100, available=0, sold=104, held=0, status=PoolStatus.SOLD_OUT)
    assert comb_ticks(over) == ("sold",) * 50


@pytest.mark.proves("W-1", "C-13")
def test_seats_that_went_while_paying_lead_to_what_is_left() -> None:
    view = workshop_view(CATALOGUE, DALLAS, None, now=NOW, form=typed(quantity=2))
    gone = "Someone took the last GA seats a moment ago."
    assert sold_out_sentence(view, "ga", {"ga": 0, "vip": 3}) == f"{gone} 3 VIP seats are left."
    assert sold_out_sentence(view, "ga", {"ga": 0, "vip": 0}) == gone
    assert sold_out_sentence(view, "ga", {"ga": 1, "vip": 0}) == (
        "Someone was faster: only 1 seat is left here. Your order is for 1 seat now."
    )


@pytest.mark.proves("W-1")
@pytest.mark.parametrize(("seats", "whose"), [(1, "your seat"), (2, "both seats"), (3, "all 3 seats")])
def test_the_member_price_says_what_it_applies_to(seats: int, whose: str) -> None:
    assert member_note(seats) == f"Member price applied to {whose}."
