"""Every few minutes checkout is asked whether payments of providers can be routed; what fails is an alert (P-12)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from pydantic import SecretStr

from chassis.clock import SystemClock
from chassis.tokens import Role, ServiceTokens
from events import AlertRaised, AlertResolved
from monitor.examinations import jobs
from monitor.examinations.checkout import CheckoutExamination
from monitor.examinations.domain import PaymentCheck
from tests.fixtures.ports import free_port
from tests.fixtures.postgres import MakeDatabase
from tests.integration.audit.house import NOWHERE, House, open_house
from tests.integration.checkout.serving import serving
from tests.integration.monitor.alert_bench import Bench, bench

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-12", "A-5")]


@dataclass(frozen=True, slots=True)
class Watched:
    """A checkout that answers, and who asks it."""

    house: House
    url: str

    async def look(self) -> dict[str, str | None]:
        return {each.name: each.problem for each in await looked(self.house, self.url)}

    async def set(self, provider: int, body: dict[str, Any]) -> None:
        path, who = f"/api/admin/providers/{provider}", {"name": "Studio North", "email": "north@example.com"}
        assert (await self.house.ask("checkout", "PUT", path, role=Role.ADMIN, body=who)).status == 200
        settings = f"/api/v1/hybrid-payments/settings/{provider}"
        assert (await self.house.ask("checkout", "PATCH", settings, role=Role.ADMIN, body=body)).status == 200


async def looked(house: House, url: str) -> Sequence[PaymentCheck]:
    keys = house.apps["checkout"].state.settings.service_token_key
    examination = CheckoutExamination(url, ServiceTokens(keys), clock=SystemClock())
    try:
        return await examination.look()
    finally:
        await examination.close()


@pytest_asyncio.fixture
async def watched(make_database: MakeDatabase) -> AsyncIterator[Watched]:
    port = free_port()
    async with (
        open_house(make_database, services=("checkout",)) as house,
        serving(house.apps["checkout"], port, lifespan="off"),
    ):
        yield Watched(house, f"http://127.0.0.1:{port}")


async def test_tables_a_dry_run_and_routes_are_looked_at(watched: Watched) -> None:
    warned = {"connection_inactive": None, "connection_webhook_missing": None, "refund_standing": None}
    well = {"database": None, "routing": None, "endpoints": None, **warned}
    assert await watched.look() == well, "without a provider nobody's payment fails"
    await watched.set(3, {"payment_mode": "decentralized", "fallback_enabled": False})
    async with without_table(watched.house, "appointments"):
        seen = await watched.look()
    assert (seen["database"] or "").startswith("appointments can't be read: ")
    assert (seen["routing"] or "").startswith("Provider 3: Nobody can take this payment: ")
    assert seen["endpoints"] is None
    await watched.set(3, {"payment_mode": "centralized"})
    assert await watched.look() == well
    numbers = [await connected(watched.house, hours=hours) for hours in (25, 1)]
    seen = await watched.look()
    assert seen["connection_inactive"] == f"1 connected, with the numbers {numbers[0]}"
    assert seen["connection_webhook_missing"] == f"2 connected, with the numbers {numbers[0]}, {numbers[1]}"
    await refunds_due(watched.house, days=(0, 2, 3))
    assert ((await watched.look())["refund_standing"] or "").startswith("2 undecided, the oldest since ")
    await watched.house.database("checkout").execute("UPDATE processor_connections SET status = 'revoked'")
    assert [(each.name, each.problem) for each in await looked(watched.house, f"http://127.0.0.1:{NOWHERE}")] == [
        ("endpoints", "checkout can't be asked: ClientConnectorError")
    ]


async def test_what_only_a_release_after_ours_warns_of_is_no_check_that_fails() -> None:
    told = [{"name": name, "problem": "It stands."} for name in ("refund_standing", "of_tomorrow")]

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"checks": [], "warnings": told, "routes": []})

    app, port, keys = web.Application(), free_port(), [SecretStr("k" * 32)]
    app.router.add_get("/internal/payments/examination", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    examination = CheckoutExamination(f"http://127.0.0.1:{port}", ServiceTokens(keys), clock=SystemClock())
    try:
        seen = await examination.look()
    finally:
        await examination.close()
        await runner.cleanup()
    assert {each.name: each.problem for each in seen} == {"refund_standing": "It stands.", "endpoints": None}


async def connected(house: House, *, hours: int) -> int:
    """The number of an account that was connected so long ago, without webhooks."""
    number: int = await house.database("checkout").fetchval(
        """
        INSERT INTO processor_connections (provider_id, processor, status, status_since, supports_payments,
            supports_refunds, has_webhook_secret, version, created_at)
        VALUES (3, $2, 'connected', now() - make_interval(hours => $1), true, true, false, 1, now())
        RETURNING connection_id
        """,
        hours,
        f"square{hours}",
    )
    return number


async def refunds_due(house: House, *, days: Sequence[int]) -> None:
    """One for each, asked for so long ago."""
    await house.database("checkout").execute(
        """
        INSERT INTO way_refunds (refund_id, decision, processor, payment_id, provider_id, amount, currency, commission,
            cause, reason, state, created_at)
        SELECT gen_random_uuid(), 'external', 'square', 'pay-' || days, 3, 100, 'USD', 0, 'requested', 'A test', 'due',
            now() - make_interval(days => days)
        FROM unnest($1::integer[]) AS days
        """,
        list(days),
    )


@asynccontextmanager
async def without_table(house: House, name: str) -> AsyncIterator[None]:
    database = house.database("checkout")
    await database.execute(f"ALTER TABLE {name} RENAME TO {name}_away")
    yield
    await database.execute(f"ALTER TABLE {name}_away RENAME TO {name}")


async def test_what_fails_twice_is_told_until_it_is_mended(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("payments_check_failed")
        fails = check(b, "Provider 3: Nobody can take this payment.")
        await made(b, [fails, check(b, None)])
        await b.look()
        assert await b.told() == []
        await made(b, [fails, fails])
        await b.look()
        await b.look(minutes=17)
        (raised,) = await b.told()
        assert isinstance(raised, AlertRaised), "that nobody has looked again mends nothing"
        assert raised.summary == (
            "The check routing of providers' payments fails: Provider 3: Nobody can take this payment."
        )
        await made(b, [check(b, None)])
        await b.look()
        await b.look(minutes=2)
        assert [type(each) for each in (await b.told())[1:]] == [AlertResolved]


@pytest.mark.parametrize(
    ("name", "severity", "summary"),
    [
        (
            "refund_standing",
            "high",
            "Processors have not decided refunds for more than a day: 2 connected, with the numbers 3, 4",
        ),
        (
            "connection_inactive",
            "medium",
            "Providers' accounts took no payment for a day: 2 connected, with the numbers 3, 4",
        ),
        (
            "connection_webhook_missing",
            "medium",
            "Webhooks of providers' accounts can't come or be checked: 2 connected, with the numbers 3, 4",
        ),
    ],
)
async def test_a_warning_of_connections_is_an_alert_of_its_own(
    make_database: MakeDatabase, name: str, severity: str, summary: str
) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("payments_check_failed", name)
        await made(b, [check(b, "2 connected, with the numbers 3, 4", name=name)])
        await b.look()
        (raised,) = await b.told()
        assert isinstance(raised, AlertRaised)
        assert (raised.rule, raised.severity, raised.summary) == (name, severity, summary)


def check(b: Bench, problem: str | None, *, name: str = "routing") -> PaymentCheck:
    return PaymentCheck(name=name, problem=problem, looked_at=b.clock.now())


async def made(b: Bench, looks: Sequence[PaymentCheck]) -> None:
    """The job runs once; what it sees, look by look."""
    left = list(looks)

    async def look() -> Sequence[PaymentCheck]:
        return [left.pop(0)]

    (job,) = jobs.jobs(look, b.database, again=timedelta(0))
    await job.begun(SystemClock().now())
