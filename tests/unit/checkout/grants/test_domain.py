from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from checkout.grants.domain import Grant, granted_order
from events import CustomerKind, LineKind
from tests.unit.checkout.samples import NOW, catalogue, city


@pytest.mark.proves("W-4", "N-1")
def test_who_is_given_something_is_written_to_as_the_business_speaks() -> None:
    here = city()
    grant = Grant(email="jo@example.com", kind=LineKind.SEATS, item_id=here.city_id, tier="ga", reason="A guest")
    order = granted_order(
        grant,
        UUID(int=1),
        catalogue(here),
        session=None,
        customer_kind=CustomerKind.NEW,
        live_mode=False,
        language="es",
        now=NOW,
        held_until=NOW + timedelta(minutes=10),
    )
    assert order.customer.language == "es"
