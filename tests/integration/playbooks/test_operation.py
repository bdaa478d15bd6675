"""Playbooks about running it, rehearsed: the trouble is there, each command runs, and what "Verify" says is seen."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.database import Database
from chassis.keys import SigningKey
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.hands import bought
from tests.integration.playbooks.rehearsal import Rehearsal, until

pytestmark = [pytest.mark.usefixtures("everything_runs"), pytest.mark.proves("O-3")]

LEAVER = "lee.leaver@example.com"


def test_emergency_maintenance(stack: WholeStack) -> None:
    rehearsal = Rehearsal(stack=stack, name="emergency-maintenance")
    assert "not paused" in rehearsal.look()
    acted = rehearsal.act()
    steps = ("✓ Pause purchases", "✓ Settle payments", "✓ Work off what has come", "✓ Back up", "Purchases go on")
    assert [acted.index(step) for step in steps] == sorted(acted.index(step) for step in steps)
    assert "Purchases pause since" in acted
    assert "not paused" in rehearsal.verify()


def test_job_failed(stack: WholeStack) -> None:
    rehearsal = Rehearsal(stack=stack, name="job-failed")
    assert "forget-sessions" in rehearsal.look()
    rehearsal.act()
    until(rehearsal.verify, "done")


@pytest.mark.proves("P-8")
def test_analytics_differ(stocked: WholeStack) -> None:
    bought(stocked, "counted@example.com")
    until(lambda: stocked.fullhouse("analytics", "show"), "all")
    asyncio.run(spoil(stocked.database_url("checkout")))
    rehearsal = Rehearsal(stack=stocked, name="analytics-differ")
    assert "Differences" in rehearsal.look()
    assert "summed up anew" in rehearsal.act()
    until(rehearsal.verify, "The analytics are what the ledgers come to", "done")


async def spoil(checkout: str) -> None:
    """Somebody has changed figures by hand."""
    database = await Database.connect(checkout, application="test", pool_size=1)
    await database.execute("UPDATE revenue_days SET paid = paid + 1, fees = 0")
    await database.close()


def test_end_access(stack: WholeStack) -> None:
    stack.fullhouse("users", "add", LEAVER, "--role", "operator", "--replace", "--json")
    rehearsal = Rehearsal(stack=stack, name="end-access", words={"EMAIL": LEAVER})
    assert LEAVER in rehearsal.look()
    rehearsal.act()
    verified = rehearsal.verify()
    listed = next(line for line in verified.splitlines() if LEAVER in line)
    assert "no" in listed.split()
    assert "user_disabled" in verified


@pytest.mark.proves("E-5")
def test_subscription_stopped(stocked: WholeStack) -> None:
    """Inventory was started with other keys than checkout signs tickets with: what is paid dies there."""
    group = "inventory-orders"
    foreign = SigningKey.generate("tickets1").public_keys().export()
    with stocked.with_env("inventory", {"TICKET_PUBLIC_KEYS": foreign}), ThreadPoolExecutor(4) as buyers:
        list(
            buyers.map(lambda number: bought(stocked, f"buyer.{number}@example.com", city="thread-stopped"), range(20))
        )
        until(lambda: stocked.fullhouse("subscriptions", "list", "--service", "inventory"), group, "STOPPED")
        letters = json.loads(stocked.fullhouse("dlq", "list", "--group", group, "--json"))["inventory"]["data"]
        words = {"GROUP": group, "SERVICE": "inventory", "NUMBER": str(letters[0]["id"])}
        rehearsal = Rehearsal(stack=stocked, name="subscription-stopped", words=words)
        assert "not signed by a known key" in rehearsal.look()
    assert "20 applied" in rehearsal.act()
    until(rehearsal.verify, "✓ groups", "✓ dead letters")


def test_system_down(stack: WholeStack) -> None:
    """The door and the databases are gone; whoever starts what is missing sells again."""
    rehearsal = Rehearsal(stack=stack, name="system-down", words={"https://tickets.example.com": stack.gateway_url})
    stack.stop("gateway")
    stack.stop("postgres")
    seen = rehearsal.look()
    assert "✗ checkout database" in seen
    assert "✗ health" in seen
    assert "Fullhouse is up" in rehearsal.act()
    until(rehearsal.verify, "✓ checkout database", "✓ services", "✓ health")
