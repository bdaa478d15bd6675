"""Looks at the address under which people come: its name, and its certificate."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from cli.doctor.check import Examined, Finding, note, well, wrong

_HTTPS: Final = 443
# Certificates are renewed by themselves at about 30 days; from then on somebody should look why not.
_SOON: Final = timedelta(days=21)
_AT_ONCE: Final = timedelta(days=3)
_RENEW: Final = "Renew the certificate where TLS ends, and see why that did not happen by itself."


async def name_known(examined: Examined) -> Finding:
    """Asks the machine's resolver for the addresses of the name."""
    host = urlsplit(examined.address).hostname or ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return wrong(
            f"{host} has no address: {getattr(error, 'strerror', None) or error}",
            "Set its A or AAAA record where the domain's DNS is kept; a new one may take an hour to be seen.",
        )
    return well(f"{host} is {', '.join(sorted({str(each[4][0]) for each in found}))}")


async def certificate(examined: Examined) -> Finding:
    """Opens a TLS connection as a browser does, and reads the certificate's dates."""
    parts = urlsplit(examined.address)
    if parts.scheme != "https":
        return plain(examined.address)
    host, port = parts.hostname or "", parts.port or _HTTPS
    try:
        _, writer = await asyncio.open_connection(host, port, ssl=ssl.create_default_context(), server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        return wrong(f"browsers don't trust it: {error.verify_message}", _RENEW)
    except ssl.SSLError as error:
        return wrong(f"{host}:{port} does not speak TLS: {error.reason}", "Let TLS end at this address and port.")
    except OSError as error:
        return wrong(
            f"{host}:{port} does not answer: {error.strerror or type(error).__name__}",
            "Look whether the gateway or the balancer before it runs, and whether a firewall is in between.",
        )
    try:
        found: Mapping[str, Any] = writer.get_extra_info("peercert")
    finally:
        writer.close()
    return dated(found, now=datetime.now(UTC))


def plain(address: str) -> Finding:
    """An address without TLS."""
    from chassis.settings import is_loopback

    if is_loopback(urlsplit(address).hostname or ""):
        return well("none: the address is http on this machine, as sandbox mode allows")
    return wrong(f"{address} is not encrypted", "Let TLS end before the gateway, and set PUBLIC_URL to https://.")


def dated(found: Mapping[str, Any], *, now: datetime) -> Finding:
    """A trusted certificate, by its dates."""
    until = _moment(found["notAfter"])
    issuer = {name: value for part in found.get("issuer", ()) for name, value in part}.get("organizationName", "?")
    text = f"from {_moment(found['notBefore']):%Y-%m-%d} until {until:%Y-%m-%d}, by {issuer}"
    left = until - now
    if left < _AT_ONCE:
        return wrong(f"{text}: {max(0, left.days)} days are left", _RENEW)
    if left < _SOON:
        return note(f"{text}: {left.days} days are left", _RENEW)
    return well(text)


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), tz=UTC)
