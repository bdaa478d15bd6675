"""What must be so at rest: our ledger is the processors' word, our commission is its share, analytics are its sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from chassis.clock import SystemClock
from chassis.database import Database
from chassis.settings import SANDBOX_STAND_INS
from checkout.providers.domain import WHOLE
from checkout.revenue import store
from checkout.revenue.domain import Span
from checkout.revenue.entry_store import FIGURES
from checkout.revenue.summing import Revenue
from checkout.transactions import sync_store
from sandbox.paypal.reporting import LAG
from tests.integration.checkout.ledger.game import COLLECTIONS, CONNECTIONS, LedgerGame
from tests.integration.checkout.ledger.sellers import CONNECTED, PROCESSORS, LedgerProvider, Processors

PATIENCE: Final = 120.0
_UNREAD: Final = "SELECT count(*) FROM transaction_syncs WHERE finished_at IS NULL OR finished_at < $1 OR failures > 0"
_LOST: Final = "SELECT count(*) FROM processor_polls WHERE subject IN ('lost_debits', 'lost_invoices')"
_UNSETTLED: Final = "SELECT count(*) FROM commission_collections WHERE state IN ('pending', 'processing')"


async def rest(game: LedgerGame) -> None:
    """Whatever is under way ends, and what a restore has forgotten is read at Stripe."""
    house = game.house
    await house.control("DELETE", "faults")
    await house.kill()
    async with looked_at(game) as database:
        # What dead processes had claimed, or had begun, is another one's when its lease ends.
        await database.execute("UPDATE transaction_syncs SET claimed_until = NULL, until = NULL, after = NULL")
        await database.execute("UPDATE processor_polls SET due_at = least(due_at, app_now())")
    await house.start()
    await house.control("POST", "clock/advance", seconds=LAG + 60)
    await read_all(game)
    async with looked_at(game) as database:
        await _until_none(game, database, _LOST)
    for provider in game.providers:
        await game.much(provider)
    await read_all(game)
    await collect_all(game)
    # What was paid on a page meanwhile is in PayPal's list, too.
    await house.control("POST", "clock/advance", seconds=LAG + 60)


async def read_all(game: LedgerGame) -> None:
    """All of the last days, as the nightly job has it: sales of the game are dated back."""
    began = SystemClock().now()
    async with looked_at(game) as database:
        async with database.transaction() as tx:
            await sync_store.read_again(tx, since=began - CONNECTED, now=began)
        for provider in game.providers:
            for connection in provider.connections.values():
                await game.house.require("POST", f"{CONNECTIONS}/{connection}/sync")
        await _until_none(game, database, _UNREAD, began)


async def collect_all(game: LedgerGame) -> None:
    """Until nothing more can be taken now."""
    async with looked_at(game) as database:
        for _ in range(4):
            await game.calm()
            await game.house.ask("POST", COLLECTIONS, json={})
            await database.execute("UPDATE commission_collections SET due_at = app_now() WHERE due_at IS NOT NULL")
            await _until_none(game, database, _UNSETTLED)


async def _until_none(game: LedgerGame, database: Database, sql: str, *given: Any) -> None:
    async def none() -> bool:
        return bool(await database.fetchval(sql, *given) == 0)

    await game.house.world.until(none, sql, patience=PATIENCE)


@asynccontextmanager
async def looked_at(game: LedgerGame) -> AsyncIterator[Database]:
    database = await Database.connect(game.house.url, application="test")
    try:
        yield database
    finally:
        await database.close()


async def require_truth(game: LedgerGame, processors: Processors) -> Counter[str]:
    """Raises AssertionError; how much there was to judge."""
    told: Counter[str] = Counter()
    async with looked_at(game) as database:
        for provider in game.providers:
            for processor in PROCESSORS:
                told += await _ledger_is_theirs(game, database, processors, provider, processor)
            told += await _commission_is_taken_once(game, database, provider)
        told += await _analytics_are_the_ledger(database)
    return told


async def _ledger_is_theirs(
    game: LedgerGame, database: Database, processors: Processors, provider: LedgerProvider, processor: str
) -> Counter[str]:
    since = SystemClock().now() - CONNECTED
    theirs = {each.payment_id: each for each in await processors.payments(provider, processor, since=since)}
    sold = [each for each in game.sales if (each.provider, each.processor) == (provider, processor)]
    disputed = {each.payment_id: each.disputed for each in sold if each.disputed}
    assert {each.payment_id for each in sold} <= set(theirs)
    rows = await database.fetch(
        """
        SELECT t.payment_id, sum(e.amount)::bigint AS amount, sum(e.at_source)::bigint AS at_source,
            sum(e.fee)::bigint AS fee, min(e.commission_ppm) AS least, max(e.commission_ppm) AS most
        FROM transaction_entries AS e JOIN all_external_transactions AS t USING (transaction_id)
        WHERE e.provider_id = $1 AND e.processor = $2 GROUP BY t.payment_id
        """,
        provider.provider_id,
        processor,
    )
    ours = {row["payment_id"]: (row["amount"], row["at_source"], row["fee"]) for row in rows}
    wanted = {
        name: (each.amount - each.refunded - disputed.get(name, 0), each.commission, each.fee or 0)
        for name, each in theirs.items()
        if each.status.value == "completed"
    }
    differing = {
        name: (wanted.get(name), ours.get(name)) for name in wanted | ours if wanted.get(name) != ours.get(name)
    }
    assert not differing, (provider.provider_id, processor, differing)
    assert {rate for row in rows for rate in (row["least"], row["most"])} <= {provider.ppm}
    return Counter({f"{processor} payments": len(theirs), "disputes": len(disputed)})


async def _commission_is_taken_once(game: LedgerGame, database: Database, provider: LedgerProvider) -> Counter[str]:
    """What Stripe took, with what waits for the next collection, is each collection's commission, rounded once."""
    number = provider.provider_id
    made = await database.fetch("SELECT state FROM commission_collections WHERE provider_id = $1", number)
    assert {row["state"] for row in made} <= {"completed"}
    rows = await database.fetch(
        """
        SELECT c.collection_id, sum(e.amount)::bigint AS volume, sum(e.at_source)::bigint AS kept
        FROM transaction_entries AS e LEFT JOIN collection_entries AS c USING (entry_id)
        WHERE e.provider_id = $1 GROUP BY c.collection_id
        """,
        number,
    )
    owed = {row["collection_id"]: _rounded(row["volume"] * provider.ppm) - row["kept"] for row in rows}
    credit: int = await database.fetchval(
        """
        SELECT coalesce(sum(amount), 0)::bigint FROM commission_corrections
        WHERE provider_id = $1 AND taken_by IS NULL
        """,
        number,
    )
    waiting = owed.pop(None, 0)
    taken = await _debits(game, provider)
    assert sum(taken) + credit == sum(owed.values()), (number, taken, credit, owed)
    assert waiting + credit < 50, "what could be taken was"
    exact = Fraction(sum(row["volume"] for row in rows) * provider.ppm, WHOLE)
    in_all = sum(taken) + credit + waiting + sum(row["kept"] for row in rows)
    assert abs(in_all - exact) <= Fraction(len(rows), 2), (number, in_all, float(exact))
    return Counter({"collections": len(made), f"{provider.currency} taken": sum(taken)})


