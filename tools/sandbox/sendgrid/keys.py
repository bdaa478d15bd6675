"""The key pair of the event webhook: ECDSA on P-256."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chassis.settings import SettingsError

_WRONG_KEY = (
    "SANDBOX_SENDGRID_SIGNING_KEY must be a P-256 key: base64 of its PKCS#8 DER form. Leave it out for a new one."
)


class EventKey:
    """Signs what SendGrid posts; `public` is what it shows in its settings (base64 of the DER)."""

    def __init__(self, private: str = "") -> None:
        """`private`: base64 of a PKCS#8 DER (SANDBOX_SENDGRID_SIGNING_KEY), else a new key. Raises SettingsError."""
        self._key = _loaded(private) if private else ec.generate_private_key(ec.SECP256R1())

    @property
    def public(self) -> str:
        encoded = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(encoded).decode()

    def sign(self, body: bytes, timestamp: str, *, genuine: bool) -> str:
        """base64 of the signature over timestamp and body; without `genuine` it is over something else."""
        text = timestamp.encode() + body if genuine else b"not" + body
        return base64.b64encode(self._key.sign(text, ec.ECDSA(hashes.SHA256()))).decode()


def new_private_key() -> str:
    """A value for SANDBOX_SENDGRID_SIGNING_KEY."""
    key = ec.generate_private_key(ec.SECP256R1())
    encoded = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return base64.b64encode(encoded).decode()


def _loaded(private: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_der_private_key(base64.b64decode(private), password=None)
    except ValueError as error:
        raise SettingsError(_WRONG_KEY) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SettingsError(_WRONG_KEY)
    return key
