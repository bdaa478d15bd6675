"""What playbooks say of refunds at providers' processors, rehearsed: one stands, and does not arrive in the end."""

from __future__ import annotations

import asyncio

import pytest

from chassis.database import Database
from tests.fixtures.hands import ask, control
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.hands import bought
from tests.integration.playbooks.providers import CONNECTIONS, appointment_paid, connected, settled
from tests.integration.playbooks.rehearsal import PATIENCE, Rehearsal, until


@pytest.mark.proves("O-3", "A-5", "P-4")
def test_a_refund_at_a_providers_processor_stands_and_does_not_arrive_in_the_end(vendors: WholeStack) -> None:
    """By the playbooks' words: nobody decides it for days, and when it is done, its bank sends it back."""
    order, token = bought(vendors, "stands@example.com"), vendors.token()
    settled(vendors, 15, {"payment_mode": "decentralized"})
    connection = connected(vendors, 15, "EAAAsandbox-elm")["id"]
    address = f"{vendors.gateway_url}{CONNECTIONS}/{connection}"
    until(lambda: str(ask(f"{address}/validate", "POST", token=token)), "'connected'")
    number = appointment_paid(vendors, 15)
    control(
        vendors, "POST", "faults", {"vendor": "square", "kind": "error", "operation": "refunds.create", "status": 503}
    )
    refund = f"{vendors.gateway_url}/api/v1/appointments/{number}/refund"
    assert ask(refund, "POST", {"reason": "The customer is ill"}, token=token)[1]["state"] == "due"
    asyncio.run(asked_for_days_ago(vendors, number))
    words = {"ORDER": order.id, "ID": str(number)}
    standing = Rehearsal(stack=vendors, name="refund-refused", words=words)
    check = f"{vendors.gateway_url}/api/admin/monitor/jobs/provider-payments-check/run"
    until(lambda: str(ask(check, "POST", token=token)[0]), "200")
    until(lambda: standing.aside("fullhouse alerts list --rule refund_standing"), "1 undecided")
    until(standing.look, "way_refund_waits")
    control(vendors, "DELETE", "faults")
    made = asyncio.run(done(vendors, number))
    assert "LEDGER" in standing.aside("fullhouse payments trace --appointment ID")
    until(lambda: str(ask(check, "POST", token=token)[0]), "200")
    until(lambda: standing.aside("fullhouse alerts list --rule refund_standing"), "No open alerts")

    control(vendors, "POST", f"square/refunds/{made}/fail", {})
    assert ask(f"{address}/sync", "POST", token=token)[0] == 200
    failed = Rehearsal(stack=vendors, name="refund-failed", words=words)
    until(failed.look, "way_refund", "state=failed")
    again = 'fullhouse payments refund ID --reason "The first refund came back" --yes'
    assert "80.00 USD is" in failed.aside(again)
    assert ask(address, "DELETE", token=token)[0] == 200


async def asked_for_days_ago(stack: WholeStack, appointment: int) -> None:
    sql = "UPDATE way_refunds SET created_at = created_at - interval '2 days' WHERE appointment_id = $1"
    database = await Database.connect(stack.database_url("checkout"), application="test", pool_size=1)
    await database.execute(sql, appointment)
    await database.close()


async def done(stack: WholeStack, appointment: int) -> str:
    """The processor's id of its refund, once that is done."""
    sql = "SELECT processor_refund_id FROM way_refunds WHERE appointment_id = $1 AND state = 'done'"
    database = await Database.connect(stack.database_url("checkout"), application="test", pool_size=1)
    async with asyncio.timeout(PATIENCE):
        while (made := await database.fetchval(sql, appointment)) is None:
            await asyncio.sleep(0.2)
    await database.close()
    return str(made)
