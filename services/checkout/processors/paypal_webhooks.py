"""Whether a webhook is PayPal's: RSA over its id, time, our webhook's id and a checksum of the body, by a certificate.

Certificates come from one place, which the settings name, and from no other, whatever a webhook says.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pydantic import SecretStr

from chassis.errors import Unavailable
from chassis.http_client import VendorClient, VendorFailure
from chassis.signatures import TOLERANCE, SignatureInvalid, SignatureMissing
from checkout.processors.news import WebhookRequest

ALGORITHM: Final = "SHA256withRSA"
_PATH: Final = re.compile(r"/v1/notifications/certs/[A-Za-z0-9_-]{1,100}\Z")
_HEADERS: Final = ("id", "time", "sig")
_MOST_KEPT: Final = 20
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class _Certificate:
    """A key, and until when it is good."""

    key: rsa.RSAPublicKey
    begins: datetime
    ends: datetime


class PaypalCertificates:
    """PayPal's certificates, each asked for once."""

    def __init__(self, client: VendorClient, base_url: str) -> None:
        """`client` reaches `base_url`, below which every certificate's address is."""
        self._client = client
        self._base_url = base_url
        self._known: dict[str, _Certificate] = {}

    async def check(self, request: WebhookRequest, secrets: Sequence[SecretStr], *, now: datetime) -> None:
        """Raises SignatureMissing or SignatureInvalid; Unavailable when a new certificate can't be had."""
        sent_id, time, given = (request.headers.get(f"paypal-transmission-{name}", "") for name in _HEADERS)
        if not (sent_id and time and given):
            raise SignatureMissing
        if request.headers.get("paypal-auth-algo") != ALGORITHM or not _is_timely(time, now):
            raise SignatureInvalid
        signature = _decoded(given)
        certificate = await self._certificate(request.headers, now)
        for secret in secrets:
            message = f"{sent_id}|{time}|{secret.get_secret_value()}|{zlib.crc32(request.payload)}"
            if _signed(certificate.key, signature, message.encode()):
                return
        raise SignatureInvalid

    async def _certificate(self, headers: Mapping[str, str], now: datetime) -> _Certificate:
        url = headers.get("paypal-cert-url", "")
        path = url.removeprefix(self._base_url)
        if path == url or not _PATH.match(path):
            raise SignatureInvalid("The certificate is not at PayPal's address.")
        known = self._known.get(path)
        if known is None:
            known = _read(await self._fetch(path))
            if len(self._known) >= _MOST_KEPT:
                del self._known[next(iter(self._known))]
            self._known[path] = known
        if not known.begins <= now <= known.ends:
            raise SignatureInvalid("The certificate is not good at this time.")
        return known

    async def _fetch(self, path: str) -> bytes:
        try:
            response = await self._client.request("GET", path, operation="certs.get")
        except VendorFailure as failure:
            raise Unavailable("PayPal's certificate can't be had.") from failure
        if response.status == _NOT_FOUND:
            raise SignatureInvalid("PayPal has no such certificate.")
        if not response.ok:
            raise Unavailable(f"PayPal answers {response.status} to a request for its certificate.")
        return response.body


def _read(pem: bytes) -> _Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise Unavailable("PayPal's certificate can't be read.") from error
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise SignatureInvalid("The certificate has another kind of key.")
    return _Certificate(key, certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def _is_timely(text: str, now: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is not None and abs(now - moment) <= TOLERANCE


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureInvalid from error


def _signed(key: rsa.RSAPublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
