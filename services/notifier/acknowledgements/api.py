"""Takes what people send back: texts, presses of Slack's buttons, acknowledgements in PagerDuty (X-6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.app import conditions
from chassis.database import Database
from chassis.errors import MalformedJson, UnsupportedMediaType
from chassis.http.deps import provided
from chassis.signatures import SignatureInvalid, SignatureMissing
from notifier.acknowledgements.domain import button_press, incident_acknowledged
from notifier.acknowledgements.service import Acknowledgements
from notifier.callbacks.reading import Callbacks
from notifier.contacts import service as contacts
from notifier.contacts.domain import asks_for_help, opt_out

_TWIML: Final = '<?xml version="1.0" encoding="UTF-8"?>'


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementDeps:
    """What the callbacks work with.

    callbacks: reads them
    acknowledgements: the use cases
    database: the notifier's own
    """

    callbacks: Callbacks
    acknowledgements: Acknowledgements
    database: Database


Deps = Annotated[AcknowledgementDeps, provided(AcknowledgementDeps)]

router = APIRouter(prefix="/api/webhooks", tags=["callbacks"])


class TwimlResponse(Response):
    """A document of Twilio's: what to reply to a text."""

    media_type = "text/xml"


@router.post(
    "/twilio/inbound",
    response_class=TwimlResponse,
    summary="A text to us, from Twilio; the reply is the answer",
    responses=conditions(SignatureMissing, SignatureInvalid, UnsupportedMediaType),
)
async def twilio_inbound(request: Request, deps: Deps) -> Response:
    form = await deps.callbacks.twilio_form(request)
    number, out, reply = form.get("From", ""), opt_out(form), ""
    async with deps.database.transaction() as tx:
        # Twilio itself answers STOP, START and HELP.
        if out is not None:
            await contacts.opted(tx, number, out=out)
        elif not asks_for_help(form):
            body, sid = form.get("Body", ""), form.get("MessageSid", "")
            reply = await deps.acknowledgements.by_sms(tx, number=number, body=body, sid=sid)
    message = f"<Message>{escape(reply)}</Message>" if reply else ""
    return TwimlResponse(f"{_TWIML}<Response>{message}</Response>")


@router.post(
    "/slack",
    response_class=Response,
    summary="A button was pressed in Slack",
    responses=conditions(SignatureMissing, SignatureInvalid, UnsupportedMediaType, MalformedJson),
)
async def slack(request: Request, deps: Deps) -> Response:
    press = button_press(await deps.callbacks.slack_payload(request))
    if press is not None:
        async with deps.database.transaction() as tx:
            await deps.acknowledgements.by_button(tx, press)
    return Response(status_code=200)


@router.post(
    "/pagerduty",
    status_code=204,
    response_class=Response,
    summary="An incident was acknowledged in PagerDuty",
    responses=conditions(SignatureMissing, SignatureInvalid, MalformedJson),
)
async def pagerduty(request: Request, deps: Deps) -> Response:
    incident = incident_acknowledged(await deps.callbacks.pagerduty_document(request))
    if incident is not None:
        async with deps.database.transaction() as tx:
            await deps.acknowledgements.in_pagerduty(tx, incident)
    return Response(status_code=204)
