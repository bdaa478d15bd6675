"""What a disaster is made of: a backup while people buy, everything destroyed, restored, and judged (O-4, L-9)."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp

from events import Channel
from invariants import Evidence, Violation, violations
from invariants.alerting import BY_INCIDENT
from stack.layout import SERVICES
from stack.parts import STORES
from stack.postgres import Server
from tests.chaos.alert_evidence import taken
from tests.chaos.evidence import NUMBER, witness
from tests.fixtures.scratch import CITY
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.rehearsal import Rehearsal
from tests.integration.thread.shop import Purchase, Shop, all_complete, eventually, is_complete

BUYERS = 12
# Orders that were never paid end by themselves once the promised time is over; the vendors' retries come, too.
HOURS_LATER = 1.0
REST_SECONDS = 180.0
KEY = "0f8d1c6be2a94f57b3c08d1e6a7f9b24"


@asynccontextmanager
async def shopping(stack: WholeStack) -> AsyncIterator[Shop]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        yield Shop(stack, http)


async def bought_meanwhile(shop: Shop, chance: random.Random) -> tuple[list[Purchase], str]:
    """Who bought, and the backup that was made in the middle of it."""
    begun, half_way = asyncio.Semaphore(0), BUYERS // 2
    plans = [(chance.random() / 2, chance.random()) for _ in range(BUYERS)]

    async def buy(pause: float, patience: float) -> Purchase:
        await asyncio.sleep(pause)
        purchase = await placed(shop)
        begun.release()
        if patience < 0.7:
            await asyncio.sleep(patience)
            await shop.pay(purchase)
        return purchase

    async def back_up() -> str:
        for _ in range(half_way):
            await begun.acquire()
        made = json.loads(await asyncio.to_thread(shop.stack.fullhouse, "backup", "create", "--json"))
        assert made["encrypted"]
        return str(made["name"])

    first = await placed(shop)
    await shop.pay(first)
    await eventually(lambda: is_complete(shop, first), seconds=REST_SECONDS)
    *purchases, backup = await asyncio.gather(*(buy(*plan) for plan in plans), back_up())
    return [first, *(each for each in purchases if isinstance(each, Purchase))], str(backup)


async def placed(shop: Shop) -> Purchase:
    """A busy machine answers that it is; then one asks once more, with the same key."""
    mark = secrets.token_hex(6)
    email = f"buyer.{mark}@example.com"
    while True:
        status, body = await shop.checkout(CITY, email=email, key=mark)
        if status not in {409, 503}:
            assert status == 200, body
            return Purchase(order_id=body["orderId"], session_id=body["sessionId"], email=email)
        await asyncio.sleep(0.5)


async def paid_too_late(shop: Shop, purchases: list[Purchase]) -> None:
    """Orders that the backup has open are paid after it: what of that is lost only Stripe knows."""
    for purchase in purchases:
        if (await shop.order(purchase))["state"] == "awaiting_payment":
            await shop.pay(purchase)
    await eventually(lambda: all_complete(shop, purchases), seconds=REST_SECONDS)


def destroy(stack: WholeStack) -> None:
    """Databases and Kafka with all that they had; the vendors, the secrets and the backups are elsewhere.

    What comes instead has new databases and topics, and nothing in them.
    """
    installation = stack.installation
    installation.stop(*SERVICES, *STORES)
    shutil.rmtree(Server.of(stack.layout, password=stack.value("POSTGRES_PASSWORD")).data)
    for data in stack.layout.kafka.rglob("data"):
        shutil.rmtree(data)
    installation.start(*STORES)
    installation.prepare_stores()


def restore(stack: WholeStack, backup: str) -> None:
    """As the playbook says; the services stand still, and people start them afterwards."""
    rehearsal = Rehearsal(stack=stack, name="restore", words={"BACKUP": backup})
    assert f"Backup {backup} is whole" in rehearsal.look()
    acted = rehearsal.act()
    assert acted.count("replaces what is there; this Kafka has lost its records") == len(SERVICES)
    assert "What was there before is backup" in acted, "what the fresh installation had is kept, too"
    stack.installation.start(*SERVICES)


async def verified(stack: WholeStack) -> None:
    rehearsal = Rehearsal(stack=stack, name="restore")
    async with asyncio.timeout(REST_SECONDS):
        while True:
            try:
                assert "backup_restored" in await asyncio.to_thread(rehearsal.verify)
            except AssertionError:
                await asyncio.sleep(1)
            else:
                return


async def job_done(shop: Shop, name: str) -> None:
    """A person lets the monitor's job run, and it ends well."""
    path = f"/api/admin/monitor/jobs/{name}"
    if name == "backup":
        assert (await shop.ask("POST", "/api/admin/backup"))[0] == 202
    else:
        assert (await shop.ask("POST", f"{path}/run"))[0] == 200

    async def done() -> bool:
        runs = (await shop.ask("GET", f"{path}/runs"))[1]["data"]
        assert "failed" not in [run["outcome"] for run in runs], runs
        return bool(runs) and runs[0]["outcome"] == "done"

    await eventually(done, seconds=REST_SECONDS)


async def handed_over(shop: Shop) -> dict[str, str]:
    """Each message that a vendor has, by its id there, with the number of the order that it names, if it names one."""
    found: dict[str, str] = {}
    for channel in Channel:
        if channel not in BY_INCIDENT:
            for row in (await shop.control("GET", f"messages?channel={channel}&limit=500"))["data"]:
                told = NUMBER.search(row["text"])
                found[taken(row).provider_id] = "".join(told.groups()) if told else ""
    return found


async def sound(shop: Shop, handed_over: Mapping[str, str]) -> Evidence:
    """Once all rules hold, some hours later: of all that was sold, and of the alerts that the backup has."""
    await shop.advance_clock("checkout", HOURS_LATER)
    left: list[Violation] = []
    try:
        async with asyncio.timeout(REST_SECONDS):
            while True:
                async with witness(shop.stack, shop) as seen:
                    evidence = without_later_alerts(await seen.evidence(), handed_over)
                before, left = left, violations(evidence)
                if not left:
                    break
                if left != before:
                    print(*left, sep="\n")
                await shop.control("POST", "clock/advance", {"seconds": 3600})
                await asyncio.sleep(1)
    except TimeoutError:
        raise AssertionError(left) from None
    # Whoever buys by a clock that is ahead is too late at once.
    await shop.advance_clock("checkout", 0)
    return evidence


def without_later_alerts(evidence: Evidence, handed_over: Mapping[str, str]) -> Evidence:
    """Alerts that came after the backup were lost with Kafka, and so is what is known of their messages and pages."""
    ours = {delivery.provider_id for delivery in evidence.deliveries}
    of_alerts = {each for each, number in handed_over.items() if not number} - ours
    alerts = {alert.key for alert in evidence.alerts}
    return replace(
        evidence,
        taken=tuple(each for each in evidence.taken if each.provider_id not in of_alerts),
        pages=tuple(page for page in evidence.pages if page.key in alerts),
    )
