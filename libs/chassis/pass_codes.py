"""Codes of passes: as small as those of tickets, and checked offline by anybody with the public key (C-9).

A code is `FHP1:` and 125 characters of base45: 19 bytes of claims (format, 2 bytes that tell the key, the pass's id)
and an Ed25519 signature. How many entries are left is not in it: that is asked of checkout.
"""

from __future__ import annotations

import struct
import uuid
from typing import Final

from cryptography.exceptions import InvalidSignature

from chassis import base45
from chassis.errors import Condition
from chassis.keys import PublicKeys, SigningKey
from chassis.tickets import key_tag

CODE_PREFIX: Final = "FHP1:"
_FORMAT: Final = 1
_CLAIMS: Final = struct.Struct(">B2s16s")
_RAW_BYTES: Final = _CLAIMS.size + 64
_CODE_LENGTH: Final = _RAW_BYTES // 2 * 3 + 2
# Part of what is signed, so that no other signature of this key is valid for a pass.
_DOMAIN: Final = b"fullhouse pass 1\0"


class PassCodeInvalid(Condition):
    status = 422
    code = "pass_code_invalid"
    title = "Not the code of one of our passes"
    meaning = "The code is damaged, incomplete, or was not signed by this installation."
    remedy = "Scan it again, or find the pass by its owner’s e-mail address: `fullhouse passes list --email …`."


def sign_pass(key: SigningKey, pass_id: uuid.UUID) -> str:
    """The code of a pass."""
    packed = _CLAIMS.pack(_FORMAT, key_tag(key.key_id), pass_id.bytes)
    return CODE_PREFIX + base45.encode(packed + key.private.sign(_DOMAIN + packed))


def pass_of_code(code: str) -> uuid.UUID:
    """Which pass a code names; its signature is not looked at. Raises PassCodeInvalid."""
    return uuid.UUID(bytes=_CLAIMS.unpack(_decoded(code)[: _CLAIMS.size])[2])


def verify_pass(keys: PublicKeys, code: str) -> uuid.UUID:
    """The pass whose code it is; raises PassCodeInvalid."""
    raw = _decoded(code)
    packed, signature = raw[: _CLAIMS.size], raw[_CLAIMS.size :]
    version, tag, pass_id = _CLAIMS.unpack(packed)
    for key_id, key in keys.keys.items():
        if version == _FORMAT and tag == key_tag(key_id):
            try:
                key.verify(signature, _DOMAIN + packed)
            except InvalidSignature:
                continue
            return uuid.UUID(bytes=pass_id)
    raise PassCodeInvalid


def _decoded(code: str) -> bytes:
    text = code.strip()
    # A space is one of base45's characters, and scanners trim the ones at the end.
    encoded = text.removeprefix(CODE_PREFIX).ljust(_CODE_LENGTH)
    if not text.startswith(CODE_PREFIX) or len(encoded) != _CODE_LENGTH:
        raise PassCodeInvalid
    try:
        return base45.decode(encoded)
    except ValueError:
        raise PassCodeInvalid from None
