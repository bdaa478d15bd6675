"""`POST /api/webhooks/stripe`, and the list of what came in."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from chassis.addresses import client_address, shorten_address
from chassis.app import Moment, json_answer, known_filters, read_cursor, write_cursor
from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import NotFound
from chassis.metrics import Metric, metrics
from chassis.paging import page_of
from chassis.telemetry import get_logger
from chassis.telemetry.masking import mask_fields
from chassis.tokens import Role, require
from checkout.webhooks import store
from checkout.webhooks.domain import State, read_event, verify
from checkout.webhooks.errors import SignatureInvalid, SignatureMissing
from checkout.webhooks.service import WebhookInbox
from eventbus.outgoing.facts import Facts
from events import SecuritySignatureInvalid

log = get_logger()

_DEPTH = 12
_PLAIN = r"^[A-Za-z0-9_.]{1,100}$"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDesk:
    """What the routes write to and read from."""

    inbox: WebhookInbox
    database: Database
    facts: Facts


def webhook_router(desk: Callable[[], WebhookDesk], *, secrets: Sequence[str], clock: Clock) -> APIRouter:
    """`desk` gives what the routes need once the service has started; `secrets` may be several during a rotation."""
    router = APIRouter()

    @router.post("/api/webhooks/stripe", tags=["vendors"])
    async def stripe_webhook(request: Request) -> Response:
        """Verified, stored, answered: processing comes from the store (C-4)."""
        payload = await request.body()
        try:
            verify(payload, request.headers.get("stripe-signature", ""), secrets, now=clock.now())
            event = read_event(payload)
        except (SignatureMissing, SignatureInvalid) as refusal:
            _tell_refused(request, refusal.code)
            raise
        await desk().inbox.add(event)
        log.info("webhook_received", webhook_id=event.event_id, type=event.type)
        return JSONResponse({"received": True})

    def _tell_refused(request: Request, code: str) -> None:
        source = shorten_address(client_address(request.scope))
        metrics.count(Metric.SIGNATURES_REFUSED, vendor="stripe", code=code)
        if code == SignatureMissing.code:
            log.warning("signature_missing", vendor="stripe", ip=source)
        else:
            log.error("webhook_signature_invalid", vendor="stripe", ip=source)
        fact = SecuritySignatureInvalid(
            actor=source, what="stripe webhook", code=code, service="checkout", occurred_at=clock.now()
        )
        desk().facts.tell(fact)

    @router.get(
        "/api/admin/webhooks",
        tags=["admin"],
        dependencies=[Depends(require(Role.VIEWER)), Depends(known_filters)],
        response_model=None,
    )
    async def list_webhooks(
        type: Annotated[str | None, Query(pattern=_PLAIN)] = None,  # noqa: A002 the filter is named as the field
        since: Moment | None = None,
        state: State | None = None,
        order: UUID | None = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Response:
        """What came in, newest first."""
        before = read_cursor(cursor) if cursor else None
        rows, following = await page_of(
            lambda most: store.find(
                desk().database,
                kind=type,
                since=since,
                state=state.value if state else None,
                order_id=order,
                before=before,
                limit=most,
            ),
            limit=limit,
            cursor=lambda row: write_cursor(row.received_at, row.event_id),
        )
        return json_answer({"data": [_row(row) for row in rows], "nextCursor": following})

    @router.get(
        "/api/admin/webhooks/{event_id}",
        tags=["admin"],
        dependencies=[Depends(require(Role.VIEWER))],
        response_model=None,
    )
    async def show_webhook(event_id: Annotated[str, Path(pattern=_PLAIN)]) -> dict[str, Any]:
        """One event's payload, personal data masked."""
        payload = await store.payload(desk().database, event_id)
        if payload is None:
            raise NotFound("There is no such event.")
        return {"eventId": event_id, "payload": mask_fields(json.loads(payload), _DEPTH)}

    return router


def _row(row: store.Listed) -> dict[str, Any]:
    return {
        "eventId": row.event_id,
        "type": row.type,
        "liveMode": row.live_mode,
        "received": row.received_at,
        "processed": row.processed_at,
        "state": row.state,
        "attempts": row.attempts,
        "lastError": row.last_error,
        "order": row.order_id,
    }
