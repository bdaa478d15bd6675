"""Checks the vendors' signatures, with their own verifiers where they have some."""

from __future__ import annotations

import binascii
import hmac
from datetime import datetime
from typing import Final

from pydantic import SecretStr
from sendgrid.helpers.eventwebhook import EventWebhook
from sendgrid.helpers.eventwebhook.eventwebhook_header import EventWebhookHeader
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

from chassis.signatures import SignatureInvalid, SignatureMissing, is_timely

TWILIO_HEADER: Final = "X-Twilio-Signature"
SLACK_SIGNATURE: Final = "X-Slack-Signature"
SLACK_TIME: Final = "X-Slack-Request-Timestamp"
PAGERDUTY_SIGNATURE: Final = "X-PagerDuty-Signature"


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
        if not self._genuine(body, signature, timestamp) or not is_timely(timestamp, now):
            raise SignatureInvalid

    def _genuine(self, body: bytes, signature: str, timestamp: str) -> bool:
        try:
            return bool(self._verifier and self._verifier.verify_signature(body.decode(), signature, timestamp))
        except (binascii.Error, ValueError):
            return False


class SlackSignature:
    """v0: HMAC-SHA256 over version, time and body. Without a secret nothing can be checked, so nothing is believed."""

    def __init__(self, secret: SecretStr | None) -> None:
        self._secret = secret

    def check(self, body: bytes, *, signature: str | None, timestamp: str | None, now: datetime) -> None:
        """Raises SignatureMissing or SignatureInvalid."""
        if not signature or not timestamp:
            raise SignatureMissing(f"The headers {SLACK_SIGNATURE} and {SLACK_TIME} are needed.")
        if self._secret is None:
            raise SignatureInvalid("SLACK_SIGNING_SECRET is not set, so no button can be checked.")
        text = b"v0:" + timestamp.encode() + b":" + body
        expected = f"v0={hmac.new(self._secret.get_secret_value().encode(), text, 'sha256').hexdigest()}"
        if not hmac.compare_digest(expected.encode(), signature.encode()) or not is_timely(timestamp, now):
            raise SignatureInvalid


class PagerDutySignature:
    """v1: HMAC-SHA256 over the body; there may be several, while a secret is being changed."""

    def __init__(self, secret: SecretStr | None) -> None:
        self._secret = secret

    def check(self, body: bytes, *, signature: str | None) -> None:
        """Raises SignatureMissing or SignatureInvalid. PagerDuty signs no time: repeats are told by the event's id."""
        if not signature:
            raise SignatureMissing(f"The header {PAGERDUTY_SIGNATURE} is missing.")
        if self._secret is None:
            raise SignatureInvalid("PAGERDUTY_WEBHOOK_SECRET is not set, so no event can be checked.")
        expected = f"v1={hmac.new(self._secret.get_secret_value().encode(), body, 'sha256').hexdigest()}"
        given = [part.strip().encode() for part in signature.split(",")]
        if not any(hmac.compare_digest(expected.encode(), each) for each in given):
            raise SignatureInvalid
