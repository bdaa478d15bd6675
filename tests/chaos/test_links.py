"""A link passes everything on; cut, it does what a broken network does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from tests.fixtures.links import MOST_HELD, Cut, Link

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(30)]

SILENT = [Cut.SILENCE, Cut.UNHEARD, Cut.UNANSWERED]


@dataclass(slots=True)
class Echo:
    """Answers each line with the same; `heard` and `left` are the server's view."""

    heard: list[bytes] = field(default_factory=list)
    came: int = 0
    left: int = 0
    last: asyncio.StreamWriter | None = None

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        self.last = writer
        try:
            while line := await reader.readline():
                self.heard.append(line)
                writer.write(line)
        except ConnectionError:
            pass
        self.left += 1
        writer.close()


class Client:
    """One connection through the link."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer
        self._answer: asyncio.Task[bytes] | None = None

    def say(self, line: bytes) -> None:
        self.writer.write(line)

    async def answer(self) -> bytes:
        self._answer = self._answer or asyncio.ensure_future(self._reader.readline())
        line = await asyncio.shield(self._answer)
        self._answer = None
        return line

    async def leave(self) -> None:
        self.writer.close()
        if self._answer is not None:
            await asyncio.gather(self._answer, return_exceptions=True)

    async def hears_nothing(self) -> bool:
        """After everything that is under way could have arrived."""
        self._answer = self._answer or asyncio.ensure_future(self._reader.readline())
        await settled()
        return not self._answer.done()


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0.002)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.002)


Connect = Callable[[], Awaitable[Client]]


async def eventually(connect: Connect) -> Client:
    while True:
        try:
            return await connect()
        except ConnectionRefusedError:
            await asyncio.sleep(0.002)


@asynccontextmanager
async def clients(link: Link) -> AsyncIterator[Connect]:
    connected: list[Client] = []

    async def connect() -> Client:
        connected.append(Client(*await asyncio.open_connection("127.0.0.1", link.port)))
        return connected[-1]

    async with link:
        yield connect
    for client in connected:
        await client.leave()


@asynccontextmanager
async def linked() -> AsyncIterator[tuple[Echo, Link, Connect]]:
    echo = Echo()
    server = await asyncio.start_server(echo.talk, "127.0.0.1", 0)
    link = Link(("127.0.0.1", server.sockets[0].getsockname()[1]))
    async with clients(link) as connect:
        yield echo, link, connect
    await until(lambda: echo.left == echo.came)
    server.close()


async def test_everything_is_passed_on_and_so_is_an_end() -> None:
    async with linked() as (echo, _link, connect):
        client = await connect()
        client.say(b"hello\n")
        assert await client.answer() == b"hello\n"
        client.writer.close()
        await until(lambda: echo.left == 1)


async def test_a_reset_is_told_to_both_and_nobody_gets_in_until_it_is_mended() -> None:
    async with linked() as (echo, link, connect):
        client = await connect()
        client.say(b"hello\n")
        await client.answer()
        await link.cut(Cut.RESET)
        with pytest.raises(ConnectionResetError):
            await client.answer()
        await until(lambda: echo.left == 1)
        with pytest.raises(ConnectionRefusedError):
            await connect()
        await link.mend()
        client = await connect()
        client.say(b"again\n")
        assert await client.answer() == b"again\n"


@pytest.mark.parametrize("cut", SILENT)
async def test_in_silence_nothing_comes_back_and_everything_late(cut: Cut) -> None:
    async with linked() as (echo, link, connect):
        old = await connect()
        old.say(b"before\n")
        await old.answer()
        await link.cut(cut)
        new = await connect()
        for client, line in ((old, b"old\n"), (new, b"new\n")):
            client.say(line)
            assert await client.hears_nothing()
        assert set(echo.heard[1:]) == ({b"old\n", b"new\n"} if cut is Cut.UNANSWERED else set())
        await link.mend()
        assert (await old.answer(), await new.answer()) == (b"old\n", b"new\n")


async def test_in_silence_not_even_an_end_is_told() -> None:
    async with linked() as (echo, link, connect):
        client = await connect()
        client.say(b"hello\n")
        await client.answer()
        await link.cut(Cut.SILENCE)
        client.say(b"last words\n")
        client.writer.close()
        await settled()
        assert echo.left == 0
        await link.mend()
        await until(lambda: echo.left == 1)
        assert echo.heard == [b"hello\n", b"last words\n"]


@pytest.mark.parametrize("cut", SILENT)
async def test_what_is_forgotten_stays_open_and_dead_until_somebody_ends_it(cut: Cut) -> None:
    async with linked() as (echo, link, connect):
        old = await connect()
        old.say(b"before\n")
        await old.answer()
        await link.cut(cut)
        old.say(b"meanwhile\n")
        await settled()
        await link.mend(forget=True)
        old.say(b"after\n")
        assert await old.hears_nothing()
        assert echo.left == 0
        new = await connect()
        new.say(b"new\n")
        assert await new.answer() == b"new\n"
        old.writer.close()
        await until(lambda: echo.left == 1)
        assert b"after\n" not in echo.heard


async def test_a_client_of_a_forgotten_connection_does_not_hear_of_the_servers_end() -> None:
    async with linked() as (echo, link, connect):
        client = await connect()
        client.say(b"before\n")
        await client.answer()
        await link.cut(Cut.SILENCE)
        await link.mend(forget=True)
        assert echo.last is not None
        echo.last.close()
        assert await client.hears_nothing()


async def test_who_sends_much_into_silence_has_to_wait() -> None:
    async with linked() as (_echo, link, connect):
        client = await connect()
        await link.cut(Cut.UNHEARD)
        line = b"x" * 1_000 + b"\n"
        lines = 20 * MOST_HELD // len(line)
        client.writer.transport.set_write_buffer_limits(high=0)
        client.writer.writelines([line] * lines)
        sending = asyncio.ensure_future(client.writer.drain())
        await settled()
        assert not sending.done()
        await link.mend()
        for _ in range(lines):
            assert await client.answer() == line
        await sending


async def test_who_is_not_there_is_refused_as_soon_as_it_is_known_until_somebody_is() -> None:
    async with linked() as (_, link, _connect):
        target = link.target
    async with clients(Link(target)) as connect:
        client = await connect()
        with pytest.raises(ConnectionResetError):
            await client.answer()
        with pytest.raises(ConnectionRefusedError):
            await connect()
        echo = Echo()
        server = await asyncio.start_server(echo.talk, *target)
        client = await eventually(connect)
        client.say(b"hello\n")
        assert await client.answer() == b"hello\n"
        await client.leave()
        await until(lambda: echo.left == echo.came > 0)
        server.close()
