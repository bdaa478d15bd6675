"""Signatures of callbacks, checked with the vendors' own verifiers before anything is read from the body."""

from __future__ import annotations

import binascii
from datetime import UTC, datetime
from typing import Final

from pydantic import SecretStr
from sendgrid.helpers.eventwebhook import EventWebhook
from sendgrid.helpers.eventwebhook.eventwebhook_header import EventWebhookHeader
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

from notifier.receipts.errors import SignatureInvalid, SignatureMissing

TWILIO_HEADER: Final = "X-Twilio-Signature"
_TOLERANCE_SECONDS: Final = 300


class TwilioSignature:
    """HMAC-SHA1 over the public address and the form. The address is PUBLIC_URL's, never the Host header's."""

    def __init__(self, token: SecretStr, public_url: str) -> None:
        self._validator = RequestValidator(token.get_secret_value())
        self._public_url = public_url

    def check(self, path_and_query: str, form: ImmutableMultiDict[str, str], signature: str | None) -> None:
        """Raises SignatureMissing or SignatureInvalid."""
        if not signature:
            raise SignatureMissing(f"The header {TWILIO_HEADER} is missing.")
        if not self._validator.validate(f"{self._public_url}{path_and_query}", form, signature):
            raise SignatureInvalid


class SendGridSignature:
    """ECDSA over timestamp and body. Without a key nothing can be checked, so nothing is believed."""

    def __init__(self, public_key: str | None) -> None:
        self._verifier = EventWebhook(public_key) if public_key else None

    def check(self, body: bytes, *, signature: str | None, timestamp: str | None, now: datetime) -> None:
        """Raises SignatureMissing or SignatureInvalid."""
        if not signature or not timestamp:
            names = f"{EventWebhookHeader.SIGNATURE} and {EventWebhookHeader.TIMESTAMP}"
            raise SignatureMissing(f"The headers {names} are needed.")
        if self._verifier is None:
            raise SignatureInvalid("SENDGRID_WEBHOOK_PUBLIC_KEY is not set, so no event can be checked.")
        if not self._genuine(body, signature, timestamp) or not _recent(timestamp, now):
            raise SignatureInvalid

    def _genuine(self, body: bytes, signature: str, timestamp: str) -> bool:
        try:
            return bool(self._verifier and self._verifier.verify_signature(body.decode(), signature, timestamp))
        except (binascii.Error, ValueError):
            return False


def _recent(timestamp: str, now: datetime) -> bool:
    try:
        signed_at = datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError):
        return False
    return abs((now - signed_at).total_seconds()) <= _TOLERANCE_SECONDS
