"""Whatever happens, the platform gets its commission to the minor unit, and takes nothing twice (P-7).

`COMMISSION_SEED=…` repeats a run, `COMMISSION_STEPS=1000` makes it longer.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random
from typing import Any, Final

import pytest
import pytest_asyncio

from checkout.commission.domain import CollectionState
from checkout.providers.domain import WHOLE
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.commission_desk import ACTOR, DAYS, CommissionDesk, Owing, open_desk

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-7")]

STEPS: Final = int(os.environ.get("COMMISSION_STEPS", "40"))
TABLES: Final = (
    "commission_customers", "commission_corrections", "commission_payments", "commission_backs", "collection_entries",
    "commission_collections",
)  # fmt: skip
PROCESSORS: Final = ("stripe", "square", "paypal")
# Collections that are made after a backup.
MOST_LOST: Final = 3
FAILING: Final = ("charges.create", "invoices.create", "invoices.list", "invoices.send_invoice")
FAULTS: Final = ("timeout_before", "timeout_after", "error", "rate_limit")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(postgres: str) -> AsyncIterator[CommissionDesk]:
    with fresh_databases(postgres) as make_database:
        async with open_desk(make_database("checkout")) as opened:
            yield opened


@dataclass(slots=True, kw_only=True)
class Game:
    """One provider's months, and what plain numbers foresee.

    kind: of the account that the provider has now: one that can be debited, or one that can't
    paid: what is left of each transaction, its rate, its processor, and what that still keeps back of it
    at_source: what processors kept back in all
    """

    desk: CommissionDesk
    owing: Owing
    rng: Random
    kind: str
    paid: dict[int, tuple[int, int, str, int]] = field(default_factory=dict)
    exact: Decimal = Decimal(0)
    at_source: int = 0

    async def pay(self) -> None:
        amount, rate = self.rng.randint(1, 80_000), self.rng.choice((0, 99_999, 150_000, 200_000, WHOLE))
        processor = self.rng.choice(PROCESSORS)
        kept = self.rng.choice((0, amount * rate // WHOLE)) if processor != "paypal" else 0
        number = await self.desk.paid(self.owing, amount, ppm=rate, at_source=kept, processor=processor)
        self.paid[number] = (amount, rate, processor, kept)
        self.count(amount, rate, kept)

    async def go_back(self, *, kind: str = "refund") -> None:
        if not self.paid:
            return
        number, (left, rate, processor, kept) = self.rng.choice(list(self.paid.items()))
        part = self.rng.randint(1, left) if left else 0
        # A refund of ours takes our share with it; its owner's, and a bank, leave it where it is.
        share = self.rng.choice((0, kept * part // left)) if left and kind == "refund" else 0
        await self.desk.entry(self.owing, number, -part, ppm=rate, kind=kind, processor=processor, at_source=-share)
        self.paid[number] = (left - part, rate, processor, kept - share)
        self.count(-part, rate, -share)

    async def much(self) -> None:
        """A payment that is all commission, and outweighs whatever has gone back."""
        number = await self.desk.paid(self.owing, 500_000, ppm=WHOLE)
        self.paid[number] = (500_000, WHOLE, "stripe", 0)
        self.count(500_000, WHOLE, 0)

    async def dispute(self) -> None:
        await self.go_back(kind="dispute")

    async def collect(self) -> None:
        await self.desk.collect(self.owing)

    async def collect_at_once(self) -> None:
        await asyncio.gather(*(self.desk.collect(self.owing) for _ in range(3)))

    async def fail(self) -> None:
        await self.desk.fail(
            self.rng.choice(FAULTS), operation=self.rng.choice(FAILING), count=self.rng.choice((1, 20))
        )
        await self.desk.collect(self.owing)

    async def refuse(self) -> None:
        await self.desk.fail("vendor_code", code="balance_insufficient")
        await self.desk.collect(self.owing)
        await self.recover()

    async def die(self) -> None:
        """The process ends in the middle of a call, wherever it is."""
        await self.desk.collecting.collect(provider=self.owing.provider_id)
        claimed = await self.desk.collector.claim(100)
        tasks = [asyncio.create_task(self.desk.collector.settle(each)) for each in claimed]
        await asyncio.sleep(self.rng.random() * 0.03)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def pay_invoice(self) -> None:
        """In full, or in part."""
        for each in await self.payable():
            part = self.rng.choice((None, self.rng.randint(1, each["amount_remaining"])))
            await self.desk.pay(each, **({} if part is None else {"amount": part}))
        await self.desk.settle(self.owing)

    async def end_invoice(self) -> None:
        """Somebody ends one at Stripe, and it is tried again."""
        for each in await self.payable():
            if each["status"] == "open":
                await self.desk.stripe(
                    "POST", f"invoices/{each['id']}/{self.rng.choice(('void', 'mark_uncollectible'))}"
                )
        await self.desk.settle(self.owing)
        await self.retry()

    async def run_late(self) -> None:
        """Its invoices are overdue, and tried again."""
        await self.desk.later(days=DAYS, minutes=1).settle(self.owing)
        await self.retry()

    async def move_account(self) -> None:
        """The provider connects an account of the other kind."""
        self.kind = "express" if self.kind == "standard" else "standard"
        account = await self.desk.stripe("POST", "accounts", type=self.kind, default_currency="usd")
        await self.desk.database.execute(
            "UPDATE processor_connections SET account_id = $2 WHERE provider_id = $1",
            self.owing.provider_id,
            account["id"],
        )

    async def give_back(self) -> None:
        """Somebody refunds a part of what was collected, or a bank takes all that is left; webhooks may be lost."""
        found = [
            each for each in await self.charges() if each["amount"] > each["amount_refunded"] and not each["disputed"]
        ]
        if not found:
            return
        charge = self.rng.choice(found)
        left = charge["amount"] - charge["amount_refunded"]
        path = f"stripe/charges/{charge['id']}"
        if self.rng.random() < 0.7 or left != charge["amount"] or not charge["payment_intent"]:
            made = await self.desk.control("POST", f"{path}/refund", {"amount": self.rng.randint(1, left)})
            if self.rng.random() < 0.3:
                await self.desk.control("POST", f"stripe/refunds/{made['id']}/fail", {})
        else:
            made = await self.desk.control("POST", f"{path}/dispute", {})
            await self.hear()
            outcome = self.rng.choice(("won", "lost"))
            await self.desk.control("POST", f"stripe/disputes/{made['id']}/close", {"outcome": outcome})
        if self.rng.random() < 0.7:
            await self.hear()

    async def credit(self) -> None:
        """A credit note of an invoice that is paid, given back through Stripe."""
        for each in await self.desk.invoices(self.owing):
            left = each["amount_paid"] - sum(
                note["total"] for note in (await self.desk.stripe("GET", f"credit_notes?invoice={each['id']}"))["data"]
            )
            if each["status"] == "paid" and left > 0 and self.rng.random() < 0.5:
                amount = str(self.rng.randint(1, left))
                wanted = {"invoice": each["id"], "amount": amount, "out_of_band_amount": amount}
                await self.desk.stripe("POST", "credit_notes", **wanted)
        if self.rng.random() < 0.7:
            await self.hear()

    async def hear(self) -> None:
        """Each collection is told of, as webhooks do, and Stripe is asked."""
        await self.desk.control("DELETE", "faults", None)
        await self.desk.database.execute(
            "UPDATE commission_collections SET look_at = app_now() WHERE provider_id = $1 AND state = 'completed'",
            self.owing.provider_id,
        )
        while await self.desk.look():
            pass

    async def charges(self) -> list[Any]:
        """What Stripe took of the provider, by debits and by invoices."""
        await self.desk.control("DELETE", "faults", None)
        group = f"commission-test-{self.owing.provider_id}-"
        customers = {each["customer"] for each in await self.desk.invoices(self.owing)}
        listed = await self.desk.stripe("GET", "charges?limit=100")
        return [
            each for each in listed["data"]
            if each["status"] == "succeeded"
            and ((each["transfer_group"] or "").startswith(group) or (each["customer"] in customers and customers))
        ]  # fmt: skip

    async def forgiven(self) -> tuple[int, int]:
        """What credit notes say is not owed, and what of it went back outside of Stripe."""
        notes = [
            note for each in await self.desk.invoices(self.owing)
            for note in (await self.desk.stripe("GET", f"credit_notes?invoice={each['id']}"))["data"]
        ]  # fmt: skip
        return sum(note["total"] for note in notes), sum(note["out_of_band_amount"] or 0 for note in notes)

    async def kept_by_banks(self) -> int:
        """What banks have taken for good."""
        ids = {each["id"] for each in await self.charges()}
        listed = await self.desk.stripe("GET", "disputes?limit=100")
        return sum(each["amount"] for each in listed["data"] if each["charge"] in ids and each["status"] == "lost")

    async def payable(self) -> list[Any]:
        """Whoever pays or ends one does it on Stripe's own pages, which answer."""
        await self.desk.control("DELETE", "faults", None)
        return [each for each in await self.desk.invoices(self.owing) if each["status"] in ("open", "uncollectible")]

    async def restore(self) -> None:
        """A backup, more of all of it, and the backup put back; the ledger is read from the processors again.

        The provider has another address by then.
        """
        saved = {
            table: await self.desk.database.fetch(f"SELECT row_to_json(t)::text AS row FROM {table} AS t")
            for table in TABLES
        }
        for _ in range(self.rng.randint(1, MOST_LOST)):
            await self.pay()
            await self.collect()
        async with self.desk.database.transaction() as tx:
            for table in TABLES:
                await tx.execute(f"DELETE FROM {table}")
            for table in reversed(TABLES):
                await tx.execute(
                    f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT r.*"
                    f" FROM unnest($1::text[]) AS given (row), json_populate_record(null::{table}, row::json) AS r",
                    [row["row"] for row in saved[table]],
                )
        await self.desk.know(self.owing.provider_id, f"sam{self.rng.randrange(10**6)}@example.com")
        await self.desk.restored()
        await self.desk.collect(self.owing)
        await self.desk.read_lost(dies_after=self.rng.random() * 0.05)
        await self.payable()
        await self.desk.read_lost()

    async def recover(self) -> None:
        """Stripe answers again, providers pay, and whoever is on call tries again what has failed."""
        for each in await self.payable():
            await self.desk.pay(each)
        await self.desk.settle(self.owing)
        await self.retry()

    async def retry(self) -> None:
        rows = await self.desk.database.fetch(
            "SELECT collection_id FROM commission_collections WHERE provider_id = $1 AND state = $2",
            self.owing.provider_id,
            CollectionState.FAILED.value,
        )
        for row in rows:
            async with self.desk.database.transaction() as tx:
                await self.desk.collections.retry(tx, row["collection_id"], actor=ACTOR)
        for _ in range(3):
            await self.desk.settle(self.owing)

    def count(self, amount: int, rate: int, kept: int) -> None:
        self.exact += Decimal(amount) * rate / WHOLE
        self.at_source += kept


