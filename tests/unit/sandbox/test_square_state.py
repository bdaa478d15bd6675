"""What Square's stand-in knows goes on with the next process, what was taken back too."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.core.http import Request
from sandbox.settings import SandboxSettings
from sandbox.square.api import SquareApi
from sandbox.square.errors import SquareRefusedError
from sandbox.square.payments import Wanted
from sandbox.square.state import SELLERS
from sandbox.world import World

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("S-1")]

ELM = next(iter(SELLERS.values()))


def _world(state: Path) -> World:
    return World.make(
        SandboxSettings.from_environ(
            {
                "FULLHOUSE_MODE": "sandbox",
                "SANDBOX_URL": "http://127.0.0.1:8090",
                "PUBLIC_URL": "http://127.0.0.1:8000",
                "SANDBOX_STATE_FILE": str(state),
            }
        )
    )


async def test_payments_and_what_was_taken_back_outlive_the_process(tmp_path: Path) -> None:
    world = _world(tmp_path / "state.db")
    square = SquareApi(world)
    payment = square.payments.take(ELM, Wanted(amount=900, currency="USD"))
    square.state.tokens["t-1"] = {"seller": ELM.id, "application": "a", "scopes": [], "ends": 1e12, "revoked": False}
    await world.keep.written()
    square.oauth.end(ELM, by="MERCHANT")
    square.refunds.give_back(ELM, square.state.payments[payment["id"]], 400)
    await world.keep.written()
    world.keep.close()
    later = _world(tmp_path / "state.db")
    again = SquareApi(later)
    assert again.state.payments[payment["id"]]["refunded_money"] == {"amount": 400, "currency": "USD"}
    with pytest.raises(SquareRefusedError, match="revoked"):
        again.oauth.caller(Request("GET", "/", headers={"authorization": "Bearer t-1"}))
    later.keep.close()
