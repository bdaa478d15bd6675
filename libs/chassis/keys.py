"""Ed25519 keys as settings write them: `keyid:base64` of the raw 32 bytes (standard or url-safe base64).

The id is part of what is signed, so that keys can be rotated: several are valid at a time (docs/adr/0019).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from chassis.variables import comma_list

_KEY_ID: Final = re.compile(r"^[A-Za-z0-9_-]{1,32}$")
_KEY_BYTES: Final = 32
_FORM: Final = "write each key as keyid:base64 of 32 bytes"
_TWICE: Final = "two keys have the same id"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key; its `repr` never shows the key.

    key_id: the id that signatures carry
    private: the key
    """

    key_id: str
    private: Ed25519PrivateKey

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `keyid:base64`; raises ValueError with a sentence that doesn't repeat the key."""
        key_id, raw = _split(text)
        return cls(key_id, Ed25519PrivateKey.from_private_bytes(raw))

    @classmethod
    def parse_all(cls, text: str) -> tuple[Self, ...]:
        """Reads comma-separated `keyid:base64`; raises ValueError with a sentence that repeats no key."""
        keys = tuple(cls.parse(part) for part in comma_list(text))
        if not keys:
            raise ValueError(_FORM)
        if len({key.key_id for key in keys}) < len(keys):
            raise ValueError(_TWICE)
        return keys

    @classmethod
    def generate(cls, key_id: str) -> Self:
        """A new random key."""
        return cls(key_id, Ed25519PrivateKey.generate())

    def public_keys(self) -> PublicKeys:
        """The public half, alone in a set."""
        return PublicKeys({self.key_id: self.private.public_key()})

    def export(self) -> str:
        """The text that `parse` reads, with the secret; only for the tool that makes keys."""
        return f"{self.key_id}:{base64.b64encode(self.private.private_bytes_raw()).decode()}"

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id!r})"


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The public keys that are valid now, by key id."""

    keys: Mapping[str, Ed25519PublicKey]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads comma-separated `keyid:base64`; raises ValueError with a sentence."""
        pairs = [_split(part) for part in comma_list(text)]
        if not pairs:
            raise ValueError(_FORM)
        if len({key_id for key_id, _ in pairs}) < len(pairs):
            raise ValueError(_TWICE)
        return cls({key_id: Ed25519PublicKey.from_public_bytes(raw) for key_id, raw in pairs})

    def export(self) -> str:
        """The text that `parse` reads."""
        return ",".join(
            f"{key_id}:{base64.b64encode(key.public_bytes_raw()).decode()}" for key_id, key in self.keys.items()
        )

    def get(self, key_id: str) -> Ed25519PublicKey | None:
        """The key with this id, or None."""
        return self.keys.get(key_id)


def _split(text: str) -> tuple[str, bytes]:
    key_id, separator, encoded = text.strip().partition(":")
    if not separator or not _KEY_ID.match(key_id):
        raise ValueError(f"{_FORM}; the id is letters, digits, - and _")
    standard = encoded.strip().replace("-", "+").replace("_", "/").rstrip("=")
    try:
        raw = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"the key {key_id} is not base64; {_FORM}") from None
    if len(raw) != _KEY_BYTES:
        raise ValueError(f"the key {key_id} has {len(raw)} bytes; {_FORM}")
    return key_id, raw
