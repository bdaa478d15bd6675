"""Playbooks about seats, rehearsed: the trouble is there, each command runs, and what "Verify" says is seen."""

from __future__ import annotations

import asyncio

import pytest

from chassis.database import Database
from tests.fixtures.hands import ask
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.rehearsal import Rehearsal, until

pytestmark = [pytest.mark.usefixtures("everything_runs"), pytest.mark.proves("O-3")]

CITY = "thread-limits"


async def meddle(stack: WholeStack) -> None:
    """Somebody with the database's keys changes a pool past all rules."""
    database = await Database.connect(stack.database_url("inventory"), application="test", pool_size=1)
    await database.execute("UPDATE pools SET sold = sold + 2 WHERE city_id = $1 AND tier = 'ga'", CITY)
    await database.close()


@pytest.mark.proves("I-7", "A-11")
def test_inventory_mismatch(stocked: WholeStack) -> None:
    rehearsal = Rehearsal(stack=stocked, name="inventory-mismatch", words={"CITY": CITY})
    until(rehearsal.look, "pools are what everything else says")
    asyncio.run(meddle(stocked))
    wrong = (f"✗ {CITY} GA: sold is 2, its ledger say 0", f"✗ {CITY} GA: sold is 2, its tickets say 0")
    until(rehearsal.look, *wrong, "inventory_sync_failed")
    assert f"{CITY} GA is corrected: sold 2 → 0." in rehearsal.act()
    verified = rehearsal.verify()
    assert "pools are what everything else says" in verified
    assert "what had happened" in verified


@pytest.mark.proves("I-8", "A-5")
def test_expansion_refused(stocked: WholeStack) -> None:
    url = f"{stocked.gateway_url}/api/admin/inventory/expand"
    wish = {"cityId": CITY, "tier": "vip", "reason": "More chairs", "authorizedBy": "pat@example.org"}
    refused = [ask(url, "POST", {**wish, "additionalSpots": 5}, token=stocked.token()) for _ in range(3)]
    assert [(status, answer["code"]) for status, answer in refused] == [(403, "invalid_authorization")] * 3
    words = {"CITY": CITY, "TIER": "vip", "SPOTS": "5"}
    rehearsal = Rehearsal(stack=stocked, name="expansion-refused", words=words)
    until(rehearsal.look, "admin_refusals", "refused invalid_authorization")
    assert f"{CITY} VIP has 8 seats now, 3 before" in rehearsal.act()
    assert "who asked for it, and why" in rehearsal.verify()
