"""What processors kept is compared with fees.yaml, and how they answered is told (P-3, P-8)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from chassis.tokens import Role
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

_JOB: Final = "/api/admin/checkout/jobs/fee-drift"
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


async def paid(world: World, processor: str, fee: int | None, *, refunded: int = 0, days_ago: int = 1) -> None:
    """A payment of 100.00 USD, of which the processor kept so much."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    await world.database.execute(_PAYMENT, processor, refunded, fee, at)


@pytest.mark.proves("P-3")
async def test_what_is_kept_as_expected_is_no_drift_and_what_is_not_fails_the_job(world: World) -> None:
    """What went back in part, is older than a month, or whose fee is not known, is not compared."""
    await paid(world, "square", 320)
    await paid(world, "square", 330)
    await paid(world, "square", 0, refunded=10_000)
    await paid(world, "square", 0, days_ago=31)
    await paid(world, "square", None)
    well = await fullhouse(world, "payments", "fees", "--json")
    [row] = json.loads(well.stdout)["data"]
    assert (well.returncode, row["payments"], row["estimated_fees"], row["actual_fees"]) == (0, 2, 6.4, 6.5)

    await paid(world, "paypal", 1_000)
    off = await fullhouse(world, "payments", "fees")
    assert (off.returncode, off.stdout.count("yes"), off.stdout.count("10.00")) == (1, 1, 1), off
    await world.ask("POST", f"{_JOB}/run", headers=world.token(Role.OPERATOR))

    async def failed() -> bool:
        runs = (await world.ask("GET", f"{_JOB}/runs?limit=5", headers=world.token(Role.VIEWER))).body["data"]
        return ("failed", "FeesDrift") in [(run["outcome"], run["error"]) for run in runs]

    await world.until(failed, "the job tells of the drift")


async def asked(world: World, *ways: tuple[str, str, float]) -> None:
    """A decision whose ways were taken in turn: the processor, what came of it, and after how many seconds."""
    at = datetime.now(UTC) - timedelta(days=1)
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


@pytest.mark.proves("P-3", "P-8")
@pytest.mark.parametrize("path", ["/api/v1/external-payments/fees", "/api/v1/hybrid-payments/performance"])
async def test_nobody_sees_it_without_a_token(world: World, path: str) -> None:
    assert (await world.ask("GET", path)).status == 401
    assert (await world.ask("GET", path, headers=world.token(Role.VIEWER))).status == 200