async def _debits(game: LedgerGame, provider: LedgerProvider) -> list[int]:
    found: list[int] = []
    key, after = {"Authorization": f"Bearer {SANDBOX_STAND_INS['STRIPE_SECRET_KEY']}"}, ""
    while True:
        url = f"{game.house.world.sandbox}/stripe/v1/charges?limit=100{after}"
        page = (await game.house.world.ask("GET", url, headers=key)).body
        account = provider.accounts["stripe"].account_id
        found += [
            each["amount"] for each in page["data"]
            if (each["source"] or {}).get("id") == account and each["status"] == "succeeded"
        ]  # fmt: skip
        if not page["has_more"]:
            return found
        after = f"&starting_after={page['data'][-1]['id']}"


async def _analytics_are_the_ledger(database: Database) -> Counter[str]:
    """By day, provider, processor, currency and rate, to the minor unit; anew, too."""
    zone = await store.zone_of(database)
    assert zone is not None
    revenue = Revenue(database, zone=ZoneInfo(zone), clock=SystemClock())
    await revenue.refresh()
    assert list(await revenue.differences()) == []
    shown = await _shown(database)
    assert shown == await _summed(database, ZoneInfo(zone))
    return Counter({"days of figures": len(shown)})


async def _shown(database: Database) -> dict[tuple[Any, ...], dict[str, int]]:
    today = SystemClock().now().date()
    found = {}
    for row in await store.rows_of(database, Span(since=today - timedelta(days=30), until=today + timedelta(days=2))):
        values = asdict(row)
        key = (row.day, row.source.value, row.provider_id, row.processor, row.currency, row.commission_ppm)
        found[key] = {name: values[name] for name in FIGURES}
    return found


async def _summed(database: Database, zone: ZoneInfo) -> dict[tuple[Any, ...], dict[str, int]]:
    """Both ledgers, entry by entry."""
    rows = await database.fetch(
        """
        SELECT 'external' AS source, provider_id, processor, currency, commission_ppm, kind, amount, fee, at_source, at
        FROM transaction_entries
        UNION ALL
        SELECT 'platform', coalesce(a.provider_id, 0), processor, e.currency, 0, kind, amount, fee, 0, at
        FROM charge_entries AS e LEFT JOIN appointments AS a USING (appointment_id)
        """
    )
    found: dict[tuple[Any, ...], Counter[str]] = {}
    for row in rows:
        day: date = row["at"].astimezone(zone).date()
        key = (day, row["source"], row["provider_id"], row["processor"], row["currency"], row["commission_ppm"])
        name = {"payment": "paid", "refund": "refunded"}.get(row["kind"], "disputed")
        sums = found.setdefault(key, Counter())
        sums[name] += row["amount"] if name == "paid" else -row["amount"]
        sums["payments"] += int(row["kind"] == "payment")
        sums["fees"] += row["fee"]
        sums["at_source"] += row["at_source"]
    return {key: {name: sums[name] for name in FIGURES} for key, sums in found.items()}


def _rounded(millionths: int) -> int:
    return int((Decimal(millionths) / WHOLE).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
