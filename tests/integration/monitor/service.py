"""The whole monitor in this process, on a real database and Kafka."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import uvicorn
from aiohttp import ClientSession, CookieJar

from chassis.http.stalled import StallGuard
from chassis.ids import uuid7
from chassis.keys import SigningKey
from chassis.metrics import Metrics, metrics
from chassis.process import ProcessRole
from chassis.tokens import Role, TokenSigner
from eventbus import KafkaConnection
from eventbus.outgoing.producer import RecordProducer
from events import Envelope, Event, event_json
from monitor.app import create
from tests.fixtures.kafka import kafka_variables
from tests.fixtures.serving import fresh_connections

SIGN_IN = SigningKey.generate("s1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    set_cookies: tuple[str, ...]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A browser of a kind: keeps cookies, follows nothing by itself."""

    base: str
    session: ClientSession

    async def get(self, path: str, **options: Any) -> Answer:
        return await self._ask("GET", path, **options)

    async def head(self, path: str, **options: Any) -> Answer:
        return await self._ask("HEAD", path, **options)

    async def post(self, path: str, **options: Any) -> Answer:
        return await self._ask("POST", path, **options)

    @property
    def cookies(self) -> set[str]:
        return {cookie.key for cookie in self.session.cookie_jar if cookie.value}

    def forget(self, name: str) -> None:
        self.session.cookie_jar.clear(lambda cookie: cookie.key == name)

    async def _ask(self, method: str, path: str, **options: Any) -> Answer:
        async with self.session.request(method, self.base + path, allow_redirects=False, **options) as response:
            return Answer(
                status=response.status,
                headers={name.lower(): value for name, value in response.headers.items()},
                set_cookies=tuple(response.headers.getall("Set-Cookie", ())),
                text=await response.text(),
            )


def person(role: Role) -> dict[str, str]:
    token = TokenSigner(SIGN_IN).issue("ann", email="ann@example.com", role=role)
    return {"Authorization": f"Bearer {token}"}


def environ(url: str, *, kafka: str = "127.0.0.1:9", prefix: str = "") -> Mapping[str, str]:
    """Without Kafka the service starts as well; nothing then comes from it."""
    return {
        "FULLHOUSE_MODE": "sandbox",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "DATABASE_URL": url,
        **kafka_variables(kafka),
        "KAFKA_TOPIC_PREFIX": prefix,
        "AUTH_SIGNING_KEY": SIGN_IN.export(),
        "AUTH_PUBLIC_KEYS": SIGN_IN.public_keys().export(),
        "SERVICE_TOKEN_KEY": "k" * 32,
        "METRICS_TOKEN": "m" * 20,
        "CONFIG_DIR": "deploy/config",
    }


@asynccontextmanager
async def running(values: Mapping[str, str], *, role: ProcessRole = ProcessRole.ALL) -> AsyncIterator[Client]:
    """Behind a real server, on a port of its own, and with figures of its own.

    Those of all tests before would be thousands, which the monitor reads again and again.
    """
    vars(metrics).update(vars(Metrics(process=True)))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(create(values, role=role), http=StallGuard, log_config=None, access_log=False)
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    try:
        async with ClientSession(cookie_jar=CookieJar(unsafe=True), connector=fresh_connections()) as session:
            yield Client(base=f"http://127.0.0.1:{listener.getsockname()[1]}", session=session)
    finally:
        server.should_exit = True
        await serving
        listener.close()


async def write(connection: KafkaConnection, *events: Event) -> None:
    """Puts events on Kafka as another service would."""
    producer = RecordProducer(connection, client_id="test")
    for event in events:
        envelope = Envelope(id=uuid7(), source="test", type=event.type, time=datetime.now(UTC), subject=event.key)
        sent = await producer.send(
            event.destination, key=event.key.encode(), value=event_json(event), headers=envelope.headers()
        )
        await sent
    await producer.discard()


async def eventually(look: Callable[[], Awaitable[bool]], *, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await look():
            await asyncio.sleep(0.05)
