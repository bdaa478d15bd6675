"""Who waits, as the page of a city's waiting list tells it (I-10)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from inventory.staff.line_views import line_address, line_rows, states
from inventory.waitlist.domain import EntryState
from tests.unit.inventory.staff.samples import standing
from tests.unit.monitor.samples import NOW

pytestmark = pytest.mark.proves("I-10", "W-2")


def test_who_waits_has_a_place_and_who_has_an_offer_its_end() -> None:
    found = [standing(ahead=1233), standing(until=NOW + timedelta(minutes=20))]
    waits, offered = line_rows(found, "America/Chicago", now=NOW)
    assert (waits.place, waits.tier, waits.seats, waits.since) == ("1,234", "VIP", "2", "Nov 18, 6:00 AM")
    assert (waits.name, waits.email, waits.until) == ("Wanda", "wanda@example.com", "–")
    assert (offered.place, offered.until) == ("–", "6:20 AM")


def test_the_address_keeps_the_state_and_the_place() -> None:
    here = line_address("dallas", state=EntryState.OFFERED, cursor="7")
    assert here == "/staff/inventory/dallas/waitlist?state=offered&cursor=7"
    found = states("dallas", chosen=EntryState.OFFERED)
    assert [choice.name for choice in found] == ["Waiting", "Offered", "Taken", "Expired", "Left"]
    assert [choice.name for choice in found if choice.here] == ["Offered"]
