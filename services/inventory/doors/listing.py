"""The list that a door takes along for when it has no network: keys, codes that are no longer valid, who is in.

Codes are in it as the first bytes of their SHA-256: whoever finds the list gets in on none of them. It is signed with a
key of inventory's own, which follows from the key of internal calls (docs/adr/0020), so that a scanner can take it over
any way, and know that it is ours.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from chassis.keys import PublicKeys, SigningKey
from chassis.tickets import city_tag, key_tag

# Part of what is signed, so that no other signature of the key is valid for a list.
DOMAIN: Final = b"fullhouse door list 1\0"
_HASH_BYTES: Final = 10
_INFO: Final = b"fullhouse door list"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorList:
    """A city's list.

    city_id: the city
    tickets: how many tickets let somebody in
    void: hash and cause of each code that lets nobody in
    used: hash, door and time of each code that somebody is in on
    """

    city_id: str
    tickets: int
    void: Sequence[tuple[bytes, str]]
    used: Sequence[tuple[bytes, str, datetime]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedList:
    """A list as it is handed out.

    payload: the JSON text that is signed
    version: changes whenever the list does
    key_id: of the key that signed it
    signature: Ed25519 over the text, in url-safe base64
    """

    payload: str
    version: str
    key_id: str
    signature: str


class ListSigner:
    """Signs lists. Of several keys of internal calls the first one signs, and the lists of all are good."""

    def __init__(self, service_keys: Sequence[SecretStr], tickets: PublicKeys) -> None:
        self._keys = [_signing_key(each.get_secret_value().encode()) for each in service_keys]
        self._tickets = tickets

    @property
    def public_keys(self) -> str:
        """What a scanner checks lists with, as `keyid:base64`, comma-separated."""
        return ",".join(key.public_keys().export() for key in self._keys)

    def sign(self, found: DoorList, *, made_at: datetime) -> SignedList:
        """The list with its version; the same content has the same version whenever it is made."""
        content = self._content(found)
        version = hashlib.sha256(_text(content).encode()).hexdigest()[:16]
        payload = _text({**content, "version": version, "madeAt": made_at.isoformat()})
        key = self._keys[0]
        signature = key.private.sign(DOMAIN + payload.encode())
        return SignedList(payload=payload, version=version, key_id=key.key_id, signature=_base64(signature))

    def _content(self, found: DoorList) -> dict[str, object]:
        keys = [
            {"id": key_id, "tag": key_tag(key_id).hex(), "key": _base64(key.public_bytes_raw())}
            for key_id, key in sorted(self._tickets.keys.items())
        ]
        return {
            "cityId": found.city_id,
            "cityTag": city_tag(found.city_id).hex(),
            "tickets": found.tickets,
            "keys": keys,
            "void": [[_short(code), cause] for code, cause in found.void],
            "used": [[_short(code), door, at.isoformat()] for code, door, at in found.used],
        }


def _signing_key(secret: bytes) -> SigningKey:
    raw = HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(secret)
    private = Ed25519PrivateKey.from_private_bytes(raw)
    name = hashlib.sha256(private.public_key().public_bytes_raw()).hexdigest()[:8]
    return SigningKey(f"doors-{name}", private)


def _short(code_hash: bytes) -> str:
    return _base64(code_hash[:_HASH_BYTES])


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)
