"""How long it takes to read many external transactions, and that memory does not grow with them (L-14).

The processor answers at once, page by page, so that what is measured is ours: meeting what is known, ledger and events.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from chassis.clock import SystemClock
from chassis.http_client import VendorClient
from checkout.connections.domain import Connection
from checkout.connections.payments import ConnectionPayments
from checkout.connections.sealed import ConnectionChange
from checkout.payments.processors.trying import Answer
from checkout.processors.accounts import Credentials
from checkout.processors.domain import ChangedPayments, ExternalPayment, PaymentStatus
from checkout.processors.stripe import StripeConnectProcessor
from checkout.processors.stripe_calls import StripeConnectCalls
from checkout.processors.stripe_list import MovementList
from checkout.providers.service import Providers
from checkout.transactions import sync_store
from checkout.transactions.service import Transactions
from checkout.transactions.syncing import TransactionSyncs
from eventbus import Outbox
from tests.bench.report import Figure
from tests.bench.stand import Stand
from tests.contract.processors.example.corner import CornerProcessor
from tests.integration.checkout.connected import ACTOR, Shop, open_shop

SIZES: Final = (1_000, 100_000)
PAGE: Final = 100
# What reading a hundred times as many may take more.
MEGABYTES: Final = 32
_BYTES: Final = 1024 * 1024


class DenseHour(StripeConnectCalls):
    """Stripe, with so many payments of one account, all of them made within an hour."""

    def __init__(self, payments: int) -> None:
        self.payments = payments
        self.began = int(datetime.now(UTC).timestamp()) - 3_600

    async def get(
        self,
        operation: str,
        path: str,
        who: Credentials | None,  # noqa: ARG002
        read: Callable[[Mapping[str, Any]], Answer],
        *,
        deadline: timedelta,  # noqa: ARG002
    ) -> Answer:
        if operation != "movements.list":
            return read(self._intent(int(path.partition("pi_")[2].partition("?")[0])))
        after = parse_qs(urlsplit(path).query).get("starting_after", [f"txn_{self.payments}"])[0]
        begin = int(after.removeprefix("txn_"))
        found = range(begin - 1, max(begin - 1 - PAGE, -1), -1)
        return read({"data": [self._movement(each) for each in found], "has_more": begin > PAGE})

    def _movement(self, number: int) -> dict[str, Any]:
        charge = {"object": "charge", "payment_intent": f"pi_{number}", **self._charge(number)}
        return {"id": f"txn_{number}", "created": self.began + number % 3_600, "source": charge}

    def _charge(self, number: int) -> dict[str, Any]:
        return {"id": f"ch_{number}", "amount": 1_000, "amount_refunded": 0, "currency": "usd", "metadata": {},
                "created": self.began + number % 3_600, "status": "succeeded", "balance_transaction": None}  # fmt: skip

    def _intent(self, number: int) -> dict[str, Any]:
        return {"id": f"pi_{number}", "status": "succeeded", "amount": 1_000, "currency": "usd", "metadata": {},
                "application_fee_amount": None, "created": self.began + number % 3_600,
                "latest_charge": self._charge(number)}  # fmt: skip


class ManyPayments(CornerProcessor):
    """Corner, with so many payments of one account, made a second apart."""

    payments: int
    peak: float = 0.0

    async def list_changed(
        self,
        credentials: Credentials,  # noqa: ARG002
        *,
        since: datetime,  # noqa: ARG002
        after: str | None,
        deadline: timedelta,  # noqa: ARG002
    ) -> ChangedPayments:
        self.peak = max(self.peak, _resident())
        begin = int(after or 0)
        end = min(begin + PAGE, self.payments)
        found = tuple(self._payment(number) for number in range(begin, end))
        return ChangedPayments(payments=found, after=str(end) if end < self.payments else None)

    def _payment(self, number: int) -> ExternalPayment:
        at = datetime.now(UTC) - timedelta(minutes=30)
        return ExternalPayment(
            payment_id=f"pay-{self.payments}-{number}",
            key=None,
            status=PaymentStatus.COMPLETED,
            amount=1_000 + number,
            refunded=100 if number % 10 == 0 else 0,
            currency="USD",
            commission=0,
            fee=59,
            created_at=at,
            updated_at=at,
        )


async def measure(stand: Stand) -> list[Figure]:
    """All of them are new, as after a first connection; one in ten went back in part."""
    async with open_shop(stand.make_database("checkout")) as shop:
        processor = ManyPayments(shop.client, base_url=shop.corner.url, application=shop.application, clock=shop.clock)
        connection = await _connected(shop)
        peaks, seconds = [], 0.0
        for size in SIZES:
            processor.payments, processor.peak = size, 0.0
            began = time.monotonic()
            await _read(shop, processor, connection)
            seconds = time.monotonic() - began
            peaks.append(processor.peak)
    dense = [await _dense(size) for size in SIZES]
    stand.tick()
    return [
        Figure(id="L-14.sync_seconds", ours=seconds, unit="s"),
        Figure(id="L-14.sync_growth_mb", ours=peaks[-1] - peaks[0], unit="MB", limit=MEGABYTES),
        Figure(id="L-14.sync_dense_hour_growth_mb", ours=dense[-1] - dense[0], unit="MB", limit=MEGABYTES),
    ]


async def _dense(size: int) -> float:
    """How much memory Stripe's list of so many payments of one hour takes at most, in MB."""
    client, key = VendorClient("stripe", "http://127.0.0.1"), SecretStr("sk_test_bench")
    stripe = StripeConnectProcessor(
        client, connect=client, connect_url="", client_id="ca_bench", secret_key=key, clock=SystemClock()
    )
    stripe._calls = DenseHour(size)
    stripe._movements = MovementList(stripe._calls)
    account = Credentials(account_id="acct_1", access_token=key, refresh_token=key)
    peak, seen, after = 0.0, 0, None
    while True:
        page = await stripe.list_changed(
            account, since=datetime.now(UTC) - timedelta(days=7), after=after, deadline=timedelta(seconds=60)
        )
        peak, seen, after = max(peak, _resident()), seen + len(page.payments), page.after
        if after is None:
            assert seen == size
            return peak


def _resident() -> float:
    """This process's memory now, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / _BYTES


async def _connected(shop: Shop) -> Connection:
    connection = await shop.permitted()
    change = ConnectionChange(webhook_secret=SecretStr("secret-1"))
    async with shop.database.transaction() as tx:
        return await shop.connections.change(tx, connection.connection_id, change, scope=None, actor=ACTOR)


async def _read(shop: Shop, processor: ManyPayments, connection: Connection) -> None:
    outbox = Outbox(source="checkout", clock=shop.clock, wake=lambda: None)
    providers = Providers(outbox=outbox, currency="USD", clock=shop.clock)
    payments = ConnectionPayments(shop.connections, database=shop.database, processors={"corner": processor})
    syncs = TransactionSyncs(
        Transactions(providers, outbox=outbox, clock=shop.clock),
        payments,
        database=shop.database,
        outbox=outbox,
        clock=shop.clock,
    )
    async with shop.database.transaction() as tx:
        await sync_store.cover(tx, now=shop.clock.now())
        await sync_store.bring_forward(tx, connection.connection_id, now=shop.clock.now())
    for claimed in await syncs.claim(1):
        await syncs.work(claimed)
    done = await sync_store.get(shop.database, connection.connection_id)
    assert done is not None
    assert done.seen == processor.payments
