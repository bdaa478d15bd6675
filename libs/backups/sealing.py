"""Encrypts what is kept: AES-256-GCM in pieces, so that a file of any size passes through a little memory.

Each file has a key of its own, from BACKUP_KEY, a random salt and the file's name: pieces can't be moved to another
place or file. The last piece is marked, so that a file which was cut off is no shorter file.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backups.errors import OTHERS, BackupError

MAGIC: Final = b"FHB1"
PIECE: Final = 1024 * 1024
_SALT: Final = 16
_TAG: Final = 16
_FINGERPRINT: Final = 8


class BackupKey:
    """Encrypts and decrypts files, and signs what says what is in them."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    @property
    def fingerprint(self) -> str:
        """By which one sees whether a backup was encrypted with this key."""
        return self._derived(b"", b"fingerprint", _FINGERPRINT).hex()

    def sign(self, text: bytes) -> str:
        """A signature that nobody can make without the key."""
        return hmac.new(self._derived(b"", b"manifest", 32), text, sha256).hexdigest()

    async def seal(self, pieces: AsyncIterator[bytes], *, name: str) -> AsyncIterator[bytes]:
        """Encrypts a file."""
        salt = secrets.token_bytes(_SALT)
        cipher = self._cipher(salt, name)
        yield MAGIC + salt
        number = 0
        waiting: bytes | None = None
        async for piece in _of_size(pieces, PIECE):
            if waiting is not None:
                yield cipher.encrypt(_nonce(number, last=False), waiting, None)
                number += 1
            waiting = piece
        yield cipher.encrypt(_nonce(number, last=True), waiting or b"", None)

    async def open(self, pieces: AsyncIterator[bytes], *, name: str) -> AsyncIterator[bytes]:
        """Decrypts a file; raises BackupError where it isn't what was written."""
        sealed = _of_size(pieces, PIECE + _TAG, head=len(MAGIC) + _SALT)
        head = await anext(sealed, b"")
        if len(head) != len(MAGIC) + _SALT or not head.startswith(MAGIC):
            raise BackupError(f"{name} is damaged: it does not begin as an encrypted file does. {OTHERS}")
        cipher = self._cipher(head[len(MAGIC) :], name)
        number = 0
        waiting: bytes | None = None
        async for piece in sealed:
            if waiting is not None:
                yield _decrypted(cipher, number, waiting, last=False, name=name)
                number += 1
            waiting = piece
        yield _decrypted(cipher, number, waiting or b"", last=True, name=name)

    def _cipher(self, salt: bytes, name: str) -> AESGCM:
        return AESGCM(self._derived(salt, b"file " + name.encode(), 32))

    def _derived(self, salt: bytes, use: bytes, length: int) -> bytes:
        return HKDF(algorithm=SHA256(), length=length, salt=salt, info=b"fullhouse backup " + use).derive(self._secret)


def _decrypted(cipher: AESGCM, number: int, piece: bytes, *, last: bool, name: str) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last=last), piece, None)
    except (InvalidTag, ValueError):
        raise BackupError(f"{name} is damaged: its bytes are not those that were written. {OTHERS}") from None


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


async def _of_size(pieces: AsyncIterator[bytes], size: int, *, head: int = 0) -> AsyncIterator[bytes]:
    """The same bytes in pieces of one size, the first one of `head` when it is given; the last may be shorter."""
    rest, wanted = bytearray(), head or size
    async for piece in pieces:
        rest += piece
        while len(rest) >= wanted:
            yield bytes(rest[:wanted])
            del rest[:wanted]
            wanted = size
    if rest:
        yield bytes(rest)
