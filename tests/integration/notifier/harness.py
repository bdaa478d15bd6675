"""The notifier beside the real sandbox, PostgreSQL and Kafka, over real HTTP, so that callbacks arrive."""

from __future__ import annotations

import asyncio
import base64
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import uvicorn
from aiokafka import AIOKafkaProducer
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chassis.database import Database, Row
from chassis.ids import uuid7
from chassis.keys import SigningKey
from chassis.process import ProcessRole
from chassis.tokens import Role, TokenSigner
from cli.serving import KEEP_ALIVE_SECONDS
from events import Envelope, Event, event_json
from notifier.app import create
from notifier.wiring import Pace
from sandbox.app import create as create_sandbox
from tests.fixtures.forked import Forked, forked_beside
from tests.fixtures.kafka import kafka_at, kafka_variables
from tests.fixtures.serving import fresh_connections
from tests.fixtures.waiting import pauses
from tests.integration.notifier import process
from tests.integration.notifier.process import QUICK

OWNERS = ("+13525550100", "+18135550101")
PATIENCE = 60.0
SIGN_IN = SigningKey.generate("s1")
ROOT = Path(__file__).parents[3]


def environment(*, database: str, kafka: str, prefix: str, notifier: int, sandbox: int) -> dict[str, str]:
    key = generate_private_key(SECP256R1())
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {
        "FULLHOUSE_MODE": "sandbox",
        "DATABASE_URL": database,
        **kafka_variables(kafka),
        "KAFKA_TOPIC_PREFIX": prefix,
        "AUTH_PUBLIC_KEYS": SIGN_IN.public_keys().export(),
        "SERVICE_TOKEN_KEY": "k" * 32,
        "METRICS_TOKEN": "m" * 20,
        "PUBLIC_URL": f"http://127.0.0.1:{notifier}",
        "SANDBOX_URL": f"http://127.0.0.1:{sandbox}",
        "PORT": str(notifier),
        "CONFIG_DIR": str(ROOT / "deploy" / "config"),
        "TWILIO_ACCOUNT_SID": "ACfeed0000" + "0" * 24,
        "TWILIO_AUTH_TOKEN": "sandbox-token",
        "TWILIO_PHONE_NUMBER": "+13525550199",
        "SMS_TARGET_NUMBERS": ",".join(OWNERS),
        "SENDGRID_API_KEY": "SG.sandbox.test",
        "SENDGRID_FROM_EMAIL": "tickets@example.com",
        "SENDGRID_FROM_NAME": "6FB Workshops",
        "SENDGRID_WEBHOOK_PUBLIC_KEY": base64.b64encode(public).decode(),
        "SANDBOX_SENDGRID_SIGNING_KEY": base64.b64encode(private).decode(),
        "SLACK_BOT_TOKEN": "xoxb-sandbox-bot",
        "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/TSANDBOX00/BSANDBOX00/general",
        "SLACK_SIGNING_SECRET": "slack-secret",
        "PAGERDUTY_ROUTING_KEY": "sandbox" + "0" * 25,
        "PAGERDUTY_WEBHOOK_SECRET": "pagerduty-secret",
        "STRIPE_SECRET_KEY": "sk_test_sandbox",
        "STRIPE_WEBHOOK_SECRET": "whsec_sandbox",
    }


