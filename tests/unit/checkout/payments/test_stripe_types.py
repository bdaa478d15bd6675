"""The types that an endpoint must be told of are those that have a handler."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.commission.webhook_handlers import CollectionHandlers
from checkout.payments.processors.stripe_types import HANDLED
from checkout.payments.webhook_handlers import StripeHandlers


@pytest.mark.proves("C-4", "O-2")
def test_each_type_has_a_handler_and_no_other_has() -> None:
    unused: dict[str, Any] = dict.fromkeys(("payments", "completion", "afterwards", "others", "outbox", "clock"))
    tables = StripeHandlers(**unused).table(), CollectionHandlers(wake=lambda: None).table()
    assert tables[0].keys() | tables[1].keys() == HANDLED
    assert not tables[0].keys() & tables[1].keys()
    assert len(HANDLED) <= 20, "Stripe lists events by so many types at most"
