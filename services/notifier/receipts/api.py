"""Takes the vendors' receipts: each is stored and answered at once, and a worker settles deliveries with it (X-6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.app import conditions
from chassis.database import Database
from chassis.errors import MalformedJson, UnsupportedMediaType
from chassis.http.deps import provided
from chassis.signatures import SignatureInvalid, SignatureMissing
from events import Channel
from notifier.callbacks.reading import Callbacks
from notifier.receipts import service
from notifier.receipts.domain import sendgrid_receipt, twilio_receipt, unwanted
from notifier.receipts.intake import Intake


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptDeps:
    """What the callbacks work with.

    callbacks: reads them
    intake: stores receipts
    database: the notifier's own
    """

    callbacks: Callbacks
    intake: Intake
    database: Database


Deps = Annotated[ReceiptDeps, provided(ReceiptDeps)]

router = APIRouter(prefix="/api/webhooks", tags=["callbacks"])


@router.post(
    "/twilio/status",
    status_code=204,
    response_class=Response,
    summary="How far an SMS is, from Twilio",
    responses=conditions(SignatureMissing, SignatureInvalid, UnsupportedMediaType),
)
async def twilio_status(request: Request, deps: Deps) -> Response:
    form = await deps.callbacks.twilio_form(request)
    receipt = twilio_receipt(form, request.query_params.get("delivery"))
    await deps.intake.keep([receipt] if receipt else [])
    return Response(status_code=204)


@router.post(
    "/sendgrid",
    status_code=204,
    response_class=Response,
    summary="How far e-mails are, from SendGrid",
    responses=conditions(SignatureMissing, SignatureInvalid, MalformedJson),
)
async def sendgrid_events(request: Request, deps: Deps) -> Response:
    events = await deps.callbacks.sendgrid_events(request)
    receipts = [receipt for event in events if (receipt := sendgrid_receipt(event)) is not None]
    await deps.intake.keep(receipts)
    barred = unwanted(events)
    if barred:
        async with deps.database.transaction() as tx:
            await service.bar(tx, Channel.EMAIL, barred)
    return Response(status_code=204)