@dataclass(slots=True)
class World:
    """Everything a test talks to. The sandbox runs all the time, the notifier when the test starts it."""

    values: dict[str, str]
    database: Database
    http: aiohttp.ClientSession
    producer: AIOKafkaProducer
    socket: socket.socket
    published: list[tuple[Event, Envelope]] = field(default_factory=list)

    async def publish(self, *events: Event, traceparent: str | None = None) -> None:
        for event in events:
            envelope = Envelope(
                id=uuid7(), source="test", type=event.type, time=datetime.now(UTC), subject=event.key,
                traceparent=traceparent,
            )  # fmt: skip
            self.published.append((event, envelope))
            await self._send(event, envelope)

    async def repeat(self) -> None:
        """Everything once more, with the same ids."""
        for event, envelope in list(self.published):
            await self._send(event, envelope)

    async def _send(self, event: Event, envelope: Envelope) -> None:
        topic = f"{self.values['KAFKA_TOPIC_PREFIX']}{event.destination.value}"
        headers = list(envelope.headers())
        await self.producer.send_and_wait(topic, event_json(event), key=event.key.encode(), headers=headers)

    async def control(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        async with self.http.request(method, f"{self.values['SANDBOX_URL']}/_sandbox/{path}", json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def fault(self, **fault: object) -> str:
        return str((await self.control("POST", "faults", fault))["id"])

    async def messages(self, channel: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.control("GET", f"messages?channel={channel}"))["data"]
        return [message for message in found if not message["inbound"]]

    async def deliveries(self, where: str = "true") -> list[Row]:
        return await self.database.fetch(f"SELECT * FROM deliveries WHERE {where} ORDER BY id")

    async def states(self, channel: str) -> list[str]:
        return [row["state"] for row in await self.deliveries(f"channel = '{channel}'")]

    async def told(self, kind: str) -> int:
        """How many events of this type the notifier has published."""
        sql = """
            SELECT count(*) FROM (SELECT header_values FROM outbox UNION ALL SELECT header_values FROM outbox_sent) o
            WHERE $1 = ANY(header_values)
        """
        count: int = await self.database.fetchval(sql, f"fullhouse.{kind}.v1".encode())
        return count

    async def later(self, duration: timedelta) -> None:
        """Moves the clock of every lease and deadline in the database."""
        await self.database.execute(
            "INSERT INTO app_clock (shift) VALUES ($1) ON CONFLICT (only_row) "
            "DO UPDATE SET shift = app_clock.shift + excluded.shift",
            duration,
        )

    async def get(self, path: str, role: Role | None = Role.VIEWER, **query: str) -> tuple[int, Any]:
        headers = {}
        if role is not None:
            token = TokenSigner(SIGN_IN).issue("ann", email="ann@example.com", role=role)
            headers = {"Authorization": f"Bearer {token}"}
        async with self.http.get(f"{self.values['PUBLIC_URL']}{path}", params=query, headers=headers) as answer:
            return answer.status, await answer.json()

    async def post(self, path: str, body: Mapping[str, object], role: Role = Role.ADMIN) -> tuple[int, Any]:
        token = TokenSigner(SIGN_IN).issue("ann", email="ann@example.com", role=role)
        headers = {"Authorization": f"Bearer {token}"}
        async with self.http.post(f"{self.values['PUBLIC_URL']}{path}", json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    @asynccontextmanager
    async def notifier(self, *, pace: Pace = QUICK) -> AsyncIterator[None]:
        async with serving(create(self.values, pace=pace), self.socket.dup()):
            await self.ready()
            yield

    @asynccontextmanager
    async def split_notifier(self) -> AsyncIterator[None]:
        """One process answers and another works, as on a cluster."""
        with _listener() as listener:
            worker = f"http://127.0.0.1:{listener.getsockname()[1]}"
            async with (
                serving(create(self.values, role=ProcessRole.API), self.socket.dup()),
                serving(create(self.values, role=ProcessRole.WORKER, pace=QUICK), listener),
            ):
                await self.ready(worker)
                yield

    async def ready(self, url: str | None = None) -> None:
        await until(lambda: self.is_ready(url), what="the notifier is ready")

    async def is_ready(self, url: str | None = None) -> bool:
        try:
            async with self.http.get(f"{url or self.values['PUBLIC_URL']}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    @asynccontextmanager
    async def process(self, *, crash_at: str | None = None) -> AsyncIterator[Forked]:
        """The notifier as a process of its own, which a crash point can kill: on a slow machine before it is ready."""
        crash = {"FULLHOUSE_CRASH_AT": crash_at} if crash_at is not None else {}
        async with forked_beside(process.run, environ={**self.values, **crash}) as child:

            async def up_or_killed() -> bool:
                return child.returncode is not None or await self.is_ready()

            await until(up_or_killed, what="the process is ready")
            assert crash_at is not None or child.returncode is None, f"it ended with {child.returncode}"
            yield child


@asynccontextmanager
async def serving(app: Any, listener: socket.socket) -> AsyncIterator[None]:
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=3,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not running.done():
        await asyncio.sleep(0.005)
    if running.done():
        running.result()
        raise RuntimeError("the server did not start")
    try:
        yield
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def world(*, database_url: str, kafka: str, prefix: str) -> AsyncIterator[World]:
    with _listener() as notifier, _listener() as sandbox:
        values = environment(
            database=database_url,
            kafka=kafka,
            prefix=prefix,
            notifier=notifier.getsockname()[1],
            sandbox=sandbox.getsockname()[1],
        )
        database = await Database.connect(database_url, application="test")
        producer = AIOKafkaProducer(**kafka_at(kafka).client_options())
        await producer.start()
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20), connector=fresh_connections()) as http,
                serving(create_sandbox(values), sandbox),
            ):
                yield World(values=values, database=database, http=http, producer=producer, socket=notifier)
        finally:
            await producer.stop()
            await database.close()


def _listener() -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", 0))
    return made


async def until(condition: Callable[[], Awaitable[bool]], *, what: str = "") -> None:
    """Waits for something that must come."""
    ends = time.monotonic() + PATIENCE
    for pause in pauses():
        if await condition():
            return
        assert time.monotonic() < ends, f"it did not happen: {what or condition}"
        await asyncio.sleep(pause)
