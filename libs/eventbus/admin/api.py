"""Defines the admin routes. The gateway routes `/api/admin/{service}/…` to that service."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from chassis.audit import Actor
from chassis.audit.api import audit_router
from chassis.database import Database
from chassis.http.deeds import deed
from chassis.http.guards import require
from chassis.inspection.api import inspection_router
from chassis.tokens import Principal, Role
from chassis.tokens.conditions import RoleMissing
from eventbus.admin.desk import ArchiveDesk, LetterDesk, SubscriptionDesk
from eventbus.admin.job_routes import job_router
from eventbus.admin.models import (
    Because,
    DropSelection,
    FullLetterView,
    LetterId,
    LetterListQuery,
    LetterPage,
    LetterSelection,
    Moved,
    Range,
    ReadAgain,
    RefusedList,
    RefusedSelection,
    RefusedSettled,
    Republished,
    Settled,
    Skip,
    SubscriptionList,
)
from eventbus.admin.refused import RefusedDesk
from eventbus.bus import Bus
from eventbus.operation.actions import ARCHIVE, REFUSED_EVENTS, Action

Viewer = Annotated[Principal, Depends(require(Role.VIEWER))]
Group = Annotated[str, Path(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Id = Annotated[LetterId, Path(alias="letterId")]
_LETTER: Final = "letter:{letterId}"
_GROUP: Final = "group:{group}"


def _bus(request: Request) -> Bus:
    bus: Bus = request.app.state.bus
    return bus


def _database(request: Request) -> Database:
    return _bus(request).database


def _letters(request: Request) -> LetterDesk:
    return LetterDesk(_database(request))


def _subscriptions(request: Request) -> SubscriptionDesk:
    return SubscriptionDesk(_database(request))


def _archive(request: Request) -> ArchiveDesk:
    return ArchiveDesk(_database(request), _bus(request).outbox)


def _refused(request: Request) -> RefusedDesk:
    return RefusedDesk(_database(request))


Letters = Annotated[LetterDesk, Depends(_letters)]
Subscriptions = Annotated[SubscriptionDesk, Depends(_subscriptions)]
Archive = Annotated[ArchiveDesk, Depends(_archive)]
Aside = Annotated[RefusedDesk, Depends(_refused)]


def admin_router(service: str) -> APIRouter:
    """Builds the admin routes of `service`; its app must hold the `Bus` in `app.state.bus` before the first request."""
    router, root = APIRouter(dependencies=[Depends(_not_kept)]), f"/api/admin/{service}"
    # Each has its whole prefix itself: logs, figures and security events name a route by its own path.
    router.include_router(job_router(service))
    for routes in (_letter_routes, _subscription_routes, _refused_routes, audit_router, inspection_router):
        router.include_router(routes(root))
    return router


async def _not_kept(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


def _letter_routes(root: str) -> APIRouter:
    router = APIRouter(prefix=f"{root}/dlq", tags=["dead letters"])

    @router.get("", summary="Dead letters, the newest first (X-3)")
    async def list_letters(query: Annotated[LetterListQuery, Query()], desk: Letters, _viewer: Viewer) -> LetterPage:
        return await desk.page(query)

    @router.get("/{letterId}", summary="One dead letter with its record and its history")
    async def get_letter(
        letter_id: Id,
        desk: Letters,
        viewer: Viewer,
        raw: Annotated[bool, Query(description="every byte as it is, unmasked; admins only")] = False,
    ) -> FullLetterView:
        if raw and not viewer.role.allows(Role.ADMIN):
            raise RoleMissing("Only an admin sees personal and secret fields.")
        return await desk.one(letter_id, raw=raw)

    @router.post("/redrive", summary="Hand many back to their groups, a page a call")
    async def redrive_many(
        selection: LetterSelection, desk: Letters, actor: Annotated[Actor, deed(Action.REDRIVEN, Role.OPERATOR)]
    ) -> Settled:
        return await desk.redrive_many(selection, actor=actor)

    @router.post("/drop", summary="Let many be, a page a call")
    async def drop_many(
        selection: DropSelection, desk: Letters, actor: Annotated[Actor, deed(Action.DROPPED, Role.OPERATOR)]
    ) -> Settled:
        return await desk.drop_many(selection, actor=actor)

    @router.post("/{letterId}/redrive", summary="Hand a dead or dropped letter back to its group")
    async def redrive(
        letter_id: Id, desk: Letters, actor: Annotated[Actor, deed(Action.REDRIVEN, Role.OPERATOR, target=_LETTER)]
    ) -> FullLetterView:
        """The group's worker applies it within a second, exactly once, or gives it up again."""
        return await desk.redrive(letter_id, actor=actor)

    @router.post("/{letterId}/drop", summary="Let a dead letter be")
    async def drop(
        letter_id: Id,
        why: Annotated[Because, Body()],
        desk: Letters,
        actor: Annotated[Actor, deed(Action.DROPPED, Role.OPERATOR, target=_LETTER)],
    ) -> FullLetterView:
        return await desk.drop(letter_id, actor=actor, because=why.because)

    return router


