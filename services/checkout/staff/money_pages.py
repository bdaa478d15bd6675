"""`/staff/transactions`, `collections` and `analytics`: for staff and each provider (P-5, P-7, P-8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from chassis.http.guards import require
from chassis.http.scopes import Scope
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from checkout.commission import list_store as collections_store
from checkout.commission import store as commission_store
from checkout.commission.domain import CollectionState
from checkout.processors.domain import PaymentStatus
from checkout.revenue import store as revenue_store
from checkout.revenue.domain import Span
from checkout.staff.money_views import (
    COLLECTED,
    COLLECTIONS,
    PAID,
    TRANSACTIONS,
    address,
    collection_rows,
    state_choices,
    transaction_rows,
)
from checkout.staff.order_desk import Desk
from checkout.staff.own_pages import own_pages
from checkout.staff.revenue_views import ANALYTICS, PERIODS, boards, freshness
from checkout.transactions import list_store as transactions_store
from checkout.transactions.list_store import TransactionFilter
from ui.staff import StaffRoute

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

ROWS: Final = 50
Place = Annotated[int | None, Query(ge=1, le=2**63 - 1)]


@router.get(TRANSACTIONS)
async def transactions(
    viewer: Annotated[Principal, Depends(require(Role.VIEWER, Role.PROVIDER))],
    scope: Scope,
    desk: Desk,
    state: PaymentStatus | None = None,
    before: Place = None,
) -> Response:
    """What providers took at processors of their own, newest first; a provider sees its own."""
    wanted = TransactionFilter(provider=scope, state=state)
    found, following = await page_of(
        lambda most: transactions_store.find(desk.database, wanted, before=before, limit=most),
        limit=ROWS,
        cursor=lambda each: str(each.transaction.transaction_id),
    )
    return desk.page(
        "transactions.html",
        person=viewer.email,
        own_pages=own_pages(scope),
        choices=state_choices(TRANSACTIONS, PAID, state),
        narrowed=state is not None,
        rows=transaction_rows([each.transaction for each in found], now=desk.clock.now(), zone=desk.site.zone),
        older=address(TRANSACTIONS, state=state, before=following) if following else None,
    )


@router.get(COLLECTIONS)
async def collections(
    viewer: Annotated[Principal, Depends(require(Role.VIEWER, Role.PROVIDER))],
    scope: Scope,
    desk: Desk,
    state: CollectionState | None = None,
    before: Place = None,
) -> Response:
    """Commission as it is collected, newest first; a provider sees its own."""
    found, following = await page_of(
        lambda most: collections_store.find(desk.database, provider=scope, state=state, before=before, limit=most),
        limit=ROWS,
        cursor=lambda each: str(each.collection_id),
    )
    return desk.page(
        "collections.html",
        person=viewer.email,
        own_pages=own_pages(scope),
        choices=state_choices(COLLECTIONS, COLLECTED, state),
        narrowed=state is not None,
        all_known=not await commission_store.lost_unread(desk.database),
        rows=collection_rows(found, zone=desk.site.zone),
        older=address(COLLECTIONS, state=state, before=following) if following else None,
    )


@router.get(ANALYTICS)
async def analytics(
    viewer: Annotated[Principal, Depends(require(Role.VIEWER, Role.PROVIDER))],
    scope: Scope,
    desk: Desk,
    days: Annotated[int, Query(ge=1, le=400)] = 30,
) -> Response:
    """Revenue, fees and commission of the last days, with a chart; a provider sees its own."""
    now, zone = desk.clock.now(), desk.site.zone
    today = now.astimezone(zone).date()
    span = Span(since=today - timedelta(days=days - 1), until=today)
    as_of, late = freshness(await revenue_store.as_of(desk.database), now=now, zone=zone)
    return desk.page(
        "analytics.html",
        person=viewer.email,
        own_pages=own_pages(scope),
        days=days,
        periods=PERIODS,
        as_of=as_of,
        late=late,
        boards=boards(await revenue_store.rows_of(desk.database, span, provider=scope), span),
    )
