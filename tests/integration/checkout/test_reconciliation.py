"""What lost webhooks, crashes and mistakes leave behind is found and mended; what is in order is not (R-1)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
import pytest_asyncio

from chassis.clock import SystemClock
from chassis.settings import SANDBOX_STAND_INS
from chassis.tokens import Role
from checkout.reconciliation import domain
from checkout.reconciliation.detectors.detector import AT_ONCE
from events import ReconciliationRepaired
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.money import KEY, SEAT, page_of
from tests.integration.checkout.past.history import DAYS, History
from tests.integration.checkout.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/api/admin/reconciliation"
A_MOMENT = "1"
SIZE, KILLS = (int(os.environ.get(f"RECONCILIATION_{name}", few)) for name, few in (("HISTORY", 200), ("KILLS", 0)))
LONG, DENSE = 60.0 + SIZE / 10, 500
STATES = "SELECT order_id::text, state FROM orders WHERE order_id = ANY ($1::uuid[])"
FOUND = "SELECT kind, subject, state FROM reconciliation_differences WHERE run_id = $1"


@pytest.fixture
def seats() -> Mapping[str, int]:
    """Enough for all buyers."""
    return {"ga": 3 * SIZE + 50, "vip": 50}


@pytest_asyncio.fixture(loop_scope="module")
async def quiet(surroundings: World) -> World:
    """Nobody reads the processor's lists but who is asked to."""
    world = surroundings
    await world.database.execute("DELETE FROM processor_polls")
    await world.start_checkout(CHECKOUT_POLL_SECONDS=A_MOMENT)
    await world.database.execute("DELETE FROM reconciliation_runs")
    return world


async def reconciled(world: World, **wanted: Any) -> dict[str, Any]:
    """A run, when it is done."""
    answer = await world.ask("POST", PATH, json={"agreed": True, **wanted}, headers=world.token(Role.OPERATOR))
    assert answer.status == 202, answer
    return await until_done(world, answer.body["runId"])


async def until_done(world: World, run_id: str, *, state: str = "done") -> dict[str, Any]:
    run: dict[str, Any] = {}

    async def there() -> bool:
        run.update((await world.ask("GET", f"{PATH}/{run_id}", headers=world.token(Role.VIEWER))).body)
        return bool(run["state"] == state)

    await world.until(there, f"the run is {state}", patience=LONG)
    return run


