"""Providers at checkout: kept by staff, set by themselves, and known to every process at once."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chassis.clock import SystemClock
from chassis.tokens import Role, TokenSigner
from checkout.providers.errors import UnknownProvider
from checkout.providers.memory import ProviderMemory
from checkout.revenue.summing import Revenue
from events import ProviderSettingsChanged
from tests.integration.checkout.world import SIGN_IN, Answer, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-1")]

SETTINGS = "/api/v1/hybrid-payments/settings"
SEEN = {"min_external_amount": 50.0, "max_platform_amount": 200.0, "preferred_processors": [], "fallback_enabled": True}


def of_provider(provider: int) -> dict[str, str]:
    signer = TokenSigner(SIGN_IN)
    token = signer.issue("pat", email="pat@example.com", role=Role.PROVIDER, provider=str(provider))
    return {"Authorization": f"Bearer {token}"}


async def keep(world: World, provider: int, name: str = "Pat Rivers") -> Answer:
    body = {"name": name, "email": f"p{provider}@example.com"}
    return await world.ask("PUT", f"/api/admin/providers/{provider}", json=body, headers=world.token(Role.ADMIN))


async def change(world: World, provider: int, headers: dict[str, str] | None = None, **values: Any) -> Answer:
    headers = headers or world.token(Role.ADMIN)
    return await world.ask("PATCH", f"{SETTINGS}/{provider}", json=values, headers=headers)


async def test_a_new_provider_has_the_defaults_and_each_change_is_told_once(world: World) -> None:
    assert (await change(world, 7, payment_mode="hybrid")).body["code"] == "unknown_provider"
    for _ in range(2):
        assert (await keep(world, 7)).status == 200
    shown = await world.ask("GET", f"{SETTINGS}/7", headers=world.token(Role.VIEWER))
    assert shown.body == {
        "provider": 7, "payment_mode": "centralized", "commission_rate": 0.2, "currency": "USD", "are_defaults": True,
    } | SEEN  # fmt: skip
    for _ in range(2):
        changed = await change(world, 7, payment_mode="hybrid", commission_rate="0.125", min_external_amount=49.9)
    assert changed.body == shown.body | {
        "payment_mode": "hybrid", "commission_rate": 0.125, "min_external_amount": 49.9, "are_defaults": False,
    }  # fmt: skip
    told = [event for event in await world.events("7") if isinstance(event, ProviderSettingsChanged)]
    assert [(each.payment_mode, each.commission_ppm, each.min_external_amount) for each in told] == [
        ("centralized", 200_000, 5_000),
        ("hybrid", 125_000, 4_990),
    ]
    rows = await world.database.fetch("SELECT action FROM audit WHERE target = 'provider:7' AND outcome = 'done'")
    assert [row["action"] for row in rows] == ["provider_kept", "provider_settings_changed"]


async def test_what_makes_no_sense_is_refused_with_the_reason_and_changes_nothing(world: World) -> None:
    await keep(world, 8)
    for values, fields in (
        ({"min_external_amount": 1000.01, "max_platform_amount": 2000}, {"min_external_amount"}),
        ({"min_external_amount": -0.01}, {"min_external_amount"}),
        ({"min_external_amount": 5, "max_platform_amount": 9.99}, {"max_platform_amount"}),
        ({"min_external_amount": 300}, {"min_external_amount"}),
        ({"min_external_amount": 49.999, "commission_rate": 1.1}, {"min_external_amount", "commission_rate"}),
        ({"payment_mode": "both"}, {"payment_mode"}),
        ({"preferred_processors": ["square", "square"]}, {"preferred_processors"}),
        ({"fees": 1}, {"fees"}),
    ):
        refused = await change(world, 8, **values)
        assert (refused.status, refused.body["fields"].keys()) == (422, fields), values
    assert (await world.ask("GET", f"{SETTINGS}/8", headers=of_provider(8))).body["are_defaults"] is True


@pytest.mark.proves("C-12")
async def test_a_provider_reaches_nothing_of_another_and_not_the_commission(world: World) -> None:
    for provider in (9, 10):
        await keep(world, provider)
    assert (await change(world, 9, of_provider(9), payment_mode="decentralized")).status == 200
    for refused in (
        await change(world, 9, of_provider(9), commission_rate="0"),
        await change(world, 10, of_provider(9), payment_mode="decentralized"),
        await change(world, 10, of_provider(9), nonsense=True),
        await change(world, 11, of_provider(9)),
        await change(world, 9, world.token(Role.OPERATOR), payment_mode="hybrid"),
        await world.ask("GET", f"{SETTINGS}/10", headers=of_provider(9)),
        await world.ask("GET", "/api/admin/providers", headers=of_provider(9)),
    ):
        assert (refused.status, refused.body["code"]) == (403, "role_missing"), refused


async def test_all_are_listed_by_id(world: World) -> None:
    for provider in (31, 32, 33):
        await keep(world, provider)
    path, headers = "/api/admin/providers?limit=2&cursor={}", world.token(Role.VIEWER)
    first = (await world.ask("GET", path.format(30), headers=headers)).body
    assert ([each["provider"] for each in first["data"]], first["nextCursor"]) == ([31, 32], "32")
    assert (await world.ask("GET", path.format("x"), headers=headers)).status == 422


async def test_memory_reads_what_has_changed_since(world: World) -> None:
    await keep(world, 12)
    memory = ProviderMemory(world.database, currency="USD")
    with pytest.raises(UnknownProvider):
        memory.settings(12)
    await memory.refresh()
    await change(world, 12, payment_mode="decentralized")
    assert memory.settings(12).payment_mode == "centralized"
    await memory.refresh()
    assert memory.settings(12).payment_mode == "decentralized"


@pytest.mark.proves("P-9")
async def test_an_emergency_puts_everybody_on_the_platform_and_back_as_it_was(world: World) -> None:
    async def act(action: str) -> list[int]:
        path, headers = "/api/admin/providers/emergency", world.token(Role.ADMIN)
        answer = await world.ask("POST", path, json={"action": action}, headers=headers)
        assert answer.status == 200, answer
        return [each["provider"] for each in answer.body["changed"]]

    async def settings() -> list[Any]:
        headers = world.token(Role.VIEWER)
        return [(await world.ask("GET", f"{SETTINGS}/{each}", headers=headers)).body for each in (41, 42, 43, 44)]

    for provider, values in (
        (41, {"payment_mode": "hybrid", "fallback_enabled": False, "commission_rate": "0.1"}),
        (42, {"payment_mode": "decentralized", "preferred_processors": ["square"]}),
        (43, {"payment_mode": "centralized", "min_external_amount": 20}),
        (44, {}),
    ):
        await keep(world, provider)
        await change(world, provider, **values)
    before = await settings()
    assert {41, 42} <= set(await act("centralize"))
    assert {43, 44} & set(await act("centralize")) == set()
    assert [each["payment_mode"] for each in await settings()] == ["centralized"] * 4
    assert 41 in await act("fallback")
    assert await act("fallback") == []
    assert all(each["fallback_enabled"] for each in await settings())
    assert {41, 42} <= set(await act("restore"))
    assert await settings() == before
    assert await act("restore") == []
    await act("centralize")
    await change(world, 42, payment_mode="hybrid")
    await act("restore")
    assert [each["payment_mode"] for each in await settings()] == ["hybrid", "hybrid", "centralized", "centralized"]


@pytest.mark.proves("W-2")
async def test_a_provider_changes_its_own_settings_on_its_page_and_sees_what_is_refused(world: World) -> None:
    for provider in (51, 52):
        await keep(world, provider)
    own = "/staff/providers/51"
    typed = {"payment_mode": "hybrid", "min_external_amount": "49.90", "max_platform_amount": "120"}
    browser = {"headers": of_provider(51) | {"Accept": "text/html"}, "allow_redirects": False}

    led = await world.ask("GET", "/staff/providers", **browser)
    assert (led.status, led.headers["Location"]) == (303, own)
    for wrong, sentence in (
        ({"min_external_amount": "few"}, "Write an amount in USD, such as 49.90."),
        ({"max_platform_amount": "9.99"}, "Write an amount of 10 or more."),
        ({"min_external_amount": "121"}, "This is above the most that may go to the platform"),
    ):
        refused = await world.ask("GET", own, params=typed | wrong, **browser)
        assert refused.status == 422
        assert sentence in refused.body
        assert "Save these settings" not in refused.body
    asked = await world.ask("GET", own, params=typed, **browser)
    assert "Save these settings" in asked.body
    assert (await world.ask("GET", f"{SETTINGS}/51", headers=of_provider(51))).body["are_defaults"] is True

    saved = await world.ask("POST", own, data=typed, **browser)
    assert (saved.status, saved.headers["Location"]) == (303, f"{own}?done=true")
    kept = (await world.ask("GET", f"{SETTINGS}/51", headers=of_provider(51))).body
    assert (kept["payment_mode"], kept["min_external_amount"], kept["commission_rate"]) == ("hybrid", 49.9, 0.2)
    assert kept["fallback_enabled"] is False, "a box that is not ticked"
    for forbidden in (
        await world.ask("GET", "/staff/providers/52", **browser),
        await world.ask("POST", "/staff/providers/52", data=typed, **browser),
        await world.ask("POST", own, data=typed | {"commission_rate": "0"}, **browser),
    ):
        assert forbidden.status == 403
    commission = {"data": typed | {"commission_rate": "12.5"}, "allow_redirects": False}
    assert (await world.ask("POST", own, headers=world.token(Role.ADMIN), **commission)).status == 303
    kept = (await world.ask("GET", f"{SETTINGS}/51", headers=of_provider(51))).body
    assert kept["commission_rate"] == 0.125


@pytest.mark.proves("P-8", "C-12")
async def test_a_sale_is_in_the_analytics_and_a_provider_sees_its_own_only(world: World) -> None:
    path = "/api/v1/unified-payment-analytics/dashboard"
    bought = (await world.buy()).body
    await world.pay(bought["sessionId"])
    await world.until_state(bought["orderId"], "paid")
    await world.database.execute(
        "INSERT INTO transaction_entries (transaction_id, provider_id, processor, currency, kind, source_id, amount,"
        " commission_ppm, at_source, fee, at, recorded_at)"
        " SELECT 1, provider, 'square', 'USD', 'payment', provider, 10001, 125000, 0, 320, now(), now()"
        " FROM unnest(array[61, 62]) AS provider"
    )
    await Revenue(world.database, zone=ZoneInfo("America/Chicago"), clock=SystemClock()).refresh()

    shown = (await world.ask("GET", path, headers=world.token(Role.VIEWER))).body
    (totals,) = shown["totals"]
    assert totals["platform_revenue"] == bought["amount"] / 100
    assert (totals["external_revenue"], totals["payments"], totals["commission"]) == (200.02, 3, 25.0)
    assert totals["fees"] == round(bought["amount"] * 0.029 + 30) / 100 + 6.4
    assert [each["provider"] for each in shown["by_provider"]] == [None, 61, 62]
    assert shown["as_of"] is not None
    own = (await world.ask("GET", path, headers=of_provider(61))).body
    assert own["totals"][0] | {"commission": 12.5, "external_revenue": 100.01, "fees": 3.2} == own["totals"][0]
    assert ([each["provider"] for each in own["by_provider"]], own["provider"]) == ([61], 61)

    async def status(query: str, headers: dict[str, str] | None) -> int:
        return (await world.ask("GET", f"{path}?{query}", headers=headers)).status

    assert await status("since=nonsense&colour=red", None) == 401
    assert await status("provider=62", of_provider(61)) == 403
    assert await status("since=2026-12-01&until=2026-11-01", of_provider(61)) == 422
    compared = await world.ask("GET", "/api/admin/analytics/verify", headers=world.token(Role.VIEWER))
    assert compared.body["differences"] == []
    assert (await world.ask("GET", "/api/admin/analytics/verify", headers=of_provider(61))).status == 403
