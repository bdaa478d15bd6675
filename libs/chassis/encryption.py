"""Encrypts secrets that a database keeps: each with a data key of its own, which ENCRYPTION_KEY wraps (docs/adr/0019).

The first of the keys encrypts, and all decrypt. A key's id follows from the key itself: what is sealed says which key
opens it, so that a new key can be put in the place of an old one while everything runs.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_FORM: Final = "write each key as base64 of 32 bytes"
_ID: Final = b"fullhouse encryption key id"
_ID_LENGTH: Final = 16


class NotReadableError(Exception):
    """What is sealed can't be opened: its key is not among ours, or it was changed, or belongs to something else."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret as a database keeps it.

    key_id: the key that wraps the data key
    data_key: the data key, encrypted
    content: the secret, encrypted with the data key
    """

    key_id: str
    data_key: bytes
    content: bytes


class Vault:
    """Seals and opens secrets. What is sealed is bound to what it is about, and opens for nothing else."""

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        """`keys` have the form that `encryption_key` reads; the first one seals. There may be none."""
        raw = [encryption_key(key.get_secret_value()) for key in keys]
        self._keys = {_key_id(key): key for key in raw}
        self._first = next(iter(self._keys), None)

    @property
    def key_id(self) -> str | None:
        """The id of the key that seals; None when there is none."""
        return self._first

    def seal(self, secret: bytes, *, about: str) -> Sealed:
        """The secret under a new data key. Raises NotReadableError without a key."""
        if self._first is None:
            raise NotReadableError("there is no key")
        data_key, context = AESGCM.generate_key(bit_length=_KEY_BYTES * 8), about.encode()
        return Sealed(
            key_id=self._first,
            data_key=_encrypt(self._keys[self._first], data_key, context),
            content=_encrypt(data_key, secret, context),
        )

    def open(self, sealed: Sealed, *, about: str) -> bytes:
        """The secret; raises NotReadableError."""
        key = self._keys.get(sealed.key_id)
        if key is None:
            raise NotReadableError(f"the key {sealed.key_id} is not among those of this process")
        context = about.encode()
        return _decrypt(_decrypt(key, sealed.data_key, context), sealed.content, context)


def encryption_key(text: str) -> bytes:
    """Reads base64 of 32 bytes, standard or url-safe; raises ValueError with a sentence that doesn't repeat the key."""
    standard = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
    try:
        raw = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"a key is not base64; {_FORM}") from None
    if len(raw) != _KEY_BYTES:
        raise ValueError(f"a key has {len(raw)} bytes; {_FORM}")
    return raw


def new_encryption_key() -> str:
    """A random key as settings write it."""
    return base64.b64encode(os.urandom(_KEY_BYTES)).decode()


def _key_id(key: bytes) -> str:
    """Says nothing of the key."""
    return hmac.digest(key, _ID, "sha256").hex()[:_ID_LENGTH]


def _encrypt(key: bytes, plain: bytes, context: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def _decrypt(key: bytes, box: bytes, context: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError):
        raise NotReadableError("it was changed, or belongs to something else") from None