def _subscription_routes(root: str) -> APIRouter:
    router = APIRouter(prefix=root, tags=["subscriptions"])

    @router.get("/subscriptions", summary="Every consumer group: where it stands, and what stops it")
    async def subscriptions(desk: Subscriptions, _viewer: Viewer) -> SubscriptionList:
        return await desk.all()

    @router.post("/subscriptions/{group}/start", summary="Start a subscription that stopped itself")
    async def start(
        group: Group,
        why: Annotated[Because, Body()],
        desk: Subscriptions,
        actor: Annotated[Actor, deed(Action.STARTED, Role.OPERATOR, target=_GROUP)],
    ) -> Moved:
        return await desk.start(group, actor=actor, because=why.because)

    @router.post("/subscriptions/{group}/skip", summary="Pass over a batch that the client library can't read")
    async def skip(
        group: Group,
        wish: Skip,
        desk: Subscriptions,
        actor: Annotated[Actor, deed(Action.SKIPPED, Role.OPERATOR, target=_GROUP)],
    ) -> Moved:
        return await desk.skip(group, wish, actor=actor)

    @router.post("/subscriptions/{group}/read-again", summary="Begin again at a topic's beginning")
    async def read_again(
        group: Group,
        wish: ReadAgain,
        desk: Subscriptions,
        actor: Annotated[Actor, deed(Action.READ_AGAIN, Role.OPERATOR, target=_GROUP)],
    ) -> Moved:
        return await desk.read_again(group, wish.topic, actor=actor, because=wish.because)

    @router.post("/republish", summary="Send archived events again, a page a call")
    async def republish(
        wish: Range, desk: Archive, actor: Annotated[Actor, deed(Action.REPUBLISHED, Role.OPERATOR, target=ARCHIVE)]
    ) -> Republished:
        """They keep their ids, so that whoever had them drops them."""
        return await desk.republish(wish, actor=actor)

    return router


def _refused_routes(root: str) -> APIRouter:
    router = APIRouter(prefix=f"{root}/refused", tags=["refused events"])

    @router.get("", summary="Events that Kafka refused, by topic and cause")
    async def refused(desk: Aside, _viewer: Viewer) -> RefusedList:
        return await desk.all()

    @router.post("/send", summary="Send refused events again")
    async def send(
        wish: RefusedSelection,
        desk: Aside,
        actor: Annotated[Actor, deed(Action.REFUSED_SENT_AGAIN, Role.OPERATOR, target=REFUSED_EVENTS)],
    ) -> RefusedSettled:
        """In their order. What Kafka still refuses comes to lie aside again."""
        return await desk.send_again(wish.topic, actor=actor, because=wish.because)

    @router.post("/drop", summary="Give refused events up for good")
    async def drop(
        wish: RefusedSelection,
        desk: Aside,
        actor: Annotated[Actor, deed(Action.REFUSED_DROPPED, Role.OPERATOR, target=REFUSED_EVENTS)],
    ) -> RefusedSettled:
        return await desk.drop(wish.topic, actor=actor, because=wish.because)

    return router
