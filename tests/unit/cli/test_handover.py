"""A new process waits for the old one's port, says so, and goes on as soon as the old one listens no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from chassis.notices import NOTIFY_SOCKET, PORT_AWAITED, notices
from cli.handover import port_free
from tests.fixtures.ports import free_port

HOST = "127.0.0.1"

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def old() -> AsyncIterator[asyncio.Server]:
    """The process that listens."""
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), HOST, free_port())
    async with server:
        yield server


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


async def test_a_free_port_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with notices(tmp_path / "notices") as noticed:
        monkeypatch.setenv(NOTIFY_SOCKET, str(tmp_path / "notices"))
        await port_free(HOST, free_port())
        assert not noticed(PORT_AWAITED)


async def test_it_waits_while_the_old_process_listens_and_says_so(
    old: asyncio.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with notices(tmp_path / "notices") as noticed:
        monkeypatch.setenv(NOTIFY_SOCKET, str(tmp_path / "notices"))
        new = asyncio.create_task(port_free(HOST, _port(old)))
        while not await asyncio.to_thread(noticed, PORT_AWAITED):
            assert not new.done()
        assert not new.done()
        old.close()
        await new


async def test_it_does_not_wait_when_it_is_told_to_end_itself(
    old: asyncio.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.handover.leaving", lambda: True)
    await port_free(HOST, _port(old))
    assert old.is_serving()


async def test_nobody_need_listen_to_what_it_says(
    old: asyncio.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NOTIFY_SOCKET, str(tmp_path / "gone"))
    new = asyncio.create_task(port_free(HOST, _port(old)))
    await asyncio.sleep(0)
    old.close()
    await new


async def test_an_address_that_is_not_ours_is_left_to_the_server() -> None:
    await port_free("192.0.2.1", 80)
