"""The stream over real HTTP and Kafka."""

from __future__ import annotations

import asyncio
import json
import select
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import uvicorn
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from chassis.http import stalled
from chassis.http.stalled import StallGuard
from chassis.tokens import Role, TokenSigner
from events import Event
from monitor.app import create
from tests.fixtures.kafka import kafka_at
from tests.fixtures.ports import free_port
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.service import SIGN_IN, Client, environ, eventually, person, running, write
from tests.unit.monitor.samples import order_paid, stock_sold

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def serving(values: Mapping[str, str], listener: socket.socket) -> AsyncIterator[None]:
    """As `fullhouse run`, but ending cuts the streams at once: a harder end than in life."""
    config = uvicorn.Config(
        create(values), http=StallGuard, log_config=None, access_log=False, timeout_graceful_shutdown=0
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not task.done():
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


def listening(port: int, *, buffer: int | None = None) -> socket.socket:
    """`buffer`: so many bytes the kernel keeps for a reader that doesn't take them."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if buffer is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
    listener.bind(("127.0.0.1", port))
    return listener


@dataclass(slots=True)
class Listener:
    """Keeps what came, and comes again from the last id, as a browser does."""

    url: str
    session: ClientSession
    headers: Mapping[str, str]
    ids: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    last: str = ""

    async def follow(self) -> None:
        while True:
            try:
                await self.once()
            except (ClientError, OSError):
                await asyncio.sleep(0.1)

    async def once(self) -> None:
        headers = {**self.headers, **({"Last-Event-ID": self.last} if self.last else {})}
        async with self.session.get(self.url, headers=headers) as answer:
            if answer.status != 200:
                raise OSError(f"HTTP {answer.status}")
            async for line in answer.content:
                self._line(line.decode().rstrip("\n"))

    def _line(self, line: str) -> None:
        name, _, value = line.partition(": ")
        if name == "id":
            self.last = value
        elif name == "event":
            self.kinds.append(value)
        elif name == "data" and (found := json.loads(value).get("id")):
            self.ids.append(found)


@pytest.mark.proves("M-10")
async def test_a_hundred_readers_see_every_event_once_through_a_restart(
    kafka: str, topic_prefix: str, make_database: MakeDatabase
) -> None:
    values = environ(make_database("monitor"), kafka=kafka, prefix=topic_prefix)
    connection = kafka_at(kafka, prefix=topic_prefix)
    port = free_port()
    listener = listening(port)
    url = f"http://127.0.0.1:{port}/api/stream?topic=orders&topic=stock"
    timeout = ClientTimeout(total=None)
    async with ClientSession(connector=TCPConnector(limit=0), timeout=timeout, read_bufsize=2**18) as session:
        readers = [Listener(url, session, person(Role.VIEWER)) for _ in range(100)]
        async with asyncio.TaskGroup() as group:
            tasks: list[asyncio.Task[None]] = []
            async with serving(values, listener):
                tasks += [group.create_task(reader.follow()) for reader in readers]
                await eventually(lambda: _is(all(reader.last for reader in readers)), seconds=60)
                await write(connection, *(order_paid() for _ in range(20)))
                await eventually(lambda: _is(all(len(reader.ids) >= 20 for reader in readers)))
            await write(connection, *(order_paid() for _ in range(20)))  # while nobody is there
            async with serving(values, listening(port)):
                await write(connection, *(stock_sold(version, 50 - version) for version in range(1, 21)))
                await eventually(lambda: _is(all(len(reader.ids) >= 60 for reader in readers)), seconds=60)
                for task in tasks:
                    task.cancel()
    seen = set(readers[0].ids)
    assert len(seen) == 60
    for reader in readers:
        assert len(reader.ids) == 60
        assert set(reader.ids) == seen
        assert "gone" not in reader.kinds


@pytest.mark.proves("M-10")
async def test_a_reader_that_takes_nothing_is_cut_off_and_slows_nobody(
    kafka: str, topic_prefix: str, make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stalled, "STALLED_SECONDS", 0.5)
    values = environ(make_database("monitor"), kafka=kafka, prefix=topic_prefix)
    connection = kafka_at(kafka, prefix=topic_prefix)
    port = free_port()
    listener = listening(port, buffer=4096)
    async with serving(values, listener), ClientSession(timeout=ClientTimeout(total=None)) as session:
        reader = Listener(f"http://127.0.0.1:{port}/api/stream?topic=orders", session, person(Role.VIEWER))
        follows = asyncio.create_task(reader.follow())
        deaf = await asyncio.to_thread(connected, port)
        await eventually(lambda: _is(reader.last != ""))
        written: list[Event] = []

        async def has_them_all() -> bool:
            return len(reader.ids) == len(written)

        async with asyncio.timeout(60):
            while not cut_off(deaf):
                batch = [order_paid() for _ in range(50)]
                await write(connection, *batch)
                written += batch
                # Whoever reads has all of them, whether the other one has been cut off by now or not.
                await eventually(has_them_all)
        follows.cancel()
        with pytest.raises(ConnectionResetError):
            await asyncio.to_thread(read_all, deaf)
    assert len(set(reader.ids)) == len(written)
    assert "dropped" not in reader.kinds


def connected(port: int) -> socket.socket:
    """A reader that has heard the first words and takes nothing more."""
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", port))
    token = person(Role.VIEWER)["Authorization"]
    deaf.sendall(f"GET /api/stream HTTP/1.1\r\nHost: t\r\nAuthorization: {token}\r\n\r\n".encode())
    while b"here we go" not in deaf.recv(4096):
        pass
    return deaf


def cut_off(deaf: socket.socket) -> bool:
    poll = select.poll()
    poll.register(deaf, 0)
    return bool(poll.poll(0))


def read_all(deaf: socket.socket) -> None:
    with deaf:
        while deaf.recv(65536):
            pass


@pytest.mark.proves("M-10")
async def test_a_stream_ends_with_its_token(kafka: str, topic_prefix: str, make_database: MakeDatabase) -> None:
    values = environ(make_database("monitor"), kafka=kafka, prefix=topic_prefix)
    async with running(values) as monitor, ClientSession() as session:
        signer = TokenSigner(SIGN_IN)
        token = signer.issue("ann", email="ann@example.com", role=Role.VIEWER, lifetime=timedelta(seconds=4))
        reader = Listener(f"{monitor.base}/api/stream", session, {"Authorization": f"Bearer {token}"})
        await reader.once()
        assert reader.kinds[-1] == "ended"
        head = await monitor.head("/api/stream", headers=person(Role.VIEWER))
        assert (head.status, head.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


@pytest.mark.proves("M-10", "X-9")
@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("topic=nothing", {}, 422),
        ("topics=orders", {}, 422),
        ("severity=urgent", {}, 422),
        ("names=long", {}, 422),
        ("", None, 401),
        ("", "provider", 403),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_bad_questions_are_refused_before_a_stream_begins(
    refusing: Client, query: str, headers: Any, status: int
) -> None:
    issued = TokenSigner(SIGN_IN).issue("p", email="p@example.com", role=Role.PROVIDER, provider="p1")
    given = {None: {}, "provider": {"Authorization": f"Bearer {issued}"}}
    sent = person(Role.VIEWER) if headers == {} else given[headers]
    assert (await refusing.get(f"/api/stream?{query}", headers=sent)).status == status


async def _is(fact: bool) -> bool:
    return fact
