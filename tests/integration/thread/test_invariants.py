"""What must always hold is looked at while everything runs: broken by hand, told, mended, over (L-9, M-5)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.fixtures.stack import WholeStack
from tests.integration.thread.shop import Json, Purchase, Shop, eventually, is_complete

pytestmark = pytest.mark.asyncio

CITY = "thread-invariants"
STRANGER = "0190b3a0-0000-7000-8000-00000000abcd"
QUICK = {"INVARIANTS_EVERY_SECONDS": "1", "INVARIANTS_SETTLING_SECONDS": "3"}
LATE = "fulfilment_late"
OF_INVARIANTS = {"invariant_broken", "inventory_negative", LATE}
JUDGED = {
    "tickets",
    "passes",
    "confirmations",
    "pools",
    "oversold",
    "drained",
    "effects",
    "counted",
    "alerts",
    "routing",
}
TOLD = JUDGED - {"passes"} | {LATE}


@dataclass(frozen=True, slots=True)
class Damage:
    """What breaks a rule, and what mends it; $1 is the order, $2 the alert."""

    service: str
    harm: str
    mend: str


TRIGGER = "ALTER TABLE ledger {} TRIGGER ledger_keeps_its_rows"
ALSO_SOLD = """
INSERT INTO ledger (city_id, tier, operation, quantity, order_id, actor, reason, before, after, recorded_at)
SELECT city_id, tier, operation, 0, order_id, 'test', 'twice', after, after, app_now()
FROM ledger WHERE order_id = '{order}' AND operation = 'sell'
"""
DAMAGES = {
    "tickets": Damage(
        "inventory",
        f"UPDATE tickets SET order_id = '{STRANGER}' WHERE order_id = '{{order}}'",
        f"UPDATE tickets SET order_id = '{{order}}' WHERE order_id = '{STRANGER}'",
    ),
    "passes": Damage(
        "checkout",
        """
        UPDATE orders SET lines = lines || jsonb_build_array(jsonb_build_object('kind', 'passes'))
        WHERE order_id = '{order}'
        """,
        "UPDATE orders SET lines = lines - -1 WHERE order_id = '{order}'",
    ),
    "confirmations": Damage(
        "notifier",
        """
        UPDATE deliveries SET state = 'failed', sent_at = NULL, reason = NULL
        WHERE order_id = '{order}' AND kind = 'confirmation'
        """,
        """
        UPDATE deliveries SET state = 'delivered', sent_at = created_at
        WHERE order_id = '{order}' AND kind = 'confirmation'
        """,
    ),
    "pools": Damage(
        "inventory",
        f"UPDATE pools SET held = held + 1 WHERE city_id = '{CITY}' AND tier = 'vip'",
        f"UPDATE pools SET held = held - 1 WHERE city_id = '{CITY}' AND tier = 'vip'",
    ),
    "oversold": Damage(
        "inventory",
        f"UPDATE pools SET oversold = oversold + 1 WHERE city_id = '{CITY}' AND tier = 'vip'",
        f"UPDATE pools SET oversold = oversold - 1 WHERE city_id = '{CITY}' AND tier = 'vip'",
    ),
    "drained": Damage(
        "checkout",
        """
        INSERT INTO subscription_stops (group_name, reason, stopped_at)
        VALUES ('nobody', 'by hand', app_now() - interval '1 min')
        """,
        "DELETE FROM subscription_stops WHERE group_name = 'nobody'",
    ),
    "effects": Damage(
        "inventory",
        ALSO_SOLD,
        f"""
        DO $$ BEGIN
            {TRIGGER.format("DISABLE")};
            DELETE FROM ledger WHERE actor = 'test';
            {TRIGGER.format("ENABLE")};
        END $$
        """,
    ),
    "counted": Damage(
        "monitor",
        """
        INSERT INTO minute_figures
        VALUES (date_trunc('minute', app_now() - interval '9 h'), 'orders_paid', 'demo', '', '', 'by hand', 1, 100)
        """,
        "DELETE FROM minute_figures WHERE label = 'by hand'",
    ),
    "alerts": Damage(
        "notifier",
        "UPDATE alert_moments SET version = version + 100 WHERE alert_id = '{alert}'",
        "UPDATE alert_moments SET version = version - 100 WHERE alert_id = '{alert}'",
    ),
    "routing": Damage(
        "notifier",
        "UPDATE deliveries SET kind = 'gone' WHERE alert_id = '{alert}' AND kind = 'alert'",
        "UPDATE deliveries SET kind = 'alert' WHERE alert_id = '{alert}' AND kind = 'gone'",
    ),
}


@dataclass(frozen=True, slots=True)
class Watch:
    shop: Shop

    async def invariants(self) -> Json:
        status, seen = await self.shop.ask("GET", "/api/invariants")
        assert status == 200, seen
        return seen

    async def state(self) -> dict[str, str]:
        return {rule["name"]: rule["state"] for rule in (await self.invariants())["rules"]}

    async def all_hold(self) -> bool:
        states = await self.state()
        return {name for name, state in states.items() if state == "holds"} == JUDGED

    async def knows_who_is_named(self) -> bool:
        """From then on sales and alerts are held against what configuration says."""
        sql = "SELECT (look -> 'named' ->> 'since')::timestamptz < app_now() FROM proof_looks"
        return bool(await self.shop.run_sql("monitor", sql))

    async def alerts(self, status: str) -> Mapping[str, Json]:
        """Of broken rules, by rule; what orders lack is told by an alert of its own, of tickets and passes together."""
        _, found = await self.shop.ask("GET", f"/api/alerts?status={status}&limit=500")
        ours = [alert for alert in found["data"] if alert["rule"] in OF_INVARIANTS]
        return {alert["labels"].get("invariant", LATE): alert for alert in ours}

    async def run(self, damage: Damage, sql: str, **names: Any) -> None:
        await self.shop.run_sql(
            damage.service, sql.replace("{order}", names["order"]).replace("{alert}", names["alert"])
        )


@pytest_asyncio.fixture
async def watch(shop: Shop, stack: WholeStack) -> AsyncIterator[Watch]:
    """The monitor looks every second, at what is three seconds old."""
    with stack.with_env("monitor", QUICK):
        yield Watch(shop)


async def sold(shop: Shop) -> Purchase:
    purchase = await shop.place(CITY, quantity=2)
    await shop.pay(purchase)
    await eventually(lambda: is_complete(shop, purchase))
    return purchase


@pytest.mark.proves("L-9", "M-5", "I-4", "I-6")
async def test_what_is_broken_by_hand_is_told_with_its_place_and_over_when_it_is_mended(watch: Watch) -> None:
    await eventually(watch.all_hold)
    await eventually(watch.knows_who_is_named)
    purchase = await sold(watch.shop)
    by_hand = {"severity": "low", "category": "system", "summary": "Something to hear of"}
    _, raised = await watch.shop.ask("POST", "/api/alerts", by_hand)
    names = {"order": purchase.order_id, "alert": raised["id"]}

    async def heard() -> bool:
        sql = f"SELECT count(*) FROM alert_moments WHERE alert_id = '{raised['id']}'"
        return bool(await watch.shop.run_sql("notifier", sql))

    async def told_to_somebody() -> bool:
        sql = f"SELECT count(*) FROM deliveries WHERE alert_id = '{raised['id']}'"
        return bool(await watch.shop.run_sql("notifier", sql))

    await eventually(heard)
    await eventually(told_to_somebody)
    for damage in DAMAGES.values():
        await watch.run(damage, damage.harm, **names)

    async def all_told() -> bool:
        return set(await watch.alerts("firing")) >= TOLD

    await eventually(all_told)
    alerts = await watch.alerts("firing")
    assert purchase.order_id in alerts[LATE]["summary"]
    assert STRANGER in alerts["tickets"]["summary"]
    assert purchase.order_id in alerts["confirmations"]["summary"]
    assert f"{CITY}/vip" in alerts["pools"]["summary"]
    found = {rule["name"]: rule for rule in (await watch.invariants())["rules"]}
    assert {each["subject"] for each in found["tickets"]["violations"]} >= {purchase.order_id, STRANGER}
    assert "@" not in str(found)

    for damage in DAMAGES.values():
        await watch.run(damage, damage.mend, **names)

    async def all_over() -> bool:
        return not await watch.alerts("firing") and await watch.all_hold()

    await eventually(all_over)
    await watch.shop.ask("POST", f"/api/alerts/{raised['id']}/resolve", {})
    assert set(await watch.alerts("resolved")) >= TOLD


@pytest.mark.proves("L-9", "M-5")
async def test_of_a_service_that_is_away_nothing_is_said(watch: Watch) -> None:
    await eventually(watch.all_hold)
    with watch.shop.stack.without("inventory"):

        async def not_judged() -> bool:
            return (await watch.state())["tickets"] == "not_judged"

        await eventually(not_judged)
        seen = {rule["name"]: rule for rule in (await watch.invariants())["rules"]}
        assert seen["pools"]["reason"].startswith("inventory: ")
        assert seen["confirmations"]["state"] == "holds"
    await eventually(watch.all_hold)
    assert await watch.alerts("firing") == {}
