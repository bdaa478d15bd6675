"""Providers with accounts at all three processors, and what these say of the accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import SecretStr

from chassis.audit import Actor
from chassis.database import Database
from chassis.encryption import Vault
from chassis.http_client import VendorClient
from chassis.settings import SANDBOX_STAND_INS
from checkout.connections.domain import ConnectionCause
from checkout.connections.sealed import ConnectionSecrets, NewConnection
from checkout.connections.service import Connections
from checkout.processors.accounts import Application, Credentials
from checkout.processors.domain import ExternalPayment
from checkout.processors.paypal import PaypalProcessor
from checkout.processors.paypal_webhooks import PaypalCertificates
from checkout.processors.port import ExternalProcessor
from checkout.processors.square import SquareProcessor
from checkout.processors.stripe import StripeConnectProcessor
from eventbus import Outbox
from events import ConnectionStatus
from sandbox.square.state import PERSONAL, SELLERS
from tests.contract.processors.support import MovedClock
from tests.integration.checkout.ledger.house import LedgerHouse
from tests.integration.checkout.world import ENCRYPTION_KEY

PROCESSORS: Final = ("paypal", "square", "stripe")
# Each has a seller at Square.
CURRENCIES: Final = {"elm": "USD", "oak": "USD", "ginza": "JPY"}
RATES: Final = {"elm": "0.2", "oak": "0.123457", "ginza": "0.333333"}
CONNECTED: Final = timedelta(days=3)
_ACTOR: Final = Actor(name="ann@example.com")
_DEADLINE: Final = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerProvider:
    """One of them: `accounts` are its credentials at each processor, `connections` the numbers of its connections."""

    provider_id: int
    currency: str
    ppm: int
    accounts: Mapping[str, Credentials]
    connections: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Processors:
    """Their own word, which our database has no part in."""

    adapters: Mapping[str, ExternalProcessor]

    async def payments(self, provider: LedgerProvider, processor: str, *, since: datetime) -> list[ExternalPayment]:
        found: dict[str, ExternalPayment] = {}
        after: str | None = None
        while True:
            page = await self.adapters[processor].list_changed(
                provider.accounts[processor], since=since, after=after, deadline=_DEADLINE
            )
            found |= {each.payment_id: each for each in page.payments}
            after = page.after
            if after is None:
                return list(found.values())


@asynccontextmanager
async def open_processors(url: str) -> AsyncIterator[Processors]:
    """`url`: of the sandbox, whose clock is ahead."""
    clock = MovedClock()
    clock.ahead = timedelta(hours=8)
    application = Application(client_id="none", client_secret=SecretStr("none"))
    async with AsyncExitStack() as stack:
        square, paypal, stripe = [
            await stack.enter_async_context(VendorClient(name, f"{url}/{name}"))
            for name in ("square", "paypal", "stripe")
        ]
        certificates, key = PaypalCertificates(paypal, url), SecretStr(SANDBOX_STAND_INS["STRIPE_SECRET_KEY"])
        yield Processors(
            {
                "square": SquareProcessor(square, base_url=url, application=application, clock=clock),
                "paypal": PaypalProcessor(
                    paypal, certificates=certificates, pages_url=url, application=application, clock=clock
                ),
                "stripe": StripeConnectProcessor(
                    stripe, connect=stripe, connect_url=url, client_id="none", secret_key=key, clock=clock
                ),
            }
        )


async def open_provider(house: LedgerHouse, processors: Processors, number: int, short: str) -> LedgerProvider:
    """Who was connected days ago, by everything that its processors let it; checkout runs."""
    currency = CURRENCIES[short]
    kept = {"name": "Sam’s studio", "email": f"p{number}@example.com"}
    settings = {"payment_mode": "decentralized", "commission_rate": RATES[short]}
    for method, path, body in (
        ("PUT", f"/api/admin/providers/{number}", kept),
        ("PATCH", f"/api/v1/hybrid-payments/settings/{number}", settings),
    ):
        await house.require(method, path, json=body)
    accounts = await _accounts(house, processors, short, currency)
    connections = await _connected(house, number, accounts)
    for connection in connections.values():
        path = f"/api/v1/external-payments/connections/{connection}/webhook"
        await house.require("POST", path, json={"repair": True})
    ppm = int(float(RATES[short]) * 1_000_000 + 0.5)
    return LedgerProvider(provider_id=number, currency=currency, ppm=ppm, accounts=accounts, connections=connections)


async def _accounts(house: LedgerHouse, processors: Processors, short: str, currency: str) -> Mapping[str, Credentials]:
    seller = next(each for each in SELLERS.values() if each.short == short)
    app = await house.control("POST", "paypal/apps", name="Sam’s studio", currency=currency)
    pasted = {"client_id": SecretStr(app["clientId"]), "client_secret": SecretStr(app["clientSecret"])}
    key = {"Authorization": f"Bearer {SANDBOX_STAND_INS['STRIPE_SECRET_KEY']}"}
    form = {"type": "express", "default_currency": currency.lower()}
    made = await house.world.ask("POST", f"{house.world.sandbox}/stripe/v1/accounts", data=form, headers=key)
    return {
        "square": Credentials(account_id=seller.id, place=seller.location_id, access_token=SecretStr(PERSONAL + short)),
        "paypal": await processors.adapters["paypal"].take_pasted(pasted, deadline=_DEADLINE),
        "stripe": Credentials(
            account_id=made.body["id"], access_token=SecretStr("unused"), refresh_token=SecretStr("unused")
        ),
    }


async def _connected(house: LedgerHouse, number: int, accounts: Mapping[str, Credentials]) -> Mapping[str, int]:
    clock, found = MovedClock(), {}
    clock.ahead = -CONNECTED
    outbox = Outbox(source="checkout", clock=clock, wake=lambda: None)
    vault = Vault([SecretStr(ENCRYPTION_KEY)])
    connections = Connections(vault, public_url=house.world.base, outbox=outbox, clock=clock)
    database = await Database.connect(house.url, application="test")
    for processor, credentials in accounts.items():
        secrets = ConnectionSecrets(pasted={}, credentials=credentials)
        wanted = NewConnection(
            provider_id=number, processor=processor, account_id=credentials.account_id, secrets=secrets
        )
        async with database.transaction() as tx:
            made = await connections.create(tx, wanted, actor=_ACTOR)
            after = replace(made, status=ConnectionStatus.CONNECTED)
            await connections.save(tx, made, after, cause=ConnectionCause.VALIDATED)
        found[processor] = made.connection_id
    await database.close()
    return found


def card_form(url: str) -> dict[str, Any]:
    """What a buyer fills in on a processor's page."""
    if "/checkoutnow" in url:
        return {"outcome": "paid"}
    return {"card": "ok"} if "/pay/square/" in url else {"card": "4242424242424242"}
