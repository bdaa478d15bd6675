"""`fullhouse maintenance` on the whole stack: step by step, and back."""

from __future__ import annotations

import json

import pytest

from stack.errors import StackError
from stack.layout import SERVICES
from tests.fixtures.stack import WholeStack
from tests.integration.thread.shop import Shop

CITY = "thread-maintenance"

pytestmark = pytest.mark.asyncio


@pytest.mark.proves("O-4", "C-8", "O-1")
async def test_purchases_pause_while_what_came_is_worked_off_and_go_on(shop: Shop, stack: WholeStack) -> None:
    try:
        done = json.loads(stack.fullhouse("maintenance", "start", "--reason", "We move.", "--until", "30m", "--json"))
        assert list(done["steps"]) == [
            "Pause purchases",
            "Settle payments that are on their way",
            "Work off what has come",
            "Back up",
        ]
        newest = json.loads(stack.fullhouse("backup", "list", "--json"))["data"][0]
        assert newest["services"] == sorted(SERVICES)
        status, refused = await shop.checkout(CITY, quantity=1, email="late@example.com", key="late")
        assert (status, refused["code"], refused["reason"]) == (503, "maintenance", "We move.")
        assert "We move." in stack.fullhouse("maintenance", "status")
        with pytest.raises(StackError, match="still to come"):
            stack.fullhouse("maintenance", "start", "--reason", "We move.", "--until", "2020-01-01")
    finally:
        ended = json.loads(stack.fullhouse("maintenance", "end", "--json"))
    assert ended == {"enabled": False, "paused": True}
    assert (await shop.checkout(CITY, quantity=1, email="late@example.com", key="late"))[0] == 200
    assert json.loads(stack.fullhouse("maintenance", "end", "--json"))["paused"] is False
