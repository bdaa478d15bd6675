"""`POST /api/v1/webhooks/{processor}/{connection_id}`: where processors send what is about a connection (P-5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request

from chassis.app import conditions
from chassis.http.deps import provided
from chassis.signatures import RefusedSignatures, SignatureInvalid, SignatureMissing
from checkout.connections.errors import ConnectionNotReadable, UnknownConnection
from checkout.connections.models import ConnectionNumber, ProcessorName
from checkout.connections.webhook_door import ConnectionDoor
from checkout.webhooks.models import ReceivedOut
from checkout.webhooks.service import WebhookInbox

router = APIRouter(prefix="/api/v1/webhooks", tags=["vendors"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionWebhookDeps:
    """What the route works with.

    door: believes what is signed
    inbox: where webhooks are stored
    refused: tells of requests that can't be believed
    """

    door: ConnectionDoor
    inbox: WebhookInbox
    refused: RefusedSignatures


@router.post(
    "/{processor}/{connection_id}",
    responses=conditions(SignatureMissing, SignatureInvalid, UnknownConnection, ConnectionNotReadable),
)
async def connection_webhook(
    processor: Annotated[ProcessorName, Path(description="who sends it, such as square")],
    connection_id: ConnectionNumber,
    request: Request,
    deps: Annotated[ConnectionWebhookDeps, provided(ConnectionWebhookDeps)],
) -> ReceivedOut:
    """Verified, stored, answered: processing comes from the store, and what is sent again is stored once."""
    payload = await request.body()
    with deps.refused.told(request, processor):
        webhook = await deps.door.accept(processor, connection_id, payload, request.headers)
    await deps.inbox.add(webhook)
    return ReceivedOut()
