"""Takes the callbacks of Slack's buttons and PagerDuty's webhooks: verified first, acted upon once (X-6)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.app import require_content_type
from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import MalformedJson
from notifier.acknowledgements.domain import button_press, incident_acknowledged
from notifier.acknowledgements.service import Acknowledgements
from notifier.acknowledgements.signatures import (
    PAGERDUTY_SIGNATURE,
    SLACK_SIGNATURE,
    SLACK_TIME,
    PagerDutySignature,
    SlackSignature,
)
from notifier.receipts.errors import SignatureInvalid, SignatureMissing
from notifier.receipts.refusals import Refusals

_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switchboard:
    """What the callbacks need."""

    database: Database
    acknowledgements: Acknowledgements
    slack: SlackSignature
    pagerduty: PagerDutySignature
    refusals: Refusals
    clock: Clock


router = APIRouter(prefix="/api/webhooks", tags=["callbacks"])


@router.post("/slack")
async def slack(request: Request) -> Response:
    board = _board(request)
    require_content_type(request, _FORM)
    press = button_press(await _slack_payload(request, board))
    if press is not None:
        async with board.database.transaction() as tx:
            await board.acknowledgements.by_button(tx, press)
    return Response(status_code=200)


@router.post("/pagerduty", status_code=204)
async def pagerduty(request: Request) -> Response:
    board = _board(request)
    incident = incident_acknowledged(await _pagerduty_document(request, board))
    if incident is not None:
        async with board.database.transaction() as tx:
            await board.acknowledgements.in_pagerduty(tx, incident)
    return Response(status_code=204)


def _board(request: Request) -> Switchboard:
    board: Switchboard = request.app.state.switchboard
    return board


async def _slack_payload(request: Request, board: Switchboard) -> dict[str, Any]:
    body = await request.body()
    try:
        board.slack.check(
            body,
            signature=request.headers.get(SLACK_SIGNATURE),
            timestamp=request.headers.get(SLACK_TIME),
            now=board.clock.now(),
        )
    except (SignatureMissing, SignatureInvalid) as refusal:
        board.refusals.tell(request, "slack", refusal)
        raise
    return _object(parse_qs(body.decode("utf-8", "replace")).get("payload", ["{}"])[0])


async def _pagerduty_document(request: Request, board: Switchboard) -> dict[str, Any]:
    body = await request.body()
    try:
        board.pagerduty.check(body, signature=request.headers.get(PAGERDUTY_SIGNATURE))
    except (SignatureMissing, SignatureInvalid) as refusal:
        board.refusals.tell(request, "pagerduty", refusal)
        raise
    return _object(body)


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except ValueError:
        raise MalformedJson from None
    return parsed if isinstance(parsed, dict) else {}
