"""What people read who wait for seats."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from checkout.waitlist.domain import Place, PlaceLink, PlaceState
from checkout.web.waitlist_views import JoinForm, PlaceView, check_join, place_view
from tests.fixtures import shipped
from tests.unit.checkout.samples import NOW

CATALOGUE = shipped.catalogue()
CITY = CATALOGUE.cities["dallas-jan-2027"]
LINK = PlaceLink(UUID("0193476e-8a00-7000-8000-000000000001"), "pV3sN8wLk2Qe7RtYb1ZxCm4d")


def shown(state: PlaceState, *, quantity: int = 2, ahead: int = 0) -> PlaceView:
    place = Place(
        link=LINK,
        city_id=CITY.city_id,
        tier="ga",
        quantity=quantity,
        first_name="Ann",
        email="ann@example.com",
        state=state,
        ahead=ahead,
        offer_id=UUID(int=2),
        offered_until=NOW + timedelta(minutes=30),
    )
    return place_view(place, CATALOGUE, now=NOW)


@pytest.mark.proves("I-10", "W-1")
def test_only_an_open_offer_leads_to_its_seats() -> None:
    offered = shown(PlaceState.OFFERED)
    assert offered.take == f"/register?city={CITY.city_id}&tier=ga&quantity=2&place={LINK}"
    assert offered.leave == str(LINK)
    assert [shown(state).take for state in PlaceState if state is not PlaceState.OFFERED] == [""] * 4
    assert offered.heading == "2 seats are held for you."
    assert shown(PlaceState.OFFERED, quantity=1).taking == "Take the seat"


@pytest.mark.proves("I-10", "W-1")
def test_an_open_offer_shows_what_its_seats_cost_and_how_long_they_are_held() -> None:
    offer = shown(PlaceState.OFFERED).offer
    assert offer is not None
    assert (offer.seats, offer.tier, offer.total) == ("2 seats", "General Admission", "$1,198.00")
    assert offer.hold_seconds == 30 * 60
    assert [shown(state).offer for state in PlaceState if state is not PlaceState.OFFERED] == [None] * 4


@pytest.mark.proves("I-10", "W-1")
def test_who_waits_sees_how_many_are_ahead_and_who_does_not_may_join_again() -> None:
    assert shown(PlaceState.WAITING).sentences[0].endswith("Nobody is ahead of you.")
    assert shown(PlaceState.WAITING, ahead=1).sentences[0].endswith("1 other is ahead of you.")
    assert shown(PlaceState.WAITING, ahead=2).sentences[0].endswith("2 others are ahead of you.")
    for state in (PlaceState.EXPIRED, PlaceState.LEFT, PlaceState.TAKEN):
        assert (bool(shown(state).again), shown(state).leave) == (True, "")


@pytest.mark.proves("I-10", "W-1")
def test_what_is_missing_is_named() -> None:
    assert check_join(JoinForm(CITY.city_id, "ga", 2, "Ann", "ann@example.com"), CITY) == {}
    wrong = check_join(JoinForm(CITY.city_id, "balcony", 2, "", "ann@example"), CITY)
    assert wrong == {
        "tier": "Choose a ticket.",
        "first_name": "Write your first name.",
        "email": "The part after @ has no ending. Write it like name@example.com. The offer goes there.",
    }


@pytest.mark.parametrize("text", ["", "x", f"{LINK}.", f"{LINK.entry_id}", f"{LINK} ", str(LINK).upper() + "!"])
def test_what_is_no_link_opens_nothing(text: str) -> None:
    assert PlaceLink.parse(text) is None
    assert PlaceLink.parse(str(LINK)) == LINK
