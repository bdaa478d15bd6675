"""The certificate that PayPal's webhooks are signed under, made at its first use."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from sandbox.core.keeping import Facts

ALGORITHM: Final = "SHA256withRSA"
_NAME: Final = "messageverificationcerts.paypal.com"
_LIFE: Final = dt.timedelta(days=365)


class SigningCertificate:
    """A key and a certificate of its own over it, kept as PEM with the sandbox's other facts."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._key: rsa.RSAPrivateKey | None = None

    @property
    def pem(self) -> str:
        self._known_key()
        return self._facts.get("certificate", str)

    def sign(self, message: bytes) -> str:
        """Base64, as PAYPAL-TRANSMISSION-SIG has it."""
        signature = self._known_key().sign(message, padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(signature).decode()

    def signed(self, message: bytes, signature: str) -> bool:
        try:
            self._known_key().public_key().verify(
                base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), hashes.SHA256()
            )
        except (InvalidSignature, ValueError):
            return False
        return True

    def _known_key(self) -> rsa.RSAPrivateKey:
        if self._key is None:
            kept = self._facts.get("key", self._make)
            key = serialization.load_pem_private_key(kept.encode(), password=None)
            if not isinstance(key, rsa.RSAPrivateKey):
                raise TypeError("the kept key is no RSA key")
            self._key = key
        return self._key

    def _make(self) -> str:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._facts.set("certificate", _certificate(key).public_bytes(serialization.Encoding.PEM).decode())
        return key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)]), dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + _LIFE)
        .sign(key, hashes.SHA256())
    )
