"""Checkout's side of connections, beside a processor that lives in the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Final
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from chassis.audit import Actor
from chassis.database import Database
from chassis.encryption import Vault, new_encryption_key
from chassis.http_client import VendorClient
from checkout.connections import look_store, store
from checkout.connections.domain import Connection
from checkout.connections.looking import ConnectionLooks
from checkout.connections.permitting import Permissions
from checkout.connections.results import LookResults
from checkout.connections.sealed import ConnectionSecrets, NewConnection
from checkout.connections.service import Connections
from checkout.processors.accounts import Application, Credentials, Permission
from eventbus import Outbox
from events import PaymentConnectionChanged, parse_event
from tests.contract.processors.example.corner import CornerProcessor
from tests.contract.processors.example.service import CornerService
from tests.contract.processors.support import MovedClock

ACTOR: Final = Actor(name="ann@example.com")
DEADLINE: Final = timedelta(seconds=5)
PROVIDERS: Final = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Checkout's side, and Corner's."""

    database: Database
    corner: CornerService
    client: VendorClient
    application: Application
    processor: CornerProcessor
    connections: Connections
    looks: ConnectionLooks
    results: LookResults
    permissions: Permissions
    clock: MovedClock

    async def connect(self, token: str) -> Connection:
        secrets = ConnectionSecrets(pasted={"access_token": SecretStr(token)})
        wanted = NewConnection(provider_id=next(PROVIDERS), processor="corner", secrets=secrets)
        async with self.database.transaction() as tx:
            return await self.connections.create(tx, wanted, actor=ACTOR)

    async def permitted(self) -> Connection:
        """With a refresh token, whose access token lives for an hour by the machine's clock."""
        self.clock.ahead = timedelta(0)
        made, code = await self.connect("unused"), f"code-{next(PROVIDERS)}"
        self.corner.codes[code] = self.corner.tokens[self.corner.open_account("USD")]
        permission = Permission(code=SecretStr(code), redirect_uri="https://tickets.example.com")
        credentials = await self.processor.exchange(permission, deadline=DEADLINE)
        async with self.database.transaction() as tx:
            assert await self.results.renewed(tx, made, credentials)
        return await self.look(made)

    async def ask(self, provider: int) -> tuple[str, str]:
        """The state that the page hands back, and a code for an account whose owner has agreed."""
        async with self.database.transaction() as tx:
            page = await self.permissions.ask(tx, provider, "corner", actor=ACTOR)
        query, code = parse_qs(urlsplit(page.url).query), f"code-{next(PROVIDERS)}"
        assert query["back"] == ["https://tickets.example.com/staff/connections/return"]
        self.corner.codes[code] = self.corner.tokens[self.corner.open_account("USD")]
        return query["state"][0], code

    async def look(self, connection: Connection) -> Connection:
        """One that is due is looked at once; the others are let go."""
        for each in await self.looks.claim(100):
            if each.connection_id == connection.connection_id:
                await self.looks.look(each)
            else:
                async with self.database.transaction() as tx:
                    await look_store.plan(tx, each.connection_id, None)
        return await self.read(connection)

    async def read(self, connection: Connection) -> Connection:
        found = await store.get(self.database, connection.connection_id)
        assert found is not None
        return found

    async def credentials(self, connection: Connection) -> Credentials:
        found = (await self.connections.secrets(self.database, connection)).credentials
        assert found is not None
        return found

    async def told(self, connection: Connection) -> list[tuple[str, str]]:
        rows = await self.database.fetch(
            "SELECT value FROM outbox WHERE topic = 'payments' AND key = $1 ORDER BY id",
            str(connection.connection_id).encode(),
        )
        found = [parse_event(PaymentConnectionChanged.type, row["value"]) for row in rows]
        return [(each.status, each.cause) for each in found if isinstance(each, PaymentConnectionChanged)]


@asynccontextmanager
async def open_shop(url: str, *, public_url: str = "https://tickets.example.com") -> AsyncIterator[Shop]:
    clock, database = MovedClock(), await Database.connect(url, application="test")
    outbox = Outbox(source="checkout", clock=clock, wake=lambda: None)
    connections = Connections(
        Vault([SecretStr(new_encryption_key())]), public_url=public_url, outbox=outbox, clock=clock
    )
    application = Application(client_id="client-1", client_secret=SecretStr("client-secret"))
    async with CornerService().running() as corner, VendorClient("corner", corner.url) as client:
        processor = CornerProcessor(client, base_url=corner.url, application=application, clock=clock)
        processors = {"corner": processor}
        looks = ConnectionLooks(connections, database=database, processors=processors, clock=clock)
        yield Shop(
            database=database,
            corner=corner,
            client=client,
            application=application,
            processor=processor,
            connections=connections,
            looks=looks,
            results=LookResults(connections, clock=clock),
            permissions=Permissions(
                connections,
                looks,
                database=database,
                processors=processors,
                keys=[SecretStr("k" * 32)],
                public_url="https://tickets.example.com",
                clock=clock,
            ),
            clock=clock,
        )
    await database.close()
