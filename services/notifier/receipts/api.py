"""The vendors' callbacks (X-6): verified, stored, answered; a worker settles them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sendgrid.helpers.eventwebhook.eventwebhook_header import EventWebhookHeader
from starlette.datastructures import ImmutableMultiDict

from chassis.app import require_content_type
from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import MalformedJson
from chassis.telemetry import get_logger
from events import Channel
from notifier.receipts import service
from notifier.receipts.domain import opt_out, sendgrid_receipt, twilio_receipt, unwanted
from notifier.receipts.errors import SignatureInvalid, SignatureMissing
from notifier.receipts.intake import Intake
from notifier.receipts.refusals import Refusals
from notifier.receipts.signatures import TWILIO_HEADER, SendGridSignature, TwilioSignature

log = get_logger()

_FORM: Final = "application/x-www-form-urlencoded"
_TWIML: Final = '<?xml version="1.0" encoding="UTF-8"?>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the callbacks need.

    `texted` takes sender, text and Twilio's id of a text to us, and returns what to reply, or nothing.
    """

    database: Database
    intake: Intake
    twilio: TwilioSignature
    sendgrid: SendGridSignature
    clock: Clock
    texted: Callable[[str, str, str], Awaitable[str]]
    refusals: Refusals


router = APIRouter(prefix="/api/webhooks", tags=["callbacks"])


@router.post("/twilio/status", status_code=204)
async def twilio_status(request: Request) -> Response:
    desk = _desk(request)
    form = await _twilio_form(request, desk)
    receipt = twilio_receipt(form, request.query_params.get("delivery"))
    await desk.intake.keep([receipt] if receipt else [])
    return Response(status_code=204)


@router.post("/twilio/inbound")
async def twilio_inbound(request: Request) -> Response:
    desk = _desk(request)
    form = await _twilio_form(request, desk)
    out = opt_out(form)
    # Twilio itself answers STOP and START.
    reply = ""
    if out is not None:
        async with desk.database.transaction() as tx:
            await service.opted(tx, form.get("From", ""), out=out)
    else:
        reply = await desk.texted(form.get("From", ""), form.get("Body", ""), form.get("MessageSid", ""))
    message = f"<Message>{escape(reply)}</Message>" if reply else ""
    return Response(f"{_TWIML}<Response>{message}</Response>", media_type="text/xml")


@router.post("/sendgrid", status_code=204)
async def sendgrid_events(request: Request) -> Response:
    desk = _desk(request)
    events = await _sendgrid_events(request, desk)
    receipts = [receipt for event in events if (receipt := sendgrid_receipt(event)) is not None]
    barred = unwanted(events)
    if barred:
        async with desk.database.transaction() as tx:
            await service.bar(tx, Channel.EMAIL, barred)
    await desk.intake.keep(receipts)
    return Response(status_code=204)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


async def _twilio_form(request: Request, desk: Desk) -> ImmutableMultiDict[str, str]:
    require_content_type(request, _FORM)
    body = await request.body()
    form = ImmutableMultiDict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    query = f"?{request.url.query}" if request.url.query else ""
    try:
        desk.twilio.check(f"{request.url.path}{query}", form, request.headers.get(TWILIO_HEADER))
    except (SignatureMissing, SignatureInvalid) as refusal:
        desk.refusals.tell(request, "twilio", refusal)
        raise
    return form


async def _sendgrid_events(request: Request, desk: Desk) -> list[dict[str, Any]]:
    body = await request.body()
    try:
        desk.sendgrid.check(
            body,
            signature=request.headers.get(EventWebhookHeader.SIGNATURE),
            timestamp=request.headers.get(EventWebhookHeader.TIMESTAMP),
            now=desk.clock.now(),
        )
    except (SignatureMissing, SignatureInvalid) as refusal:
        desk.refusals.tell(request, "sendgrid", refusal)
        raise
    try:
        parsed = json.loads(body)
    except ValueError:
        raise MalformedJson from None
    return [event for event in parsed if isinstance(event, dict)] if isinstance(parsed, list) else []
