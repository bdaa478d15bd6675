"""Reads the body of a callback, once its signature is checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl

from fastapi import Request
from sendgrid.helpers.eventwebhook.eventwebhook_header import EventWebhookHeader
from starlette.datastructures import ImmutableMultiDict

from chassis.app import require_content_type
from chassis.clock import Clock
from chassis.signatures import RefusedSignatures
from notifier.callbacks.documents import object_in, objects_in
from notifier.callbacks.signatures import (
    PAGERDUTY_SIGNATURE,
    SLACK_SIGNATURE,
    SLACK_TIME,
    TWILIO_HEADER,
    PagerDutySignature,
    SendGridSignature,
    SlackSignature,
    TwilioSignature,
)

_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """Reads callbacks. Each method raises SignatureMissing or SignatureInvalid, which is told of, and what the body is
    refused for.

    twilio, sendgrid, slack, pagerduty: how each vendor signs
    refused: tells of callbacks that are not believed
    clock: tells which ones are stale
    """

    twilio: TwilioSignature
    sendgrid: SendGridSignature
    slack: SlackSignature
    pagerduty: PagerDutySignature
    refused: RefusedSignatures
    clock: Clock

    async def twilio_form(self, request: Request) -> ImmutableMultiDict[str, str]:
        require_content_type(request, _FORM)
        body = await request.body()
        form = ImmutableMultiDict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        query = f"?{request.url.query}" if request.url.query else ""
        with self.refused.told(request, "twilio"):
            self.twilio.check(f"{request.url.path}{query}", form, request.headers.get(TWILIO_HEADER))
        return form

    async def sendgrid_events(self, request: Request) -> list[dict[str, Any]]:
        body = await request.body()
        with self.refused.told(request, "sendgrid"):
            self.sendgrid.check(
                body,
                signature=request.headers.get(EventWebhookHeader.SIGNATURE),
                timestamp=request.headers.get(EventWebhookHeader.TIMESTAMP),
                now=self.clock.now(),
            )
        return objects_in(body)

    async def slack_payload(self, request: Request) -> dict[str, Any]:
        require_content_type(request, _FORM)
        body = await request.body()
        with self.refused.told(request, "slack"):
            self.slack.check(
                body,
                signature=request.headers.get(SLACK_SIGNATURE),
                timestamp=request.headers.get(SLACK_TIME),
                now=self.clock.now(),
            )
        return object_in(parse_qs(body.decode("utf-8", "replace")).get("payload", ["{}"])[0])

    async def pagerduty_document(self, request: Request) -> dict[str, Any]:
        body = await request.body()
        with self.refused.told(request, "pagerduty"):
            self.pagerduty.check(body, signature=request.headers.get(PAGERDUTY_SIGNATURE))
        return object_in(body)
