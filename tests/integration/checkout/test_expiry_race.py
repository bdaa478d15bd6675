"""The buyer pays at the very second at which the promise ends: each interleaving, forced (C-1, C-4, I-2, I-3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import pytest

from chassis.database import Database
from events import OrderPaid
from tests.integration.checkout.money import KEY
from tests.integration.checkout.stripe_webhooks import send, stripe_events
from tests.integration.checkout.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-1", "C-4", "I-2", "I-3")]

NEVER = "86400"
TOLD = ("completed", "expired", "async_payment_succeeded", "async_payment_failed")
EXPIRE = "checkout.sessions.expire"


@dataclass(frozen=True, slots=True)
class Race:
    """An order whose buyer is at the payment page; no webhook comes before it is `told`."""

    world: World
    order: dict[str, Any]

    @property
    def order_id(self) -> UUID:
        return UUID(self.order["orderId"])

    async def pays(self) -> None:
        await self.world.pay(self.order["sessionId"])

    async def debits(self) -> None:
        await self.world.pay(self.order["sessionId"], "debit_succeeds")

    async def debits_in_vain(self) -> None:
        await self.world.pay(self.order["sessionId"], "debit_fails")

    async def bank(self) -> None:
        """It decides."""
        await self.world.advance_sandbox(200)

    async def looks(self) -> None:
        """The buyer comes back from the payment page."""
        cookie = {"Cookie": f"fullhouse_order_{self.order_id.hex}={self.order['orderToken']}"}
        for page in ("pay", "cancel", "success"):
            url = f"/{page}?order={self.order_id}"
            answer = await self.world.ask("GET", url, headers=cookie, allow_redirects=False)
            assert answer.status in (200, 303), answer

    async def sweep(self) -> None:
        """The promise is over, and the sweeper has done what it could about that."""
        sql = """
            UPDATE payment_attempts SET due_at = app_now(), last_error = NULL WHERE order_id = $1 AND state = 'open'
        """
        await self.world.database.execute(sql, self.order_id)

        async def swept() -> bool:
            sql = "SELECT state <> 'open' OR last_error IS NOT NULL FROM payment_attempts WHERE order_id = $1"
            return bool(await self.world.database.fetchval(sql, self.order_id))

        await self.world.until(swept, "the sweeper has looked")

    async def backstop(self) -> None:
        """Inventory's own end of the hold has come; one whose money is on its way has none."""
        await self.world.database.execute("UPDATE orders SET hard_until = app_now() WHERE order_id = $1", self.order_id)
        stock = await Database.connect(self.world.inventory_url, application="test", pool_size=1)
        try:
            await stock.execute(
                "UPDATE holds SET hard_until = app_now() WHERE order_id = $1 AND hard_until IS NOT NULL", self.order_id
            )

            async def ended() -> bool:
                sql = "SELECT count(*) FROM holds WHERE order_id = $1 AND state = 'held' AND hard_until IS NOT NULL"
                return not await stock.fetchval(sql, self.order_id)

            await self.world.until(ended, "the hold has ended")
        finally:
            await stock.close()

    async def told(self) -> None:
        """All webhooks of the session come at last."""
        events = [event for kind in TOLD for event in await stripe_events(self.world, f"checkout.session.{kind}")]
        for event in events:
            await send(self.world, event)

        async def handled() -> bool:
            sql = "SELECT count(*) FROM webhook_events WHERE event_id = ANY ($1) AND state = 'done'"
            return bool(await self.world.database.fetchval(sql, [event["id"] for event in events]) == len(events))

        await self.world.until(handled, "all that was told is handled")

    async def away(self) -> None:
        """Stripe ends no session: it fails."""
        await self.world.fault(kind="error", status=500, operation=EXPIRE, share=1.0)

    async def unheard(self) -> None:
        """Stripe has ended the session, and whoever asked for that died before the answer."""
        url = f"{self.world.sandbox}/stripe/v1/checkout/sessions/{self.order['sessionId']}/expire"
        assert (await self.world.ask("POST", url, headers=KEY)).status == 200

    async def back(self) -> None:
        await self.world.clear_faults()
        await lose_webhooks(self.world)


async def lose_webhooks(world: World) -> None:
    await world.fault(kind="drop_webhook", count=1000)


Step = Callable[[Race], Awaitable[None]]
R = Race
PAID, EXPIRED, PENDING, FAILED = ("paid", 0, 2), ("expired", 0, 0), ("payment_pending", 2, 0), ("payment_failed", 0, 0)
# What happens one after the other; state, held and sold seats then; whether the hold lived when the money was here.
RACES: Final[Mapping[str, tuple[list[Step], tuple[str, int, int], list[bool]]]] = {
    "swept, then paid": ([R.sweep, R.pays, R.told], EXPIRED, []),
    "swept, looked at, then paid": ([R.sweep, R.looks, R.pays, R.looks], EXPIRED, []),
    "paid, then swept": ([R.pays, R.sweep, R.told], PAID, [True]),
    "paid, looked at, then swept": ([R.pays, R.looks, R.sweep, R.looks], PAID, [True]),
    "paid and told, then swept": ([R.pays, R.told, R.sweep, R.told], PAID, [True]),
    "paid, the hold ends, then told": ([R.pays, R.backstop, R.told], PAID, [False]),
    "paid, the hold ends, then swept": ([R.pays, R.backstop, R.sweep, R.told], PAID, [False]),
    "the hold ends, paid, then swept": ([R.backstop, R.pays, R.sweep, R.told], PAID, [False]),
    "the hold ends, swept, then paid": ([R.backstop, R.sweep, R.pays, R.told], EXPIRED, []),
    "not swept, paid, swept again": ([R.away, R.sweep, R.pays, R.back, R.sweep, R.told], PAID, [True]),
    "not swept, paid and told": ([R.away, R.sweep, R.pays, R.told, R.back], PAID, [True]),
    "ended unheard, paid, then swept": ([R.unheard, R.pays, R.sweep, R.told], EXPIRED, []),
    "ended unheard, paid, and told": ([R.unheard, R.pays, R.told, R.sweep], EXPIRED, []),
    "debited, then swept": ([R.debits, R.sweep, R.told], PENDING, []),
    "debited, swept, the hold ends": ([R.debits, R.sweep, R.backstop, R.bank, R.told], PAID, [True]),
    "debited, the money is here, then swept": ([R.debits, R.bank, R.sweep, R.told], PAID, [True]),
    "debited in vain, then swept": ([R.debits_in_vain, R.bank, R.sweep, R.told], FAILED, []),
    "debited in vain, told, then swept": ([R.debits_in_vain, R.told, R.bank, R.sweep, R.told], FAILED, []),
}


@pytest.mark.parametrize("name", RACES)
async def test_whoever_is_first_the_order_is_paid_with_its_seats_or_over_without_money(
    surroundings: World, name: str
) -> None:
    world = surroundings
    await world.start_checkout(CHECKOUT_POLL_SECONDS=NEVER)
    await lose_webhooks(world)
    race = Race(world, (await world.buy()).body)
    steps, (state, held, sold), alive = RACES[name]
    for step in steps:
        await step(race)
    await world.until_stock(held, sold)
    assert await world.state(race.order["orderId"]) == state
    events = await world.events(race.order["orderId"])
    assert [event.hold_alive for event in events if isinstance(event, OrderPaid)] == alive
    told = [event.short_type() for event in events if event.short_type().startswith("order.")]
    assert len(told) == len(set(told)), told
