"""What processors kept is compared with fees.yaml, and how they answered is told (P-3, P-8)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from chassis.months import Month
from chassis.tokens import Role
from tests.fixtures.ledger import sell
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

_SECOND: Final = timedelta(seconds=1)
# As a sandbox without another one has it.
_ZONE: Final = ZoneInfo("America/New_York")
_PAYMENT: Final = """
INSERT INTO external_transactions (connection_id, provider_id, processor, payment_id, state, amount, refunded, currency,
    commission, fee, commission_ppm, created_at, completed_at, changed_at, seen_at, known_by, version)
VALUES (1, 1, $1, gen_random_uuid()::text, 'completed', 10000, $2, 'USD', 0, $3, 200000, $4, $4, $4, $4, 'sync', 1)
"""
_DECISION: Final = """
INSERT INTO routing_decisions (decision_id, at, provider_id, amount, currency, why, fallback, commission, asked_by)
VALUES (gen_random_uuid(), $1, 1, 10000, 'USD', '[]', '[]', 2000, 'ann@example.com') RETURNING decision_id
"""
_STEP: Final = """
INSERT INTO routing_steps (decision_id, at, place, decision, processor, step) VALUES ($1, $2, $3, 'external', $4, $5)
"""


async def paid(world: World, processor: str, fee: int | None, *, refunded: int = 0, at: datetime | None = None) -> None:
    """A payment of 100.00 USD, of which the processor kept so much; yesterday, if nothing else is said."""
    await world.database.execute(_PAYMENT, processor, refunded, fee, at or datetime.now(UTC) - timedelta(days=1))


async def run_of(world: World, job: str) -> tuple[str, str]:
    """What a run of the job came to that a person begins now, and the kind of its error."""
    path = f"/api/admin/checkout/jobs/{job}"
    begun = (await world.ask("POST", f"{path}/run", headers=world.token(Role.OPERATOR))).body
    wanted, runs = (begun["open"] or begun["last"])["id"], list[Any]()

    async def ended() -> bool:
        runs[:] = (await world.ask("GET", f"{path}/runs?limit=5", headers=world.token(Role.VIEWER))).body["data"]
        return any(run["id"] == wanted and run["outcome"] for run in runs)

    await world.until(ended, f"{job} ends")
    return next((run["outcome"], run["error"]) for run in runs if run["id"] == wanted)


def month_before() -> Month:
    return Month.ended_before(datetime.now(UTC), _ZONE)


@pytest.mark.proves("P-3")
async def test_what_is_kept_as_expected_is_no_drift_and_what_is_not_fails_the_job(world: World) -> None:
    """What went back in part, is older than 30 days, or whose fee is not known, is not compared."""
    await paid(world, "square", 320)
    await paid(world, "square", 330)
    await paid(world, "square", 0, refunded=10_000)
    await paid(world, "square", 0, at=datetime.now(UTC) - timedelta(days=70))
    await paid(world, "square", None)
    well = await fullhouse(world, "payments", "fees", "--json")
    [row] = json.loads(well.stdout)["data"]
    assert (well.returncode, row["payments"], row["estimated_fees"], row["actual_fees"]) == (0, 2, 6.4, 6.5)

    await paid(world, "paypal", 1_000, at=month_before().until - _SECOND)
    off = await fullhouse(world, "payments", "fees", "--month", month_before().name)
    assert (off.returncode, off.stdout.count("yes"), off.stdout.count("10.00")) == (1, 1, 1), off
    assert await run_of(world, "fee-drift") == ("failed", "FeesDrift")


async def asked(world: World, *ways: tuple[str, str, float], at: datetime | None = None) -> None:
    """A decision whose ways were taken in turn: the processor, what came of it, and after how many seconds."""
    at = at or datetime.now(UTC) - timedelta(days=1)
    decision = await world.database.fetchval(_DECISION, at)
    for place, (processor, step, seconds) in enumerate(ways):
        await world.database.execute(_STEP, decision, at, place, processor, "asked")
        at += timedelta(seconds=seconds)
        await world.database.execute(_STEP, decision, at, place, processor, step)


@pytest.mark.proves("P-8")
async def test_it_is_told_how_long_processors_took_and_how_often_they_gave_no_page(world: World) -> None:
    """Whom its breaker has left out, and who has not answered yet, says nothing of it."""
    await asked(world, ("square", "opened", 1))
    await asked(world, ("square", "unanswered", 8), ("paypal", "opened", 2))
    await asked(world, ("square", "declined", 3), ("paypal", "breaker_open", 0))
    found = await fullhouse(world, "payments", "performance", "--json")
    assert [tuple(row.values()) for row in json.loads(found.stdout)["data"]] == [
        ("paypal", 1, 0, 0.0, 2.0, 2.0),
        ("square", 3, 2, 0.6667, 3.0, 7.5),
    ]
    shown = await fullhouse(world, "payments", "performance")
    assert "2 (66.7%)" in shown.stdout


@pytest.mark.proves("P-3", "P-7", "P-8", "O-5")
async def test_monthly_jobs_log_what_the_commands_show_of_the_month_before(world: World) -> None:
    """By the business's clock: its last second is in it, and the next one is not, whatever day it is elsewhere."""
    month = month_before()
    for at in (month.since - _SECOND, month.until - _SECOND, month.until):
        await paid(world, "clover", 290, at=at)
        await asked(world, ("clover", "opened", 1), at=at)
        await sell(world.database, 9, 10_000, at=at, currency="CAD", ppm=100_000)
    with capture_logs() as lines:
        for job in ("payment-performance", "fee-drift", "commission-analysis"):
            await run_of(world, job)
    logged = [line for line in lines if line.get("fields", {}).get("month") == month.name]

    performance, fees, rates = [
        json.loads((await fullhouse(world, *command, "--month", month.name, "--json")).stdout)["data"]
        for command in (("payments", "performance"), ("payments", "fees"), ("commission", "rates"))
    ]
    assert [(row["asked"], row["failed"]) for row in performance if row["processor"] == "clover"] == [(1, 0)]
    assert [row["payments"] for row in fees if row["processor"] == "clover"] == [1]
    assert [(row["volume"], row["commission"]) for row in rates if row["currency"] == "CAD"] == [(100.0, 10.0)]
    assert of(logged, "processor_performance", "processor", "asked", "failed", "median", "slowest") == [
        tuple(row[name] for name in ("processor", "asked", "failed", "median_seconds", "p95_seconds"))
        for row in performance
    ]
    assert of(logged, "fees_compared", "processor", "currency", "actual") == [
        (row["processor"], row["currency"], round(row["actual_fees"] * 100)) for row in fees
    ]
    assert of(logged, "commission_analysed", "currency", "rate", "volume", "commission") == [
        (row["currency"], *(round(row[name] * scale) for name, scale in _MINOR)) for row in rates
    ]


_MINOR: Final = (("commission_rate", 1_000_000), ("volume", 100), ("commission", 100))


def of(logged: list[Any], event: str, *names: str) -> list[tuple[Any, ...]]:
    """These fields of the lines of an event."""
    return [tuple(line["fields"][name] for name in names) for line in logged if line["event"] == event]


@pytest.mark.proves("P-3", "P-8")
@pytest.mark.parametrize("path", ["/api/v1/external-payments/fees", "/api/v1/hybrid-payments/performance"])
async def test_nobody_sees_it_without_a_token(world: World, path: str) -> None:
    assert (await world.ask("GET", path)).status == 401
    assert (await world.ask("GET", path, headers=world.token(Role.VIEWER))).status == 200
