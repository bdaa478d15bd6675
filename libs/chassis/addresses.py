"""Client addresses: which header is trusted for them, and how much of them is kept (M-15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def believed_address(peer: str | None, forwarded: Sequence[bytes], gateways: Sequence[Network]) -> str:
    """The client's address; `unknown` when there is none.

    X-Forwarded-For counts only from the gateway, which connects from loopback or from one of `gateways` and writes the
    one address that it believes. What is not one address was not written by it.

    peer: who is connected
    forwarded: the values of the request's X-Forwarded-For headers
    """
    connected = _parse(peer) if peer else None
    if connected is None:
        return "unknown"
    if not (connected.is_loopback or any(connected in network for network in gateways)):
        return str(connected)
    told = _parse(forwarded[0].decode("latin-1")) if len(forwarded) == 1 else None
    return str(told or connected)


def client_address(scope: Mapping[str, Any]) -> str:
    """The client's address, from an ASGI scope whose `client` is who is believed to ask (`chassis.http.forwarded`)."""
    client = scope.get("client")
    return client[0] if client else "unknown"


def is_own(address: str) -> bool:
    """Whether it is this machine's own: only here may a sandbox do as it likes (X-5)."""
    parsed = _parse(address)
    return parsed is not None and parsed.is_loopback


@lru_cache(maxsize=4096)
def shorten_address(address: str) -> str:
    """Shortens IPv4 to its /24 and IPv6 to its /48: enough to see a pattern, not to identify a person."""
    parsed = _parse(address)
    if parsed is None:
        return "unknown"
    prefix = 24 if parsed.version == 4 else 48
    return str(ip_network(f"{parsed}/{prefix}", strict=False).network_address)


def limiter_key(address: str) -> str:
    """The key by which rate limits count: an IPv4 address, or the /64 that one IPv6 customer has."""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network(f"{parsed}/64", strict=False))
    return address


@lru_cache(maxsize=4096)
def _parse(text: str) -> Address | None:
    try:
        parsed = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed
