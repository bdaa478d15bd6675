"""The types that an endpoint must be told of are those that have a handler."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.commission.webhook_handlers import CollectionHandlers
from checkout.payments.processors.stripe_types import HANDLED, LISTED
from checkout.payments.webhook_handlers import StripeHandlers


@pytest.mark.proves("C-4", "O-2")
def test_each_type_has_a_handler_and_no_other_has() -> None:
    names = ("payments", "completion", "afterwards", "others", "appointments", "outbox", "clock")
    unused: dict[str, Any] = dict.fromkeys(names)
    collecting: dict[str, Any] = dict.fromkeys(("wake", "looks"))
    tables = StripeHandlers(**unused).table(), CollectionHandlers(**collecting).table()
    assert tables[0].keys() | tables[1].keys() == HANDLED
    assert not tables[0].keys() & tables[1].keys()
    assert all(len(part) <= 20 for part in LISTED), "Stripe lists events by so many types at most"
    assert sum(map(len, LISTED)) == len(HANDLED), "none is listed twice"
