"""The public keys of an outside issuer (OIDC): found by discovery, kept, and fetched again when they change."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
from jwt import PyJWK

from chassis.clock import Clock
from chassis.http_client import VendorClient, VendorFailure
from chassis.telemetry import get_logger

log = get_logger()

# Only pairs of keys: whoever checks with a shared secret could sign with it, too.
ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
# Keys that the issuer took back are good for so long.
KEPT: Final = timedelta(minutes=10)
# Between two tries: tokens with keys that nobody has must not make us ask the issuer each time.
PAUSE: Final = timedelta(seconds=30)
PATIENCE: Final = timedelta(seconds=2)
_DISCOVERY: Final = "/.well-known/openid-configuration"


class UnusableAnswerError(Exception):
    """What the issuer answers can't be used."""


class IssuerKeys:
    """Fetches the keys when one is asked for that is not there, or when they are old; while that fails, they go on."""

    def __init__(self, issuer: str, *, clock: Clock) -> None:
        self._issuer = issuer
        self._clock = clock
        self._client = VendorClient("oidc", "", timeout=PATIENCE, connections=2)
        self._keys: Mapping[str, PyJWK] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._fetching = asyncio.Lock()

    @property
    def known(self) -> bool:
        """Whether there are any: without, nobody can say whether a token is good."""
        return bool(self._keys)

    async def get(self, key_id: str) -> PyJWK | None:
        """The key with this id, or None. One request fetches; the others wait for it only if they miss their key."""
        if self._due(key_id) or (key_id not in self._keys and self._fetching.locked()):
            async with self._fetching:
                if self._due(key_id):
                    await self._fetch()
        return self._keys.get(key_id)

    async def close(self) -> None:
        """Ends the connections to the issuer."""
        await self._client.close()

    def _due(self, key_id: str) -> bool:
        now = self._clock.now()
        if self._tried_at is not None and now - self._tried_at < PAUSE:
            return False
        return key_id not in self._keys or self._fetched_at is None or now - self._fetched_at >= KEPT

    async def _fetch(self) -> None:
        self._tried_at = self._clock.now()
        try:
            self._keys = await self._asked()
        except (VendorFailure, UnusableAnswerError) as failure:
            log.warning("issuer_keys_failed", reason=str(failure), count=len(self._keys))
        else:
            self._fetched_at = self._clock.now()

    async def _asked(self) -> Mapping[str, PyJWK]:
        about = await self._document(f"{self._issuer}{_DISCOVERY}", "discovery")
        if str(about.get("issuer")).rstrip("/") != self._issuer:
            raise UnusableAnswerError("the issuer calls itself by another address")
        address = str(about.get("jwks_uri"))
        if urlsplit(address).scheme != urlsplit(self._issuer).scheme:
            raise UnusableAnswerError("the keys are at an address of another scheme")
        keys = dict(_usable(await self._document(address, "keys")))
        if not keys:
            raise UnusableAnswerError("there is no key for signatures")
        return keys

    async def _document(self, url: str, operation: str) -> Mapping[str, Any]:
        answer = await self._client.request("GET", url, operation=operation)
        try:
            document = answer.json()
        except ValueError:
            document = None
        if not answer.ok or not isinstance(document, dict):
            raise UnusableAnswerError(f"{operation}: status {answer.status}, or no JSON object")
        return document


def _usable(document: Mapping[str, Any]) -> Iterator[tuple[str, PyJWK]]:
    """The keys that may have signed a token, by their ids; what we can't read is passed over."""
    found = document.get("keys")
    for data in found if isinstance(found, list) else ():
        if not isinstance(data, dict) or not isinstance(data.get("kid"), str) or data.get("use", "sig") != "sig":
            continue
        try:
            key = PyJWK(data)
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        if key.algorithm_name in ALGORITHMS:
            yield data["kid"], key
