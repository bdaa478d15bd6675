"""How long a webhook rests that is not done yet (C-4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checkout.webhooks.domain import pause_after, pause_while_waiting

pytestmark = pytest.mark.proves("C-4")


def test_pauses_grow_and_end_growing() -> None:
    assert pause_after(0) < pause_after(3) < pause_after(20) == pause_after(30)
    assert pause_while_waiting(timedelta(0)) < pause_while_waiting(timedelta(hours=1)) == timedelta(minutes=5)
