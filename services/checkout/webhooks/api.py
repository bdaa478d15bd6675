"""Where processors send their webhooks, and the list of what came in (C-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field

from chassis import audit
from chassis.app import Body, Moment, Out, Page, Words, conditions, known_filters, read_cursor, write_cursor
from chassis.audit import Actor
from chassis.database import Database
from chassis.errors import NotFound
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.paging import page_of
from chassis.signatures import RefusedSignatures, SignatureInvalid, SignatureMissing
from chassis.telemetry.masking import mask_value
from chassis.tokens import Role
from checkout.webhooks import refusal_store, service, store
from checkout.webhooks.domain import Action, WebhookState, audited
from checkout.webhooks.errors import WebhookFinished
from checkout.webhooks.models import ReceivedOut
from checkout.webhooks.secrets_used import SecretsUsed
from checkout.webhooks.service import WebhookInbox
from checkout.webhooks.sources import OwnSource, WebhookSource

router = APIRouter()

_DEPTH = 12
_PLAIN = r"^[A-Za-z0-9_.-]{1,255}$"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDeps:
    """What these routes work with.

    own: the processor of our own account
    sources: the processors by their names
    inbox: where webhooks are stored
    secrets: notes which secrets the processor signs with
    refused: tells of requests that can't be believed
    database: checkout's own
    """

    own: OwnSource
    sources: Mapping[str, WebhookSource]
    inbox: WebhookInbox
    secrets: SecretsUsed
    refused: RefusedSignatures
    database: Database


Deps = Annotated[WebhookDeps, provided(WebhookDeps)]
Name = Annotated[str, Path(pattern=_PLAIN)]
Closer = Annotated[Actor, deed(Action.CLOSED, Role.OPERATOR, target="webhook:{processor}/{event_id}")]


class WebhookOut(Out):
    """What became of a webhook."""

    processor: str = Field(description="Who sent it")
    event_id: str = Field(description="The processor's id of it")
    type: str = Field(description="What happened, in the processor's words")
    live_mode: bool = Field(description="Whether real money is meant")
    received: datetime = Field(validation_alias="received_at", description="When it was stored")
    processed: datetime | None = Field(validation_alias="processed_at", description="When it was done or given up")
    state: WebhookState = Field(description="How far it is")
    attempts: int = Field(description="How often handling it failed; waiting does not count")
    cause: str | None = Field(description="Why it is not done, as a code")
    last_error: str | None = Field(description="The same as a sentence")
    order: UUID | None = Field(validation_alias="order_id", description="The order that it is about, if that is known")
    account: str | None = Field(description="The account connected to ours that it is about; null: our own")
    connection: int | None = Field(
        validation_alias="connection_id",
        description="The provider's connection that it came for; null: our own account",
    )


class ActOut(Out):
    """What a person has done about a webhook."""

    at: datetime = Field(description="When")
    actor: str = Field(description="Who, by the e-mail of the token")
    action: str = Field(description="What was done, such as webhook_closed")
    reason: str = Field(description="Why, in the person's words")


class ClosingIn(Body):
    """Why a person closes a webhook."""

    reason: Words = Field(description="Kept beside what was done, with who did it")


class PayloadOut(Out):
    """A webhook, as far as staff may see it."""

    processor: str = Field(description="Who sent it")
    event_id: str = Field(description="The processor's id of it")
    payload: Any = Field(description="What the processor wrote, without what is personal or secret")
    history: list[ActOut] = Field(description="What people have done about it, oldest first")


class RefusedOut(Out):
    """Requests of one minute that were refused for the same cause."""

    minute: datetime = Field(description="When that minute began")
    processor: str = Field(description="Whose webhooks they were said to be")
    cause: str = Field(description="Why they were refused, as a code")
    requests: int = Field(description="How many they were")
    source: str = Field(description="The shortened address of the last one")
    last_at: datetime = Field(description="When the last one came")


class RefusedListOut(Out):
    """What was refused at the door."""

    data: list[RefusedOut]


@router.post("/api/webhooks/stripe", tags=["vendors"], responses=conditions(SignatureMissing, SignatureInvalid))
async def stripe_webhook(request: Request, deps: Deps) -> ReceivedOut:
    """Verified, stored, answered: processing comes from the store (C-4)."""
    return await _take(request, deps)


@router.post("/api/webhooks/stripe/connect", tags=["vendors"], responses=conditions(SignatureMissing, SignatureInvalid))
async def stripe_connect_webhook(request: Request, deps: Deps) -> ReceivedOut:
    """The same for accounts that are connected to ours, with secrets of its own; nothing of theirs settles an order."""
    return await _take(request, deps, connected=True)


@router.get("/api/admin/webhooks", tags=["admin"], dependencies=[Depends(require(Role.VIEWER)), Depends(known_filters)])
async def list_webhooks(
    deps: Deps,
    type: Annotated[str | None, Query(pattern=_PLAIN)] = None,  # noqa: A002 the filter is named as the field
    since: Moment | None = None,
    state: WebhookState | None = None,
    order: UUID | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Page[WebhookOut]:
    """What came in, newest first."""
    before = read_cursor(cursor) if cursor else None
    rows, following = await page_of(
        lambda most: store.find(
            deps.database, kind=type, since=since, state=state, order_id=order, before=before, limit=most
        ),
        limit=limit,
        cursor=lambda row: write_cursor(row.received_at, row.event_id),
    )
    return Page(data=[WebhookOut.model_validate(row) for row in rows], next_cursor=following)


@router.get("/api/admin/webhooks/refused", tags=["admin"], dependencies=[Depends(require(Role.VIEWER))])
async def list_refused(
    deps: Deps, since: Moment | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> RefusedListOut:
    """Requests that were refused at the door, by cause and minute, the newest first; of the last 30 days."""
    found = await refusal_store.newest(deps.database, since=since or datetime.min.replace(tzinfo=UTC), limit=limit)
    return RefusedListOut(data=[RefusedOut.model_validate(each) for each in found])


@router.get(
    "/api/admin/webhooks/{processor}/{event_id}",
    tags=["admin"],
    dependencies=[Depends(require(Role.VIEWER))],
    responses=conditions(NotFound),
)
async def show_webhook(processor: Name, event_id: Name, deps: Deps) -> PayloadOut:
    """One webhook's payload: what is known to be neither personal nor secret."""
    source, payload = deps.sources.get(processor), await store.payload(deps.database, processor, event_id)
    if source is None or payload is None:
        raise NotFound("There is no such webhook.")
    acts = await audit.of_target(deps.database, audited(processor, event_id))
    return PayloadOut(
        processor=processor,
        event_id=event_id,
        payload=mask_value(source.shown(payload), _DEPTH),
        history=[ActOut.model_validate(act) for act in acts],
    )


@router.post(
    "/api/admin/webhooks/{processor}/{event_id}/close",
    tags=["admin"],
    responses=conditions(NotFound, WebhookFinished),
)
async def close_webhook(processor: Name, event_id: Name, closing: ClosingIn, deps: Deps, actor: Closer) -> PayloadOut:
    """Lets a webhook be that nobody can or needs to handle; who did it and why is kept."""
    async with deps.database.transaction() as tx:
        await service.close(tx, processor, event_id, actor=actor, reason=closing.reason)
    return await show_webhook(processor, event_id, deps)


async def _take(request: Request, deps: WebhookDeps, *, connected: bool = False) -> ReceivedOut:
    payload = await request.body()
    with deps.refused.told(request, deps.own.name):
        webhook = deps.own.accept(payload, request.headers, connected=connected)
    deps.secrets.note(webhook, connected=connected)
    await deps.inbox.add(webhook)
    return ReceivedOut()
