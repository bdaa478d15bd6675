"""What on-call people read and compare providers' payments with, as the playbooks have it (P-6, O-3)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from chassis.tokens import Role
from sandbox.square.state import PERSONAL, SELLERS
from tests.integration.checkout.appointed import book, paid_appointment
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.test_providers import keep
from tests.integration.checkout.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-6", "O-3")]

PATH: Final = "/api/v1/external-payments/connections"
SELLER: Final = next(iter(SELLERS.values()))


async def connected(world: World) -> int:
    """A provider's account at Square, whose owner has pasted a token."""
    wish = {"processor": "square", "provider": 7301, "credentials": {"access_token": PERSONAL + SELLER.short}}
    made = await world.ask("POST", PATH, json=wish, headers=world.token(Role.ADMIN))
    assert made.status == 200, made
    number: int = made.body["id"]

    async def is_connected() -> bool:
        found = await world.ask("POST", f"{PATH}/{number}/validate", headers=world.token(Role.ADMIN))
        return found.status == 200 and found.body["status"] == "connected"

    await world.until(is_connected, "the account is connected")
    return number


async def sold(world: World, amount: int, *, minutes_ago: int = 0) -> None:
    """At the seller's counter; nobody is told."""
    at = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()
    body = {"seller": SELLER.id, "amount": amount, "at": at}
    answer = await world.ask("POST", f"{world.sandbox}/_sandbox/square/payments", json=body)
    assert answer.status == 201, answer


async def test_payments_are_read_and_compared_at_once_by_command(world: World) -> None:
    number = await connected(world)
    await sold(world, 4_000)
    read = await fullhouse(world, "connections", "sync", str(number))
    assert (read.returncode, "1 payments read" in read.stdout) == (0, True), read
    await world.fault(vendor="square", operation="payments.list", kind="error", status=400)
    refused = await fullhouse(world, "connections", "sync", str(number))
    assert (refused.returncode, "could not be read" in refused.stdout) == (1, True), refused
    unread = await fullhouse(world, "payments", "reconcile", "--period", "2h")
    assert unread.returncode == 3, unread
    await world.clear_faults()

    agreed = await fullhouse(world, "payments", "reconcile", "--period", "2h", "--provider", "7301")
    assert agreed.returncode == 0, agreed
    await sold(world, 5_000, minutes_ago=30)
    only_told = await fullhouse(world, "payments", "reconcile", "--period", "2h", "--dry-run", "--json")
    (found,) = json.loads(only_told.stdout)["discrepancies"]
    assert (only_told.returncode, found["mended"]) == (2, False), only_told
    assert (await fullhouse(world, "payments", "reconcile", "--period", "2h")).returncode == 1, "it is mended"
    assert (await fullhouse(world, "payments", "reconcile", "--period", "2h")).returncode == 0


@pytest.mark.proves("P-11")
async def test_appointments_are_listed_ended_and_cancelled_with_their_money_by_command(world: World) -> None:
    await keep(world, 7302)
    begun = (await book(world, 7302, starts="2026-03-01T09:00:00Z")).body["id"]
    ahead = await paid_appointment(world, 7302)
    early = await fullhouse(world, "appointments", "done", str(ahead), "--yes")
    assert (early.returncode, "once it has begun" in early.stderr) == (1, True), early
    assert "--yes" in (await fullhouse(world, "appointments", "done", str(begun))).stderr
    done = await fullhouse(world, "appointments", "done", str(begun), "--yes")
    assert (done.returncode, done.stdout) == (0, f"Appointment {begun} is done.\n"), done
    why = ("--reason", "The customer is ill")
    ended = await fullhouse(world, "appointments", "cancel", str(ahead), *why, "--refund", "--yes")
    assert ended.stdout == f"Appointment {ahead} is cancelled. 80.00 USD is given back.\n", ended
    over = await fullhouse(world, "appointments", "cancel", str(begun), *why, "--yes")
    assert (over.returncode, "It is done" in over.stderr) == (1, True), over
    listed = await fullhouse(world, "appointments", "list", "--provider", "7302", "--json")
    assert {each["id"]: each["state"] for each in json.loads(listed.stdout)["data"]} == {
        begun: "done",
        ahead: "cancelled",
    }
    shown = await fullhouse(world, "appointments", "list", "--provider", "7302", "--state", "done")
    rows = [line for line in shown.stdout.splitlines() if "80.00 USD" in line]
    assert (len(rows), " done " in rows[0], str(begun) in rows[0]) == (1, True, True), shown
