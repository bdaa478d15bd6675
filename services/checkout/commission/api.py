"""`/api/v1/platform-collections`: the commission that the platform gets of providers' own payments (P-7, P-8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query

from chassis.app import Moment, conditions, known_filters, no_cursor
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.exact import ExactRoute
from chassis.http.guards import require
from chassis.http.scopes import Scope
from chassis.paging import page_of
from chassis.tokens import Role
from checkout.commission import back_store, list_store, store
from checkout.commission.collecting import Collecting
from checkout.commission.domain import CollectionAction, CollectionState
from checkout.commission.errors import CollectionCompleted, CollectionsNotKnown, UnknownCollection
from checkout.commission.models import (
    CollectIn,
    CollectionDetailOut,
    CollectionOut,
    CollectionsOut,
    MadeOut,
    RateOut,
    RatesOut,
    SummaryOut,
    VerificationOut,
)
from checkout.commission.service import Collections, visible
from checkout.commission.workers import Collector
from checkout.providers.domain import MOST_ID

router = APIRouter(prefix="/api/v1/platform-collections", tags=["payments"], route_class=ExactRoute)
_MOST_NUMBER: Final = 2**63 - 1
_TARGET: Final = "collection:{collection_id}"
_LOOKING: Final = (Depends(require(Role.VIEWER, Role.PROVIDER)),)
_MONTH: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionDeps:
    """What the routes work with.

    collections: the use cases
    collecting: makes those that are due
    collector: takes them
    """

    database: Database
    collections: Collections
    collecting: Collecting
    collector: Collector
    clock: Clock


Deps = Annotated[CollectionDeps, provided(CollectionDeps)]
CollectionNumber = Annotated[int, Path(ge=1, le=_MOST_NUMBER, description="the collection's number")]
ProviderFilter = Annotated[int | None, Query(ge=1, le=MOST_ID, description="whose; a provider sees its own only")]


@router.get("", dependencies=[*_LOOKING, Depends(known_filters)])
async def list_collections(
    deps: Deps,
    scope: Scope,
    provider: ProviderFilter = None,
    status: CollectionState | None = None,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> CollectionsOut:
    """Collections, the newest first; a provider sees its own."""
    before = _number(cursor) if cursor else None
    found, following = await page_of(
        lambda most: list_store.find(
            deps.database, provider=scope or provider, state=status, before=before, limit=most
        ),
        limit=limit,
        cursor=lambda each: str(each.collection_id),
    )
    all_known = not await store.lost_unread(deps.database)
    return CollectionsOut(data=[CollectionOut.of(each) for each in found], all_known=all_known, next_cursor=following)


@router.get("/summary", dependencies=[*_LOOKING, Depends(known_filters)])
async def summary(deps: Deps, scope: Scope, provider: ProviderFilter = None) -> SummaryOut:
    """What is due, under way, taken and refused, in each currency; a provider sees its own."""
    now, whose = deps.clock.now(), scope or provider
    owed = await store.due(deps.database, until=now, provider=whose)
    states = await list_store.by_state(deps.database, provider=whose)
    return SummaryOut.of(now, whose, [(currency, summed, more) for _, currency, summed, more in owed], states)


@router.get("/rates", dependencies=[*_LOOKING, Depends(known_filters)])
async def rates(
    deps: Deps,
    scope: Scope,
    provider: ProviderFilter = None,
    since: Annotated[Moment | None, Query(description="30 days before `until` by default")] = None,
    until: Annotated[Moment | None, Query(description="now by default")] = None,
) -> RatesOut:
    """What each commission rate has brought in a period; a provider sees its own."""
    end = until or deps.clock.now()
    begin, whose = since or end - _MONTH, scope or provider
    found = await list_store.by_rate(deps.database, since=begin, until=end, provider=whose)
    return RatesOut(provider=whose, since=begin, until=end, data=[RateOut.of(each) for each in found])


@router.get("/{collection_id}", dependencies=list(_LOOKING), responses=conditions(UnknownCollection))
async def show_collection(collection_id: CollectionNumber, deps: Deps, scope: Scope) -> CollectionDetailOut:
    """One collection, with the ids of its external transactions."""
    found = visible(await store.get(deps.database, collection_id), scope)
    transactions = await list_store.transaction_ids(deps.database, collection_id)
    backs = await back_store.of_collection(deps.database, collection_id)
    return CollectionDetailOut.of_one(found, transactions, backs)


@router.post("", responses=conditions(CollectionsNotKnown))
async def collect(
    body: CollectIn, deps: Deps, actor: Annotated[Actor, deed(CollectionAction.MADE, Role.ADMIN)]
) -> MadeOut:
    """Collects what is due now; what can't be charged, as a credit can't, stays for the next time."""
    return MadeOut.of(await deps.collecting.asked(provider=body.provider, actor=actor))


@router.post("/{collection_id}/verify", responses=conditions(UnknownCollection))
async def verify_collection(
    collection_id: CollectionNumber,
    deps: Deps,
    actor: Annotated[Actor, deed(CollectionAction.VERIFIED, Role.OPERATOR, Role.PROVIDER, target=_TARGET)],
    scope: Scope,
) -> VerificationOut:
    """Looks whether its transactions are all there, and sums it up again. Nothing of it is changed."""
    async with deps.database.transaction() as tx:
        verified = await deps.collections.verify(tx, collection_id, scope=scope, actor=actor)
    return VerificationOut.of(visible(await store.get(deps.database, collection_id), scope), verified)


@router.post("/{collection_id}/retry", responses=conditions(UnknownCollection, CollectionCompleted))
async def retry_collection(
    collection_id: CollectionNumber,
    deps: Deps,
    actor: Annotated[Actor, deed(CollectionAction.RETRIED, Role.OPERATOR, target=_TARGET)],
) -> CollectionOut:
    """Tries one again that failed or was not started; of one under way its processor is asked now."""
    async with deps.database.transaction() as tx:
        retried = await deps.collections.retry(tx, collection_id, actor=actor)
    deps.collector.due.wake()
    return CollectionOut.of(retried)


@router.post("/{collection_id}/recalculate", responses=conditions(UnknownCollection))
async def recalculate_collection(
    collection_id: CollectionNumber,
    deps: Deps,
    actor: Annotated[Actor, deed(CollectionAction.RECALCULATED, Role.ADMIN, target=_TARGET)],
) -> CollectionOut:
    """Corrects its amount while it is pending; later, the next collection takes the difference."""
    async with deps.database.transaction() as tx:
        after = await deps.collections.recalculate(tx, collection_id, actor=actor)
    return CollectionOut.of(after)


def _number(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdigit() or int(cursor) > _MOST_NUMBER:
        raise no_cursor()
    return int(cursor)
