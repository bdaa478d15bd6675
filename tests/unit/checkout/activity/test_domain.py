"""Strangers fill no figure with names of their own."""

from __future__ import annotations

import pytest

from checkout.activity.domain import is_known
from events import ActivityEvent, ActivityFormStart, ActivityPageView, ActivityTicketSelected, ActivityWebVital
from tests.unit.checkout.samples import NOW, catalogue, city

pytestmark = pytest.mark.proves("C-10")

WHO = {"visitor_id": "4f-a0-17-9c", "occurred_at": NOW}
DALLAS, GONE = "dallas-jan-2027", "tampa-jan-2025"


@pytest.mark.parametrize(
    ("event", "known"),
    [
        (ActivityPageView(**WHO, page="workshops"), True),
        (ActivityPageView(**WHO, page="register", city_id=DALLAS), True),
        (ActivityPageView(**WHO, page="register", city_id="atlantis"), False),
        (ActivityFormStart(**WHO, city_id=DALLAS), True),
        (ActivityFormStart(**WHO, city_id=GONE), False),
        (ActivityTicketSelected(**WHO, city_id=DALLAS, tier="vip"), True),
        (ActivityTicketSelected(**WHO, city_id=DALLAS, tier="throne"), False),
        (ActivityTicketSelected(**WHO, city_id="atlantis", tier="vip"), False),
        (ActivityWebVital(**WHO, page="register", vital="CLS", value=0.02), True),
        (ActivityWebVital(**WHO, page="register", vital="TTFB", value=20), False),
    ],
)
def test_only_what_is_about_something_of_ours_is_told_on(event: ActivityEvent, known: bool) -> None:
    offered = catalogue(city(DALLAS), city(GONE, withdrawn=True))
    assert is_known(event, offered) is known