async def test_every_minor_unit_is_taken_once(desk: CommissionDesk) -> None:
    seed = int(os.environ.get("COMMISSION_SEED", secrets.randbelow(2**32)))
    print(f"COMMISSION_SEED={seed}")
    rng = Random(seed)
    kind = rng.choice(("express", "standard"))
    game = Game(desk=desk, owing=await desk.provider(kind, email="sam@example.com"), rng=rng, kind=kind)
    often = [game.pay] * 8 + [game.go_back] * 3 + [game.collect] * 3
    ends = [game.pay_invoice, game.end_invoice, game.run_late, game.move_account]
    backs = [game.give_back, game.give_back, game.credit]
    falls = [game.collect_at_once, game.fail, game.refuse, game.die, game.restore, game.recover]
    steps = [*often, game.dispute, *ends, *backs, *falls]
    for _ in range(STEPS):
        await game.rng.choice(steps)()
    await game.recover()
    await caught_up(game)
    await judged(game)


async def caught_up(game: Game) -> None:
    """What is due is taken, also what a credit was used up by, and what had gone back."""
    await game.much()
    await game.hear()
    while await game.desk.collect(game.owing) is not None:
        await game.recover()
        await game.hear()
    await game.recover()
    await game.hear()


async def judged(game: Game) -> None:
    """What was taken, with what waits for the next collection, is the commission of each collection, rounded once."""
    database, provider = game.desk.database, game.owing.provider_id
    made = await database.fetch("SELECT state FROM commission_collections WHERE provider_id = $1", provider)
    assert {row["state"] for row in made} <= {CollectionState.COMPLETED.value}
    rows = await database.fetch(
        """
        SELECT c.collection_id, sum(e.amount::numeric * e.commission_ppm) AS exact, sum(e.at_source)::bigint AS kept
        FROM transaction_entries AS e LEFT JOIN collection_entries AS c USING (entry_id)
        WHERE e.provider_id = $1 GROUP BY c.collection_id
        """,
        provider,
    )
    assert sum(row["exact"] for row in rows) == game.exact * WHOLE
    assert sum(row["kept"] for row in rows) == game.at_source
    rounded = {
        row["collection_id"]: int((row["exact"] / WHOLE).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)) - row["kept"]
        for row in rows
    }
    credit: int = await database.fetchval(
        """
        SELECT coalesce(sum(amount), 0)::bigint FROM commission_corrections
        WHERE provider_id = $1 AND taken_by IS NULL
        """,
        provider,
    )
    waiting = rounded.pop(None, 0)
    invoiced = sum(each["amount_paid"] for each in await game.desk.invoices(game.owing))
    refunded = sum(each["amount_refunded"] for each in await game.charges())
    forgiven, outside = await game.forgiven()
    back = refunded + outside + await game.kept_by_banks()
    took = sum(await game.desk.taken(game.owing)) + invoiced
    assert took - back + forgiven + credit == sum(rounded.values())
    assert waiting + credit < 50, "what could be taken was"
