"""The doctor reads a server's certificate as a browser does: whether it is trusted, and until when."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from aiohttp import ClientSession

from cli.doctor.addresses import certificate
from cli.doctor.check import Examined, Finding, State
from stack.layout import LOOPBACK
from tests.fixtures.certificates import own_certificate

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("O-2")]


async def found(context: ssl.SSLContext) -> Finding:
    server = await asyncio.start_server(lambda _, writer: writer.close(), LOOPBACK, 0, ssl=context)
    async with server, ClientSession() as session:
        port = server.sockets[0].getsockname()[1]
        return await certificate(Examined(environ={}, http=session, url=f"https://{LOOPBACK}:{port}"))


async def test_one_that_nobody_vouches_for_is_wrong(tmp_path: Path) -> None:
    finding = await found(own_certificate(tmp_path / "own.pem", days=90))
    assert finding.state is State.WRONG
    assert "browsers don't trust it" in finding.detail
    assert "Renew" in finding.remedy


@pytest.mark.parametrize(
    ("days", "state", "says"),
    [(90, State.WELL, "by Tests"), (10, State.NOTE, "days are left"), (-1, State.WRONG, "expired")],
)
async def test_one_that_is_trusted_goes_by_its_dates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, state: State, says: str
) -> None:
    context = own_certificate(tmp_path / "trusted.pem", days=days)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    finding = await found(context)
    assert (finding.state, says in finding.detail) == (state, True)
