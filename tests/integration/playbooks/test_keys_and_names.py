"""Playbooks about keys, names and certificates, rehearsed: each command runs, and what "Verify" says is seen."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest

from stack.layout import LOOPBACK
from tests.fixtures.certificates import own_certificate
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.rehearsal import Rehearsal

pytestmark = [pytest.mark.usefixtures("everything_runs"), pytest.mark.proves("O-3")]


@pytest.mark.proves("O-9")
def test_credential_exposure(stack: WholeStack) -> None:
    """Of our own keys, the one for which the fewest services are restarted."""
    rehearsal = Rehearsal(stack=stack, name="credential-exposure", words={"NAME": "TICKET_SIGNING_KEY"})
    before = stack.value("TICKET_SIGNING_KEY")
    assert "TICKET_SIGNING_KEY" in rehearsal.look()
    acted = rehearsal.act()
    assert acted.index("✓ Let all accept a new value") < acted.index("✓ Use the new value")
    assert stack.value("TICKET_SIGNING_KEY").split(",")[1:] == before.split(",")
    rows = [line.split() for line in rehearsal.verify().splitlines() if "TICKET_SIGNING_KEY" in line]
    assert {word for row in rows for word in row} >= {"used", "accepted"}


def test_dns_or_certificate(stack: WholeStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.pem"))
    lost = Rehearsal(stack=stack, name="dns-or-certificate", words={"URL": "https://tickets.example.invalid"})
    assert "✗ dns" in lost.look()
    expired = own_certificate(tmp_path / "own.pem", days=-1)
    with tls_end(expired) as url:
        rehearsal = Rehearsal(stack=stack, name="dns-or-certificate", words={"URL": url})
        assert "certificate has expired" in rehearsal.look()
        rehearsal.act()
    renewed = own_certificate(tmp_path / "own.pem", days=90)
    with tls_end(renewed) as url:
        seen = Rehearsal(stack=stack, name="dns-or-certificate", words={"URL": url}).verify()
    assert "✓ dns" in seen
    assert "✓ certificate" in seen


@contextmanager
def tls_end(context: ssl.SSLContext) -> Iterator[str]:
    """The address of a proxy as far as a connection gets to know it."""
    with ThreadingTCPServer((LOOPBACK, 0), StreamRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://{LOOPBACK}:{server.server_address[1]}"
        server.shutdown()
