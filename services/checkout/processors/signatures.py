"""Signatures of webhooks that are a keyed hash: base64, or hexadecimal after `sha256=`. Pure."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Sequence

from pydantic import SecretStr

from chassis.signatures import SignatureInvalid, SignatureMissing


def base64_of(digest: bytes) -> str:
    """As Square writes it."""
    return base64.b64encode(digest).decode()


def sha256_hex(digest: bytes) -> str:
    """`sha256=` and the hash in hexadecimal, as most write it."""
    return f"sha256={digest.hex()}"


def check_keyed_hash(
    signed: bytes, given: str, secrets: Sequence[SecretStr], *, written: Callable[[bytes], str]
) -> None:
    """Whether the HMAC-SHA256 of `signed` under one of the secrets is what was given, compared in constant time.

    `written`: how the scheme writes a hash. Raises SignatureMissing or SignatureInvalid.
    """
    if not given:
        raise SignatureMissing
    digests = [hmac.digest(secret.get_secret_value().encode(), signed, "sha256") for secret in secrets]
    if not any(hmac.compare_digest(written(digest).encode(), given.encode()) for digest in digests):
        raise SignatureInvalid
