"""What somebody is told before and after limits change, and of what can't be read (I-8)."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from inventory.limits.domain import LimitAction, Limits
from inventory.limits.errors import InvalidTicketTier, SeatsTaken
from inventory.staff.limit_forms import ResetForm, ResizeForm, Typed, Way
from inventory.staff.limit_views import change_rows, done_view, verb, ways, who_is_first, would_be
from tests.unit.inventory.staff.samples import city, pool

pytestmark = pytest.mark.proves("I-8", "W-2")

DALLAS = city("dallas", pool("ga", 1000, 1200, sold=990), pool("vip", 5, 8))
STARTING = {"ga": Limits(public=1000, actual=1200), "vip": Limits(public=4, actual=4)}


def typed(spots: str = "10", *, tier: str = "ga", reason: str = "More chairs", public: bool = False) -> Typed:
    return Typed(tier=tier, spots=spots, reason=reason, public=public)


@pytest.mark.parametrize("spots", ["", "0", "51", "-3", "1.5", "many", "٣", "9" * 5000])
def test_a_number_that_can_not_be_opened_is_told_at_its_field(spots: str) -> None:
    problems = typed(spots).problems(Way.EXPAND)
    assert problems == {"spots": "Write a number from 1 to 50. Open more in a second step."}


def test_what_is_missing_is_told_at_its_field() -> None:
    told = "Say why, in one line of at most 300 characters."
    assert Typed().problems(Way.SHRINK) == {
        "tier": "Choose a tier.",
        "spots": "Write how many seats, as a number.",
        "reason": told,
    }
    assert Typed(reason="x" * 301).problems(Way.RESET) == {"reason": told}
    assert Typed(reason="a\u202eb").problems(Way.RESET) == {"reason": told}
    assert typed("51").problems(Way.SHRINK) == {}


def test_what_would_be_is_what_the_deed_would_do() -> None:
    opened = change_rows(would_be(Way.EXPAND, typed(public=True), DALLAS, STARTING))
    assert [(row.tier, row.public, row.actual) for row in opened] == [("GA", ("1,000", "1,010"), ("1,200", "1,210"))]
    assert [(row.left, row.room) for row in opened] == [(("10", "20"), ("210", "220"))]
    taken = change_rows(would_be(Way.SHRINK, typed(), DALLAS, STARTING))
    assert [(row.public, row.actual) for row in taken] == [(("1,000", "1,000"), ("1,200", "1,190"))]
    again = change_rows(would_be(Way.RESET, typed(tier=""), DALLAS, STARTING))
    assert [(row.tier, row.public, row.actual) for row in again] == [("VIP", ("5", "4"), ("8", "4"))]
    assert change_rows(would_be(Way.RESET, typed(tier="ga"), DALLAS, STARTING)) == []


def test_what_the_deed_would_be_refused_is_refused_before() -> None:
    with pytest.raises(SeatsTaken):
        would_be(Way.SHRINK, typed("211"), DALLAS, STARTING)
    with pytest.raises(InvalidTicketTier):
        would_be(Way.EXPAND, typed(tier="box"), DALLAS, STARTING)


def test_the_button_says_what_it_does_and_who_has_the_seats_first() -> None:
    assert [verb(way, typed("1")) for way in Way] == ["Open 1 GA seat", "Take 1 GA seat away", "Reset GA"]
    assert verb(Way.RESET, typed(tier="")) == "Reset all tiers"
    one = who_is_first(Way.EXPAND, typed(public=True), oversold=1, waiting=1)
    assert one == [
        "1 paid seat has no room yet: new ones go to them first.",
        "1 person is in line: what is left is offered to them.",
    ]
    many = who_is_first(Way.EXPAND, typed(), oversold=1200, waiting=3)
    assert many == ["1,200 paid seats have no room yet: new ones go to them first."]
    assert who_is_first(Way.SHRINK, typed(public=True), oversold=1, waiting=1) == []


def test_who_goes_to_another_way_keeps_the_tier() -> None:
    found = ways("dallas", chosen=Way.SHRINK, tier="vip")
    assert [each.name for each in found if each.here] == ["Take seats away"]
    assert found[0].href == "/staff/inventory/dallas/expand?tier=vip"


def test_what_was_done_is_told_on_the_page_of_its_city_only() -> None:
    asked = {"action": LimitAction.EXPANDED, "actor": "ann@example.com", "city_id": "dallas", "body": {"reason": "So"}}
    limits = {"before": {"public": 5, "actual": 8}, "after": {"public": 1005, "actual": 1008}}
    found = (asked, {"pools": [{"tier": "ga", **limits}]})
    done = done_view("dallas", found)
    assert done is not None
    assert (done.word, done.actor, done.reason) == ("Opened.", "ann@example.com", "So")
    assert done.limits == [("GA", ("5", "1,005"), ("8", "1,008"))]
    assert done_view("atlanta", found) is None
    assert done_view("dallas", None) is None
    by_api = ({"action": LimitAction.EXPANDED, "actor": "ann@example.com", "body": {}}, {"success": True})
    assert done_view("dallas", by_api) is None


def test_a_form_takes_what_its_page_sends_and_nothing_else() -> None:
    sent = {"tier": "ga", "spots": "3", "reason": " More chairs ", "public": "true", "key": "k"}
    form = ResizeForm.model_validate(sent)
    assert (form.resizing("dallas").spots, form.resizing("dallas").reason) == (3, "More chairs")
    for wrong in ({"key": ""}, {"spots": "0"}, {"reason": " "}, {"authorizedBy": "bob@example.com"}):
        with pytest.raises(ValidationError):
            ResizeForm.model_validate({**sent, **wrong})
    assert ResetForm.model_validate({"reason": "So", "key": "k"}).tier == ""