async def found(world: World, run: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Kind and subject of each difference, and where it stands."""
    rows = await world.database.fetch(FOUND, UUID(run["runId"]))
    return {(row["kind"], row["subject"]): row["state"] for row in rows}


@pytest.mark.proves("R-1")
async def test_everything_is_found_and_mended_or_handed_on_and_nothing_else_is(quiet: World, tmp_path: Path) -> None:
    """`RECONCILIATION_HISTORY` makes it longer, `RECONCILIATION_SEED` the same again, `RECONCILIATION_KILLS` kills."""
    world = quiet
    seed = int(os.environ.get("RECONCILIATION_SEED", random.randrange(10_000)))
    print(f"RECONCILIATION_SEED={seed}")
    drawn = random.Random(seed)
    history = History(world=world, drawn=drawn, size=SIZE)
    await history.happen()
    await pay_invoice(world)
    since = {"since": (SystemClock().now() - timedelta(days=DAYS + 1)).isoformat()}

    before = await asked(world)
    shown = await reconciled(world, dryRun=True, **since)
    assert await found(world, shown) == dict.fromkeys(history.expected, "shown")
    pages = await asked(world) - before
    # Of a long one what is broken is far between, and single calls are fewer.
    assert SIZE > DENSE or pages <= 10 + len(history.expected) / 4, "what is broken is read by pages"
    before = await asked(world)
    run = await killed_on_the_way(world, drawn, tmp_path, since)
    webhooks = sum(kind == "webhook_missing" for kind, _ in history.expected)
    once = len(history.expected) - webhooks / 2
    assert await asked(world) - before <= (1 + KILLS) * (pages + AT_ONCE) + once, "once for each, and webhooks by pages"
    assert await found(world, run) == history.expected
    assert run["person"] == list(history.expected.values()).count("person")
    # Said loudly, and the only thing that could not be read.
    assert [each["detector"] for each in run["checked"] if each["trouble"]] == ["webhooks"]
    rows = await world.database.fetch(STATES, list(history.states))
    assert {row["order_id"]: row["state"] for row in rows} == history.states

    await history.settle_down()
    # What was told while nobody was there to hear it is told again.
    await world.advance_sandbox(3600)
    again = await reconciled(world, **since)
    waiting = {key: state for key, state in history.expected.items() if state == "person"}
    assert (await found(world, again), again["waiting"]) == (waiting, len(waiting))


async def pay_invoice(world: World) -> None:
    """Money comes to the platform's account that is no order's: a provider pays commission (P-7)."""
    headers = {"Authorization": f"Bearer {SANDBOX_STAND_INS['STRIPE_SECRET_KEY']}"}

    async def stripe(path: str, **form: str) -> str:
        answer = await world.ask("POST", f"{world.sandbox}/stripe/v1/{path}", data=form, headers=headers)
        assert answer.status == 200, answer
        return str(answer.body["id"])

    customer = await stripe("customers", email="sam@example.com")
    terms = {"collection_method": "send_invoice", "days_until_due": "14", "currency": "usd"}
    invoice = await stripe("invoices", customer=customer, **terms)
    await stripe("invoiceitems", customer=customer, invoice=invoice, amount="2000", currency="usd")
    await stripe(f"invoices/{invoice}/send")
    paid = await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/invoices/{invoice}/pay", json={})
    assert paid.body["status"] == "paid", paid


async def killed_on_the_way(
    world: World, drawn: random.Random, tmp_path: Path, since: dict[str, str]
) -> dict[str, Any]:
    """After the first page, after the first things were mended, and at any time; then it goes on by itself."""
    await world.checkout.stop()
    run_id = ""
    for name in ("page", "repair"):
        point = f"checkout.after_reconciliation_{name}={tmp_path / name}"
        async with world.checkout.killable(CHECKOUT_POLL_SECONDS=A_MOMENT, FULLHOUSE_CRASH_AT=point) as process:
            with contextlib.suppress(aiohttp.ClientError):
                if not run_id:
                    body = {"agreed": True, **since}
                    await world.ask("POST", PATH, json=body, headers=world.token(Role.OPERATOR))
            await process.wait()
        assert (tmp_path / name).exists()
        run_id = await left_behind(world)
    for _ in range(KILLS):
        async with world.checkout.killable(CHECKOUT_POLL_SECONDS=A_MOMENT):
            await asyncio.sleep(drawn.uniform(0, 1))
        await left_behind(world)
    await world.start_checkout(CHECKOUT_POLL_SECONDS=A_MOMENT)
    return await until_done(world, run_id)


async def asked(world: World) -> int:
    """How often the processor was asked for what it has."""
    state = (await world.ask("GET", f"{world.sandbox}/_sandbox/state?summary=1")).body
    return sum(count for name, count in state["calls"].items() if name.endswith((".list", ".retrieve")))


async def left_behind(world: World) -> str:
    """The run whose process is dead: it is due at once, and not when the lease is over."""
    await world.database.execute("UPDATE reconciliation_runs SET due_at = now() WHERE due_at IS NOT NULL")
    return str(await world.database.fetchval("SELECT run_id FROM reconciliation_runs ORDER BY started_at DESC LIMIT 1"))


@pytest.mark.proves("R-1", "C-12")
async def test_what_could_not_be_read_is_said_loudly_and_a_person_closes_what_only_they_know(quiet: World) -> None:
    world = quiet
    page = await page_of(world, price=SEAT + 100, quantity=1)
    await world.pay(page)
    await world.fault(kind="error", operation="checkout.sessions.list", status=401)
    unread = await fullhouse(world, "reconcile", "--since", "1h")
    assert (unread.returncode, "NOT READ: stripe, sessions from the beginning" in unread.stdout) == (3, True), unread
    await world.clear_faults()

    await world.fault(kind="error", operation="accounts.list", status=403)
    unlisted = await fullhouse(world, "reconcile", "--since", "1h")
    assert (unlisted.returncode, "NOT READ: stripe, accounts from" in unlisted.stdout) == (3, True), unlisted
    await world.clear_faults()
    strange = await fullhouse(world, "reconcile", "--since", "1h", "--account", "acct_1gone")
    assert (strange.returncode, "NOT READ: acct_1gone, sessions from" in strange.stdout) == (3, True), strange

    asked = await fullhouse(world, "reconcile", "--session", page)
    grant = f"fullhouse tickets grant EMAIL {world.city} ga 1 --session {page}"
    assert (asked.returncode, grant in asked.stdout) == (2, True), asked
    waiting = (await world.ask("GET", f"{PATH}/differences", headers=world.token(Role.VIEWER))).body["data"]
    (mine,) = [each for each in waiting if (each["kind"], each["subject"]) == ("paid_without_order", page)]
    page_of_staff = (await world.ask("GET", "/staff/reconciliation", headers=world.token(Role.VIEWER))).body
    assert grant in page_of_staff
    assert "Paid, and no order" in page_of_staff
    close = f"{PATH}/differences/{mine['differenceId']}/close"
    closed = await world.ask("POST", close, json={"reason": "A test"}, headers=world.token(Role.OPERATOR))
    assert closed.status == 200, closed
    after = await fullhouse(world, "reconcile", "--session", page)
    assert (after.returncode, "No missing subscriptions found." in after.stdout) == (0, True), after
    assert (await world.ask("POST", PATH, json={}, headers=world.token(Role.VIEWER))).status == 403
    both = {"sessionId": page, "email": world.email}
    assert (await world.ask("POST", PATH, json=both, headers=world.token())).status == 422


@pytest.mark.proves("R-1")
async def test_accounts_that_are_connected_to_ours_are_looked_at_and_their_money_is_a_persons(quiet: World) -> None:
    world = quiet
    account = (await world.ask("POST", f"{world.sandbox}/stripe/v1/accounts", headers=KEY)).body["id"]
    run = await reconciled(world, dryRun=True)
    looked = {(each["account"], each["detector"]): each["state"] for each in run["checked"]}
    assert looked["stripe", "accounts"] == "read"
    assert {detector for of, detector in looked if of == account} == {"sessions", "movements", "webhooks"}
    assert list(looked)[-1] == ("fullhouse", "orders")
    assert {each["account"] for each in (await reconciled(world, account="stripe"))["checked"]} == {
        "stripe",
        "fullhouse",
    }
    nobody = await world.ask("POST", PATH, json={"account": "nobody's"}, headers=world.token(Role.OPERATOR))
    assert nobody.status == 404


@pytest.mark.proves("R-1", "R-2", "R-5", "O-5")
async def test_one_payer_is_helped_at_once_and_many_repairs_are_agreed_to(
    quiet: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = quiet
    await world.fault(kind="drop_webhook", count=1_000)
    first, second = [(await world.buy(quantity=1)).body for _ in range(2)]
    await world.pay(first["sessionId"])
    mended = await fullhouse(world, "reconcile", "--email", world.email, "--json")
    assert (mended.returncode, json.loads(mended.stdout)["repaired"]) == (1, 1), mended
    assert await world.state(first["orderId"]) == "paid"

    third = (await world.buy(quantity=1)).body
    await world.pay(third["sessionId"])
    await asyncio.sleep(2)
    job = "/api/admin/checkout/jobs/reconcile-1h/run"
    assert (await world.ask("POST", job, headers=world.token())).status == 200
    await world.until_state(third["orderId"], "paid")

    async def told() -> bool:
        return "reconciliation.repaired" in await world.told(third["orderId"])

    await world.until(told, "it is told that it was mended")
    (repaired,) = [each for each in await world.events(third["orderId"]) if isinstance(each, ReconciliationRepaired)]
    assert (repaired.kind, repaired.subject) == ("order_not_paid", third["sessionId"])
    assert repaired.paid_at is not None

    monkeypatch.setattr(domain, "MOST_UNASKED", 0)
    await world.pay(second["sessionId"])
    asked = await world.ask("POST", PATH, json={"orderId": second["orderId"]}, headers=world.token(Role.OPERATOR))
    held = await until_done(world, asked.body["runId"], state="held")
    assert (held["left"], await world.state(second["orderId"])) == (1, "awaiting_payment")
    agree = f"{PATH}/{held['runId']}/agree"
    assert (await world.ask("POST", agree, headers=world.token(Role.OPERATOR))).status == 200
    done = await until_done(world, held["runId"])
    assert (done["outcome"], await world.state(second["orderId"])) == ("repaired", "paid")
    assert (await world.ask("POST", agree, headers=world.token(Role.OPERATOR))).status == 409
