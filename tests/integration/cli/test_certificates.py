"""The doctor reads a server's certificate as a browser does: whether it is trusted, and until when."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import ClientSession
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from cli.doctor.addresses import certificate
from cli.doctor.check import Examined, Finding, State
from stack.layout import LOOPBACK

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("O-2")]

DAY = dt.timedelta(days=1)


def made(path: Path, *, days: int) -> ssl.SSLContext:
    """A server's context with a certificate of its own making at `path`, which ends in so many days."""
    key, now = generate_private_key(SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests")])
    own = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - 90 * DAY)
        .not_valid_after(now + days * DAY)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(own.public_bytes(Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def found(context: ssl.SSLContext) -> Finding:
    server = await asyncio.start_server(lambda _, writer: writer.close(), LOOPBACK, 0, ssl=context)
    async with server, ClientSession() as session:
        port = server.sockets[0].getsockname()[1]
        return await certificate(Examined(environ={}, http=session, url=f"https://{LOOPBACK}:{port}"))


async def test_one_that_nobody_vouches_for_is_wrong(tmp_path: Path) -> None:
    finding = await found(made(tmp_path / "own.pem", days=90))
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
    context = made(tmp_path / "trusted.pem", days=days)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    finding = await found(context)
    assert (finding.state, says in finding.detail) == (state, True)
