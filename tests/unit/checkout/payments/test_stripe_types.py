"""The types that an endpoint must be told of are those that have a handler."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.payments.processors.stripe_types import HANDLED
from checkout.payments.webhook_handlers import StripeHandlers


@pytest.mark.proves("C-4", "O-2")
def test_each_type_has_a_handler_and_no_other_has() -> None:
    unused: dict[str, Any] = dict.fromkeys(("payments", "completion", "afterwards", "outbox", "clock"))
    assert StripeHandlers(**unused).table().keys() == HANDLED
