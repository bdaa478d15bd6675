"""Lists what was sent and what was not, and why, for people who may look (N-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.app import Out, Page, PlainText, known_filters
from chassis.database import Database
from chassis.errors import InvalidRequest
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.paging import page_of
from chassis.tokens import Role
from events import Channel
from notifier.channels.table import masked
from notifier.deliveries import list_store
from notifier.deliveries.domain import Delivery, State

_Limit = Annotated[int, Query(ge=1, le=500)]
_WAITS = frozenset({State.QUEUED, State.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDeps:
    """What the list works with: the notifier's own database."""

    database: Database


Deps = Annotated[DeliveryDeps, provided(DeliveryDeps)]


class DeliveryOut(Out):
    """A delivery as people see it (N-3)."""

    delivery_id: UUID = Field(description="its id; later ones are greater")
    notification_id: UUID = Field(description="what is said; one notification may have several deliveries")
    order_id: UUID | None = Field(description="the order that it is about")
    alert_id: UUID | None = Field(description="the alert that it is about")
    kind: str = Field(description="what is said: sale, confirmation, alert …")
    channel: Channel = Field(description="the way to the recipient")
    provider: str = Field(description="the vendor who takes it")
    recipient: str = Field(description="masked")
    state: State = Field(description="how far it is")
    version: int = Field(description="grows with every change of state")
    attempts: int = Field(description="how often it was handed to the vendor")
    next_attempt_at: datetime | None = Field(description="when it is tried, or asked about, next")
    expires_at: datetime | None = Field(description="until when it is worth sending; null for ever")
    waits_for: str | None = Field(description="what must happen before it is sent")
    provider_id: str | None = Field(description="what the vendor calls it")
    segments: int | None = Field(description="of how many SMS it consists")
    cost: Decimal | None = Field(description="what the vendor takes, in major units of costCurrency")
    cost_currency: str | None = Field(description="ISO code")
    response_ms: int | None = Field(description="how long the vendor took to respond")
    error_code: str | None = Field(description="the vendor's own code, or ours")
    reason: str | None = Field(description="a sentence or a word for why it is where it is")
    possible_duplicates: int = Field(description="how often it was sent again without knowing whether it had arrived")
    created_at: datetime = Field(description="when it was queued")
    sent_at: datetime | None = Field(description="when the vendor took it")
    settled_at: datetime | None = Field(description="when it had ended")

    @classmethod
    def of(cls, delivery: Delivery) -> DeliveryOut:
        told = {name: getattr(delivery, name) for name in cls.model_fields if hasattr(delivery, name)}
        shown = {
            "delivery_id": delivery.id,
            "recipient": masked(delivery.channel, delivery.recipient),
            "next_attempt_at": delivery.next_attempt_at if delivery.state in _WAITS else None,
        }
        return cls.model_validate({**told, **shown})


router = APIRouter(tags=["notifications"])


@router.get(
    "/api/notifications",
    dependencies=[Depends(require(Role.VIEWER)), Depends(known_filters)],
    summary="Messages, the newest first",
)
async def notifications(
    deps: Deps,
    channel: Channel | None = None,
    state: State | None = None,
    kind: PlainText | None = None,
    order_id: Annotated[UUID | None, Query(alias="orderId")] = None,
    alert_id: Annotated[UUID | None, Query(alias="alertId")] = None,
    cursor: str | None = None,
    limit: _Limit = 50,
) -> Page[DeliveryOut]:
    filters = list_store.Filters(channel=channel, state=state, kind=kind, order_id=order_id, alert_id=alert_id)
    before = _parsed(cursor)
    found, following = await page_of(
        lambda most: list_store.page(deps.database, filters, before=before, limit=most),
        limit=limit,
        cursor=lambda each: str(each.id),
    )
    return Page[DeliveryOut](data=[DeliveryOut.of(each) for each in found], next_cursor=following)


def _parsed(cursor: str | None) -> UUID | None:
    try:
        return UUID(cursor) if cursor else None
    except ValueError:
        raise InvalidRequest(fields={"cursor": "Take the nextCursor of the page before."}) from None
