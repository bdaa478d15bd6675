"""What was sent, and what was not, each with its reason (N-14)."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.ids import uuid7
from tests.integration.notifier.alarms import ALEX, Alarm
from tests.integration.notifier.facts import city, new_city, paid
from tests.integration.notifier.harness import World, until

pytestmark = pytest.mark.asyncio


@pytest.mark.proves("N-14", "X-3", "E-10", "C-12")
async def test_an_alerts_timeline_tells_every_step_with_its_reason(world: World) -> None:
    fault = await world.fault(vendor="slack", kind="error", status=503)
    alarm = Alarm()
    async with world.notifier():
        await world.publish(alarm.raised())
        await until(lambda: _sent(world, 5), what="told by all ways but chat")
        await world.control(
            "POST",
            "twilio/reply",
            {"from": ALEX, "to": world.values["TWILIO_PHONE_NUMBER"], "body": f"ack{alarm.code}"},
        )
        await until(lambda: _answered(world), what="answered")
        await world.publish(alarm.acknowledged("alex", "sms_reply"))
        await until(lambda: _line(world, alarm, what="not_sent"), what="chat dropped")
        await world.publish(alarm.resolved())
        await until(lambda: _line(world, alarm, why="resolve", channel="email"), what="end told")
        status, shown = await world.get(f"/api/alerts/{alarm.alert_id}/timeline")
        await world.control("DELETE", f"faults/{fault}")
        assert (await world.get(f"/api/alerts/{alarm.alert_id}/timeline", None))[0] == 401
        unknown, problem = await world.get(f"/api/alerts/{uuid7()}/timeline")
        assert (unknown, problem["code"]) == (404, "unknown_alert")
    assert (status, shown["nextCursor"]) == (200, None)
    lines: list[dict[str, Any]] = shown["data"]
    assert [line["what"] for line in lines if line["kind"] is None] == [
        "raised", "answered", "acknowledged", "resolved",
    ]  # fmt: skip
    [answered] = [line for line in lines if line["what"] == "answered"]
    assert (answered["by"], answered["way"]) == ("alex", "sms_reply")
    [dropped] = [line for line in lines if line["what"] == "not_sent"]
    assert (dropped["channel"], dropped["to"], dropped["reason"]) == ("slack", "#critical-alerts", "acknowledged")
    assert dropped["explanation"] == "Somebody had acknowledged the alert before it was sent."
    texts = [line for line in lines if line["channel"] == "sms" and line["why"] == "first"]
    assert {(line["to"], line["person"]) for line in texts} == {("***0100", "alex"), ("***0101", "sam")}
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)


@pytest.mark.proves("N-14", "X-3")
async def test_an_orders_timeline_tells_its_messages(world: World) -> None:
    here = new_city()
    order = paid(here)
    async with world.notifier():
        await world.publish(city(here), order)
        await until(lambda: _sent(world, 3), what="sent")
        status, shown = await world.get(f"/api/orders/{order.order_id}/timeline")
        nothing = [await world.get(f"/api/orders/{unknown}/timeline") for unknown in (uuid7(), "no-order")]
        assert (await world.get(f"/api/orders/{order.order_id}/timeline", None))[0] == 401
    assert status == 200
    assert sorted((line["kind"], line["why"], line["to"]) for line in shown["data"]) == [
        ("confirmation", "first", f"j***@{order.customer.email.partition('@')[2]}"),
        ("sale", "first", "***0100"),
        ("sale", "first", "***0101"),
    ]
    assert [(code, problem["code"]) for code, problem in nothing] == [(404, "unknown_order")] * 2


async def _sent(world: World, count: int) -> bool:
    return len(await world.deliveries("state IN ('sent', 'delivered')")) == count


async def _answered(world: World) -> bool:
    return bool(await world.database.fetchval("SELECT count(*) FROM acknowledgements"))


async def _line(world: World, alarm: Alarm, **wanted: str) -> bool:
    _, shown = await world.get(f"/api/alerts/{alarm.alert_id}/timeline")
    return any(all(line[name] == value for name, value in wanted.items()) for line in shown["data"])
