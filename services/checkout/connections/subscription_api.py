"""`POST …/connections/{id}/webhook`: its processor is told where to send webhooks, and tries it out (P-2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from chassis.app import conditions
from chassis.audit import Actor
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.exact import SnakeBody, SnakeOut
from chassis.http.scopes import Scope
from chassis.tokens import Role
from checkout.connections.domain import ConnectionAction
from checkout.connections.errors import ConnectionNotReadable, UnknownConnection
from checkout.connections.models import ConnectionNumber
from checkout.connections.subscribing import Subscribing

router = APIRouter(prefix="/api/v1/external-payments/connections", tags=["payments"])


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionDeps:
    """What the route works with: the use cases."""

    subscribing: Subscribing


class WebhookCheckIn(SnakeBody):
    """What is to be done."""

    repair: bool = Field(True, description="whether the subscription is made or repaired first; false: only tried out")


class WebhookCheckOut(SnakeOut):
    """Whether a connection's webhooks reach us."""

    connection: int
    processor: str
    webhook_url: str | None = Field(description="where its processor sends them")
    registered: bool = Field(description="whether its processor was told so")
    verified: bool | None = Field(description="whether a test event has come in; null: its processor sends none")
    problem: str | None = Field(description="what went wrong, as a sentence")


@router.post("/{connection_id}/webhook", responses=conditions(UnknownConnection, ConnectionNotReadable))
async def check_connection_webhook(
    connection_id: ConnectionNumber,
    body: WebhookCheckIn,
    deps: Annotated[SubscriptionDeps, provided(SubscriptionDeps)],
    actor: Annotated[
        Actor, deed(ConnectionAction.WEBHOOK_CHECKED, Role.OPERATOR, Role.PROVIDER, target="connection:{connection_id}")
    ],
    scope: Scope,
) -> WebhookCheckOut:
    """Makes or repairs the subscription at the processor, keeps its secret, and waits for a test event to come in."""
    found = await deps.subscribing.check(connection_id, repair=body.repair, scope=scope, actor=actor)
    return WebhookCheckOut(
        connection=connection_id,
        processor=found.connection.processor,
        webhook_url=found.connection.webhook_url,
        registered=found.registered,
        verified=found.verified,
        problem=found.problem,
    )
