"""A process that is told to end answers each request that reached its machine, and then closes its connections."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse

import pytest
import pytest_asyncio
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from chassis.http import parting
from chassis.http.parting import let_in
from cli.serving import SERVER_OPTIONS, Server
from tests.fixtures.ports import free_port

HOST = "127.0.0.1"
REQUEST = f"POST /api/orders HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 0\r\n\r\n".encode()

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("L-10")]


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("taken")(scope, receive, send)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    """One that listens; `end` ends it."""
    options = SERVER_OPTIONS | {"loop": "none", "lifespan": "off"}
    made = Server(uvicorn.Config(answering, host=HOST, port=free_port(), **options))
    made.config.load()
    made.lifespan = made.config.lifespan_class(made.config)
    await made.startup()
    yield made
    for connection in list(made.server_state.connections):
        assert isinstance(connection, parting.Parting)
        connection.timeout_keep_alive_handler()


def connected(server: Server) -> socket.socket:
    """By the kernel only: the process's loop has not run since."""
    return socket.create_connection((HOST, server.config.port), timeout=10)


async def kept(server: Server) -> socket.socket:
    """A connection on which one request was answered."""
    connection = connected(server)
    connection.sendall(REQUEST)
    assert await answer(connection) == (200, "keep-alive")
    return connection


async def answer(connection: socket.socket) -> tuple[int, str]:
    """The status, and what becomes of the connection."""

    def read() -> tuple[int, str]:
        response = HTTPResponse(connection, method="POST")
        response.begin()
        response.read()
        return response.status, "close" if response.will_close else "keep-alive"

    return await asyncio.to_thread(read)


async def test_a_connection_that_nobody_has_accepted_yet_is_answered(server: Server) -> None:
    with connected(server) as waiting:
        waiting.sendall(REQUEST)
        end = asyncio.create_task(server.shutdown())
        assert (await answer(waiting))[0] == HTTPStatus.OK
    await end


async def test_a_request_that_nobody_has_read_yet_is_answered(server: Server) -> None:
    with await kept(server) as connection:
        connection.sendall(REQUEST)
        end = asyncio.create_task(server.shutdown())
        assert (await answer(connection))[0] == HTTPStatus.OK
    await end


async def test_a_request_on_a_connection_that_was_open_is_answered_and_is_the_last_one(server: Server) -> None:
    with await kept(server) as connection:
        end = asyncio.create_task(server.shutdown())
        await refused(server)
        connection.sendall(REQUEST)
        assert await answer(connection) == (200, "close")
        await end


async def test_who_comes_too_late_is_not_heard_until_the_next_one_listens(server: Server) -> None:
    await let_in([listener for each in server.servers for listener in each.sockets])
    with pytest.raises(TimeoutError):
        socket.create_connection((HOST, server.config.port), timeout=0.2)
    await server.shutdown()


async def test_the_process_ends_when_the_other_sides_have_closed(server: Server) -> None:
    connection = await kept(server)
    end = asyncio.create_task(server.shutdown())
    await refused(server)
    assert not end.done()
    connection.close()
    await end


async def test_it_waits_for_nobody_for_ever(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parting, "LINGER_SECONDS", 0)
    with await kept(server) as silent:
        await server.shutdown()
        assert await asyncio.to_thread(silent.recv, 1) == b""


async def refused(server: Server) -> None:
    """Returns when nobody new is let in."""
    while True:
        with suppress(ConnectionRefusedError):
            asked = HTTPConnection(HOST, server.config.port, timeout=10)
            await asyncio.to_thread(asked.connect)
            asked.close()
            continue
        return
