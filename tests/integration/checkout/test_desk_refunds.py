"""Money of appointments that goes back at Stripe itself is seen, whatever becomes of its webhooks and of us (P-11)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chassis.ids import uuid7
from chassis.tokens import Role
from tests.integration.checkout.appointed import APPOINTMENTS, book, paid_appointment, post
from tests.integration.checkout.staff.test_order_pages import look
from tests.integration.checkout.stripe_webhooks import again, send, stripe, stripe_events
from tests.integration.checkout.test_providers import keep
from tests.integration.checkout.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-11")]

PRICE = 8_000


async def provider_of(world: World) -> int:
    number = uuid7().int % 900_000_000 + 1
    await keep(world, number, name="Sam’s studio")
    return number


async def intent_of(world: World, appointment: int) -> str:
    page = await world.database.fetchval("SELECT page_id FROM way_attempts WHERE appointment_id = $1", appointment)
    return str((await stripe(world, "GET", f"checkout/sessions/{page}"))["payment_intent"])


async def at_desk(world: World, appointment: int, deed: str, **body: Any) -> str:
    charge = (await stripe(world, "GET", f"payment_intents/{await intent_of(world, appointment)}"))["latest_charge"]
    answer = await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/charges/{charge}/{deed}", json=body)
    assert answer.status in {200, 201}, answer
    return str(answer.body["id"])


async def moves(world: World, appointment: int) -> list[tuple[str, int]]:
    sql = "SELECT kind, amount FROM charge_entries WHERE appointment_id = $1 ORDER BY entry_id"
    return [(row["kind"], row["amount"]) for row in await world.database.fetch(sql, appointment)]


async def until_moved(world: World, appointment: int, *wanted: tuple[str, int]) -> None:
    async def there() -> bool:
        return await moves(world, appointment) == [("payment", PRICE), *wanted]

    await world.until(there, f"the ledger has {wanted}")


async def test_refund_failure_and_dispute_come_by_webhook_and_are_shown(world: World) -> None:
    number = await paid_appointment(world, await provider_of(world))
    refund = await at_desk(world, number, "refund", amount=3_000)
    await until_moved(world, number, ("refund", -3_000))
    shown = await look(world, f"/staff{APPOINTMENTS.removeprefix('/api/v1')}/{number}")
    assert all(word in shown for word in ("Given back at the processor.", refund, "$50.00 can be given back"))
    path = f"{APPOINTMENTS}/{number}/refunds"
    (listed,) = (await world.ask("GET", path, headers=world.token(Role.VIEWER))).body["data"]
    assert (listed["cause"], listed["state"], listed["amount"], listed["requested_by"]) == (
        "outside",
        "done",
        30.0,
        None,
    )
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/refunds/{refund}/fail", json={})
    await until_moved(world, number, ("refund", -3_000), ("refund", 3_000))
    await at_desk(world, number, "dispute")
    await until_moved(world, number, ("refund", -3_000), ("refund", 3_000), ("dispute", -PRICE))
    for kind in ("charge.refunded", "refund.failed", "charge.dispute.created"):
        for event in await stripe_events(world, kind):
            assert (await send(world, again(event))).status == 200

    async def all_handled() -> bool:
        waiting = "SELECT count(*) FROM webhook_events WHERE state IN ('received', 'processing', 'waiting')"
        due = "SELECT count(*) FROM way_refund_sums WHERE look_at IS NOT NULL"
        return not await world.database.fetchval(waiting) and not await world.database.fetchval(due)

    await world.until(all_handled, "all is handled again")
    assert len(await moves(world, number)) == 4
    assert "Disputed: the bank took it back" in await look(world, f"/staff/appointments/{number}")


async def test_a_payment_whose_try_a_restored_database_has_lost_pays_its_appointment_once(world: World) -> None:
    number = (await book(world, await provider_of(world))).body["id"]
    assert (await post(world, f"{APPOINTMENTS}/{number}/pay")).status == 200
    page = await world.database.fetchval("DELETE FROM way_attempts WHERE appointment_id = $1 RETURNING page_id", number)
    await world.pay(page)
    await until_moved(world, number)
    for event in await stripe_events(world, "checkout.session.completed"):
        assert (await send(world, again(event))).status == 200

    async def all_handled() -> bool:
        waiting = "SELECT count(*) FROM webhook_events WHERE state IN ('received', 'processing', 'waiting')"
        return not await world.database.fetchval(waiting)

    await world.until(all_handled, "all is handled again")
    found = (await world.ask("GET", f"{APPOINTMENTS}/{number}", headers=world.token(Role.VIEWER))).body
    assert found["state"] == "paid"
    assert await moves(world, number) == [("payment", PRICE)]
    assert not await world.database.fetchval("SELECT count(*) FROM way_refunds WHERE appointment_id = $1", number)


async def test_what_goes_back_before_it_is_known_to_be_paid_is_heard_then(world: World) -> None:
    number = (await book(world, await provider_of(world))).body["id"]
    assert (await post(world, f"{APPOINTMENTS}/{number}/pay")).status == 200
    await world.pay(await world.database.fetchval("SELECT page_id FROM way_attempts WHERE appointment_id = $1", number))
    await at_desk(world, number, "refund")
    await until_moved(world, number, ("refund", -PRICE))


async def test_what_no_webhook_tells_of_is_found_in_the_list(surroundings: World) -> None:
    world = surroundings
    await world.start_checkout(CHECKOUT_POLL_SECONDS="1")
    number = await paid_appointment(world, await provider_of(world))
    await world.fault(kind="drop_webhook", count=10_000)
    await at_desk(world, number, "refund")
    await until_moved(world, number, ("refund", -PRICE))


async def test_who_dies_after_the_list_was_read_leaves_it_to_others(world: World, tmp_path: Path) -> None:
    number = await paid_appointment(world, await provider_of(world))
    await world.checkout.stop()
    point = f"checkout.after_money_back_read={tmp_path / 'crashed'}"
    async with world.checkout.killable(FULLHOUSE_CRASH_AT=point) as process:
        await at_desk(world, number, "refund")
        await process.wait()
    assert (tmp_path / "crashed").exists()
    assert await moves(world, number) == [("payment", PRICE)]
    await world.database.execute("UPDATE way_refund_sums SET look_at = app_now() WHERE look_at IS NOT NULL")
    await world.start_checkout()
    await until_moved(world, number, ("refund", -PRICE))
