"""Checks the vendors' signatures, with their own verifiers where they have some; each with any secret of ours."""

from __future__ import annotations

import binascii
import hmac
from collections.abc import Sequence
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

    def __init__(self, tokens: Sequence[SecretStr], public_url: str) -> None:
        self._validators = [RequestValidator(token.get_secret_value()) for token in tokens]
        self._public_url = public_url

    def check(self, path_and_query: str, form: ImmutableMultiDict[str, str], signature: str | None) -> None:
        """Raises SignatureMissing or SignatureInvalid."""
        if not signature:
            raise SignatureMissing(f"The header {TWILIO_HEADER} is missing.")
        url = f"{self._public_url}{path_and_query}"
        if not any(validator.validate(url, form, signature) for validator in self._validators):
            raise SignatureInvalid


class SendGridSignature:
    """ECDSA over timestamp and body. Without a key nothing can be checked, so nothing is believed."""

    def __init__(self, public_keys: Sequence[str]) -> None:
        self._verifiers = [EventWebhook(key) for key in public_keys]

    def check(self, body: bytes, *, signature: str | None, timestamp: str | None, now: datetime) -> None:
        """Raises SignatureMissing or SignatureInvalid."""
        if not signature or not timestamp:
            names = f"{EventWebhookHeader.SIGNATURE} and {EventWebhookHeader.TIMESTAMP}"
            raise SignatureMissing(f"The headers {names} are needed.")
        if not self._verifiers:
            raise SignatureInvalid("SENDGRID_WEBHOOK_PUBLIC_KEY is not set, so no event can be checked.")
        if not self._genuine(body, signature, timestamp) or not is_timely(timestamp, now):
            raise SignatureInvalid

    def _genuine(self, body: bytes, signature: str, timestamp: str) -> bool:
        try:
            text = body.decode()
            return any(verifier.verify_signature(text, signature, timestamp) for verifier in self._verifiers)
        except (binascii.Error, ValueError):
            return False


class SlackSignature:
    """v0: HMAC-SHA256 over version, time and body. Without a secret nothing can be checked, so nothing is believed."""

    def __init__(self, secrets: Sequence[SecretStr]) -> None:
        self._secrets = secrets

    def check(self, body: bytes, *, signature: str | None, timestamp: str | None, now: datetime) -> None:
        """Raises SignatureMissing or SignatureInvalid."""
        if not signature or not timestamp:
            raise SignatureMissing(f"The headers {SLACK_SIGNATURE} and {SLACK_TIME} are needed.")
        if not self._secrets:
            raise SignatureInvalid("SLACK_SIGNING_SECRET is not set, so no button can be checked.")
        text = b"v0:" + timestamp.encode() + b":" + body
        if not _signed(self._secrets, text, "v0", [signature]) or not is_timely(timestamp, now):
            raise SignatureInvalid


class PagerDutySignature:
    """v1: HMAC-SHA256 over the body; there may be several, while a secret is being changed."""

    def __init__(self, secrets: Sequence[SecretStr]) -> None:
        self._secrets = secrets

    def check(self, body: bytes, *, signature: str | None) -> None:
        """Raises SignatureMissing or SignatureInvalid. PagerDuty signs no time: repeats are told by the event's id."""
        if not signature:
            raise SignatureMissing(f"The header {PAGERDUTY_SIGNATURE} is missing.")
        if not self._secrets:
            raise SignatureInvalid("PAGERDUTY_WEBHOOK_SECRET is not set, so no event can be checked.")
        if not _signed(self._secrets, body, "v1", [part.strip() for part in signature.split(",")]):
            raise SignatureInvalid


def _signed(secrets: Sequence[SecretStr], text: bytes, version: str, given: Sequence[str]) -> bool:
    """Whether one of the signatures given is HMAC-SHA256 with one of the secrets."""
    sums = (hmac.new(secret.get_secret_value().encode(), text, "sha256").hexdigest() for secret in secrets)
    return any(hmac.compare_digest(f"{version}={each}".encode(), one.encode()) for each in sums for one in given)
