"""Checkout is killed around the call that takes commission, and takes it once; the API tells what came of it (P-7)."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from chassis.clock import SystemClock
from chassis.settings import SANDBOX_STAND_INS
from chassis.tokens import Role
from tests.fixtures.ledger import connect, sell
from tests.integration.checkout.test_providers import of_provider
from tests.integration.checkout.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-7", "L-9")]

PATH: Final = "/api/v1/platform-collections"
PROVIDERS: Final = count(7001)


async def stripe(world: World, method: str, path: str, **form: str) -> Any:
    headers = {"Authorization": f"Bearer {SANDBOX_STAND_INS['STRIPE_SECRET_KEY']}"}
    async with world.http.request(
        method, f"{world.sandbox}/stripe/v1/{path}", headers=headers, data=form or None
    ) as made:
        assert made.ok, await made.text()
        return await made.json()


@pytest.mark.parametrize("point", ["checkout.before_collection", "checkout.after_collection"])
async def test_a_crash_around_the_debit_takes_it_once(world: World, tmp_path: Path, point: str) -> None:
    provider = next(PROVIDERS)
    account = await stripe(world, "POST", "accounts", type="express")
    await connect(world.database, provider, account["id"])
    number = await owed_and_killed(world, provider, f"{point}={tmp_path / 'crashed'}")
    assert (tmp_path / "crashed").exists()

    async def shown() -> Any:
        listed = await world.ask("GET", f"{PATH}?status=completed", headers=of_provider(provider))
        return listed.body["data"]

    async def completed() -> bool:
        return bool(await shown())

    await world.until(completed, "the collection is completed")
    (collection,) = await shown()
    assert (collection["amount"], collection["collected"], collection["provider"]) == (20.0, 20.0, provider)
    one = await world.ask("GET", f"{PATH}/{collection['id']}", headers=of_provider(provider))
    assert one.body["external_transaction_ids"] == [number]
    summed = await world.ask("GET", f"{PATH}/summary?provider={provider}", headers=world.token(Role.VIEWER))
    (dollars,) = summed.body["currencies"]
    assert (dollars["due"], dollars["completed"], dollars["collections"]) == (0.0, 20.0, {"completed": 1})
    debits = (await stripe(world, "GET", "charges?limit=100"))["data"]
    assert [each["amount"] for each in debits if (each["source"] or {}).get("id") == account["id"]] == [2_000]


async def test_a_crash_after_the_invoice_is_made_sends_it_once_and_its_webhook_ends_it(
    world: World, tmp_path: Path
) -> None:
    provider = next(PROVIDERS)
    known = {"name": "Sam", "email": "sam@example.com"}
    kept = await world.ask("PUT", f"/api/admin/providers/{provider}", json=known, headers=world.token(Role.ADMIN))
    assert kept.status < 300, kept.body
    await owed_and_killed(world, provider, f"checkout.after_collection={tmp_path / 'crashed'}")
    assert (tmp_path / "crashed").exists()

    async def shown() -> Any:
        listed = await world.ask("GET", PATH, headers=of_provider(provider))
        (collection,) = listed.body["data"]
        return collection

    async def sent() -> bool:
        return (await shown())["invoice_number"] is not None

    async def paid() -> bool:
        return bool((await shown())["status"] == "completed")

    await world.until(sent, "the invoice is sent")
    listed = (await stripe(world, "GET", "invoices?limit=100"))["data"]
    (invoice,) = [each for each in listed if each["metadata"].get("providerId") == str(provider)]
    found = await shown()
    assert (found["status"], found["way"], found["invoice_url"]) == (
        "processing",
        "invoice",
        invoice["hosted_invoice_url"],
    )
    async with world.http.post(f"{world.sandbox}/_sandbox/stripe/invoices/{invoice['id']}/pay", json={}) as answer:
        assert answer.ok, await answer.text()
    await world.until(paid, "the webhook has told that it is paid")
    rows = await world.database.fetch("SELECT state FROM webhook_events WHERE type = 'invoice.paid'")
    assert [row["state"] for row in rows] == ["done"]
    assert not await world.database.fetch("SELECT * FROM charge_entries"), "what pays an invoice is no order's money"


async def owed_and_killed(world: World, provider: int, crash: str) -> int:
    """A payment that commission is owed of, and checkout killed while it collects that; the payment's number."""
    number, _ = await sell(world.database, provider, 10_000, at=SystemClock().now() - timedelta(days=1))
    await world.checkout.stop()
    async with world.checkout.killable(FULLHOUSE_CRASH_AT=crash) as process:
        with contextlib.suppress(aiohttp.ClientError):
            await world.ask("POST", PATH, json={"provider": provider}, headers=world.token(Role.ADMIN))
        await process.wait()
    # What the dead process had claimed is another one's when its lease ends.
    await world.database.execute("UPDATE commission_collections SET due_at = now() WHERE due_at IS NOT NULL")
    await world.start_checkout()
    return number
