"""Playbooks about keys, names and certificates, rehearsed: each command runs, and what "Verify" says is seen."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest

from stack.layout import LOOPBACK
from tests.fixtures.certificates import own_certificate
from tests.fixtures.hands import ask, control
from tests.fixtures.leaks import all_of, leaks
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.providers import CONNECTIONS, SQUARE_REFUSES, connected, settled
from tests.integration.playbooks.rehearsal import Rehearsal, until

pytestmark = [pytest.mark.usefixtures("everything_runs"), pytest.mark.proves("O-3")]


@pytest.mark.proves("O-9", "P-2")
def test_credential_exposure(everything_runs: WholeStack) -> None:
    """The key of what is encrypted, and a provider's access token, are known: neither is of any use afterwards."""
    stack, provider = everything_runs, 4702
    settled(stack, provider, {})
    old = connected(stack, provider, "EAAAsandbox-elm")["id"]
    words = {"NAME": "ENCRYPTION_KEY", "CONNECTION": str(old), "PROVIDER": str(provider)}
    rehearsal = Rehearsal(stack=stack, name="credential-exposure", words=words)
    before = stack.value("ENCRYPTION_KEY")
    assert "ENCRYPTION_KEY" in rehearsal.look()
    control(stack, "POST", "faults", SQUARE_REFUSES)
    acted = rehearsal.act()
    steps = ("Use the new value", "Encrypt anew", "Forget the old value", "See that the old value opens nothing")
    assert sorted(steps, key=lambda step: acted.index(f"✓ {step}")) == list(steps)
    assert f"Connection {old} is revoked. square refuses its credentials now." in acted
    assert before not in stack.value("ENCRYPTION_KEY")
    control(stack, "DELETE", "faults")
    made = connected(stack, provider, "EAAAsandbox-oak")["id"]
    path = f"{stack.gateway_url}{CONNECTIONS}/{made}"
    until(lambda: str(ask(f"{path}/validate", "POST", token=stack.token())), "'connected'")
    verified = rehearsal.verify()
    shown = next(line for line in verified.splitlines() if str(provider) in line.split())
    assert {str(made), "connected"} <= set(shown.split())
    rows = [line.split() for line in verified.splitlines() if "ENCRYPTION_KEY" in line]
    assert [word for row in rows for word in row if word in ("used", "accepted")] == ["used"]
    assert ask(path, "DELETE", token=stack.token())[0] == 200
    assert leaks(["EAAAsandbox-elm", "EAAAsandbox-oak", before], asyncio.run(all_of(stack))) == set()


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
