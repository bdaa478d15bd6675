"""Playbooks about seats, rehearsed: the trouble is there, each command runs, and what "Verify" says is seen."""

from __future__ import annotations

import asyncio
import urllib.request

import pytest
from pydantic import SecretStr

from chassis.database import Database
from chassis.tokens import ServiceTokens
from cli.environment import port_of
from tests.fixtures.hands import ask
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.hands import Order, bought, mailed, order_of, pay, place
from tests.integration.playbooks.rehearsal import Rehearsal, until

pytestmark = [pytest.mark.usefixtures("everything_runs"), pytest.mark.proves("O-3")]

CITY = "thread-limits"
SELLING = "thread-selling"


async def meddle(stack: WholeStack) -> None:
    """Somebody with the database's keys changes a pool past all rules."""
    database = await Database.connect(stack.database_url("inventory"), application="test", pool_size=1)
    await database.execute("UPDATE pools SET sold = sold + 2 WHERE city_id = $1 AND tier = 'ga'", CITY)
    await database.close()


@pytest.mark.proves("I-12", "I-8", "A-6")
def test_selling_fast(vendors: WholeStack) -> None:
    place(vendors, "buys.fast@example.com", city=SELLING, tier="VIP")
    words = {"CITY": SELLING, "TIER": "vip", "SPOTS": "2"}
    rehearsal = Rehearsal(stack=vendors, name="selling-fast", words=words)
    until(rehearsal.look, "buys.fast@example.com", "Nobody waits.")
    rehearsal.act()
    assert "the room takes more" in until(rehearsal.verify, "vip")


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


FULL = "thread-oversold"


def give_back(stack: WholeStack, order: Order) -> None:
    """The order's hold ends before it is paid, as one does that checkout has given up."""
    tokens = ServiceTokens([SecretStr(stack.value("SERVICE_TOKEN_KEY"))])
    url = f"http://127.0.0.1:{port_of('inventory', stack.layout.ports.base)}/internal/holds/{order.id}"
    request = urllib.request.Request(
        url, method="DELETE", headers={"authorization": f"Bearer {tokens.issue('checkout', 'inventory')}"}
    )
    with urllib.request.urlopen(request):  # noqa: S310 - loopback
        pass


def oversold(stack: WholeStack) -> list[Order]:
    """Three seats there are and six who paid: three of them at the very end."""
    late = [place(stack, f"late{number}@example.com", city=FULL, tier="VIP") for number in range(3)]
    for order in late:
        give_back(stack, order)
    sold = [bought(stack, f"sold{number}@example.com", city=FULL, tier="VIP").id for number in range(3)]
    until(lambda: stack.fullhouse("stock", "seats", "--city", FULL, "--json"), *sold)
    for owed, order in enumerate(late, start=1):
        pay(stack, order.session)
        until(lambda: stack.fullhouse("stock", "oversold", "--json"), *[each.id for each in late[:owed]])
    return late


@pytest.mark.proves("I-3", "I-8", "C-7")
def test_oversell_crisis(vendors: WholeStack) -> None:
    first, second, third = oversold(vendors)
    words = {
        "CITY": FULL,
        "TIER": "vip",
        "SPOTS": "1",
        "ORDER": str(order_of(vendors, second)["displayNumber"]),
        "OTHERCITY": FULL,
        "OTHERTIER": "ga",
        "ORDERTWO": third.id,
    }
    rehearsal = Rehearsal(stack=vendors, name="oversell-crisis", words=words)
    until(rehearsal.look, "inventory_negative", "late0@example.com", "late2@example.com")
    acted = rehearsal.act()
    assert f"{FULL} VIP has 4 seats now, 3 before" in acted
    assert f"1 seat in {FULL} GA now, before in {FULL} VIP." in acted
    until(rehearsal.verify, "Everybody who paid has a seat.", "pools are what everything else says")
    until(lambda: mailed(vendors, "late0@example.com"), "You have your seat, Jordan.")
    until(lambda: mailed(vendors, "late1@example.com"), "You have new tickets, Jordan.")
    until(lambda: mailed(vendors, "late2@example.com"), "Your money is on its way back")
    assert order_of(vendors, first)["fulfilment"]["oversold"] is False
    assert order_of(vendors, third)["state"] == "refunded"


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
