"""`/api/admin/checkin`: tickets that are shown at doors, who is in, and what a door takes along (I-11).

Operators let people in, viewers look. A ticket that lets nobody in is an answer, not an error: the door is told why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from chassis.app import (
    Page,
    PlainText,
    conditions,
    json_response,
    known_filters,
)
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.ids import parse_short_number, uuid7
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from inventory.doors import log_store, store
from inventory.doors.domain import Asked, DoorAction, DoorFilters, Gate, Happening, Outcome
from inventory.doors.errors import NotInside, UnknownDoorCity, UnknownTicket
from inventory.doors.listing import DoorList, ListSigner
from inventory.doors.schemas import (
    CheckinIn,
    CheckinOut,
    CheckinsOut,
    DoorCountsOut,
    HappenedOut,
    InsideOut,
    ShownIn,
    SignedListOut,
    TicketOut,
    UndoIn,
    UndoneOut,
    UseOut,
    inside_cursor,
    read_inside_cursor,
)
from inventory.doors.service import Doors, key_of

router = APIRouter(tags=["doors"])

_PATH: Final = "/api/admin/checkin"
_NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "What If-None-Match names holds still."}}


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorDeps:
    """What these routes work with.

    database: inventory's
    doors: the use cases
    signer: signs the lists that doors take along
    clock: the time that counts where a door has a network
    """

    database: Database
    doors: Doors
    signer: ListSigner
    clock: Clock


Deps = Annotated[DoorDeps, provided(DoorDeps)]
Viewer = Annotated[Principal, Depends(require(Role.VIEWER))]
Doorkeeper = Annotated[Actor, deed(DoorAction.CHECKED_IN, Role.OPERATOR)]
Undoer = Annotated[Actor, deed(DoorAction.UNDONE, Role.OPERATOR)]
Filter = Annotated[PlainText | None, Query()]
Seat = Annotated[int, Path(ge=1, le=65_535)]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.post(_PATH, summary="Let somebody in, or tell whom a door without a network has let in")
async def check_in(asked: CheckinIn, actor: Doorkeeper, deps: Deps) -> CheckinOut | CheckinsOut:
    now = deps.clock.now()
    gate = Gate(door=asked.door, city_id=asked.city_id, offline=asked.codes is not None)
    async with deps.database.transaction() as tx:
        verdicts = await deps.doors.check_in(tx, _shown(asked, now), gate, actor=actor)
    results = [CheckinOut.of(verdict) for verdict in verdicts]
    if asked.codes is None:
        return results[0]
    return CheckinsOut(
        results=results,
        admitted=sum(each.result is Outcome.ADMITTED for each in results),
        conflicts=sum(each.conflict for each in results),
    )


@router.post(f"{_PATH}/undo", summary="Undo a check-in", responses=conditions(UnknownTicket, NotInside))
async def undo(asked: UndoIn, actor: Undoer, deps: Deps) -> UndoneOut:
    async with deps.database.transaction() as tx:
        ticket = await deps.doors.undo(tx, _one(asked, deps.clock.now()), reason=asked.reason, actor=actor)
    return UndoneOut.of(ticket)


@router.get(_PATH, summary="Who is in, the newest first", dependencies=[Depends(known_filters)])
async def inside(
    _viewer: Viewer,
    deps: Deps,
    city_id: Annotated[PlainText | None, Query(alias="cityId")] = None,
    tier: Filter = None,
    door: Filter = None,
    cursor: str | None = None,
    limit: Limit = 50,
) -> Page[InsideOut]:
    filters = DoorFilters(city_id=city_id, tier=tier, door=door)
    before = read_inside_cursor(cursor) if cursor else None
    rows, following = await page_of(
        lambda most: store.inside(deps.database, filters, before=before, limit=most),
        limit=limit,
        cursor=inside_cursor,
    )
    return Page(data=[InsideOut.of(row) for row in rows], next_cursor=following)


@router.get(f"{_PATH}/log", summary="What happened at doors, the newest first", dependencies=[Depends(known_filters)])
async def log(
    _viewer: Viewer,
    deps: Deps,
    city_id: Annotated[PlainText | None, Query(alias="cityId")] = None,
    tier: Filter = None,
    door: Filter = None,
    what: Happening | None = None,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
    limit: Limit = 50,
) -> Page[HappenedOut]:
    filters = DoorFilters(city_id=city_id, tier=tier, door=door, what=what)
    rows, following = await page_of(
        lambda most: log_store.log(deps.database, filters, before=int(cursor) if cursor else None, limit=most),
        limit=limit,
        cursor=lambda row: str(row.id),
    )
    return Page(data=[HappenedOut.of(row) for row in rows], next_cursor=following)


@router.get(f"{_PATH}/cities/{{city_id}}", summary="How full a city is", responses=conditions(UnknownDoorCity))
async def counts(city_id: PlainText, _viewer: Viewer, deps: Deps) -> DoorCountsOut:
    await _require_city(deps, city_id)
    found = await store.counts(deps.database, city_id)
    return DoorCountsOut(
        city_id=city_id,
        tickets=found.tickets,
        inside=found.inside,
        doors=found.doors,
        conflicts=found.conflicts,
    )


@router.get(
    f"{_PATH}/cities/{{city_id}}/list",
    summary="What a door takes along for when it has no network",
    response_model=SignedListOut,
    responses={**_NOT_MODIFIED, **conditions(UnknownDoorCity)},
)
async def door_list(
    city_id: PlainText, _viewer: Viewer, deps: Deps, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    await _require_city(deps, city_id)
    async with deps.database.snapshot() as tx:
        found = DoorList(
            city_id=city_id,
            tickets=sum((await store.counts(tx, city_id)).tickets.values()),
            void=await store.void_codes(tx, city_id),
            used=await store.used_codes(tx, city_id),
        )
    signed = deps.signer.sign(found, made_at=deps.clock.now())
    etag = f'"{signed.version}-{signed.key_id}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if etag in {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}:
        return Response(status_code=304, headers=headers)
    return json_response(SignedListOut.model_validate(signed).model_dump(by_alias=True), headers=headers)


@router.get(
    f"{_PATH}/tickets/{{order}}/{{seat}}",
    summary="A ticket, by the id or the short number of its order",
    responses=conditions(UnknownTicket),
)
async def ticket(order: PlainText, seat: Seat, _viewer: Viewer, deps: Deps) -> TicketOut:
    async with deps.database.snapshot() as tx:
        key = key_of(order, seat)
        if key is None:
            shown = Asked(order_number=_number(order), seat=seat, scan="-", scanned_at=deps.clock.now())
            key = (await deps.doors.find(tx, shown)).key
        found = await store.tickets_of(tx, [key])
        if not found:
            raise UnknownTicket
        admission = await store.admission_of(tx, key)
        history = await log_store.history_of(tx, key)
    (one,) = found
    return TicketOut(
        order_id=one.order_id,
        order_number=one.order_number,
        seat=one.seat,
        seats=one.seats,
        city_id=one.city_id,
        tier=one.tier,
        valid=one.void is None,
        void=one.void,
        inside=admission is not None and admission.inside,
        used=UseOut.of(admission if admission and admission.inside else None),
        history=[HappenedOut.of(row) for row in history],
    )


def _shown(asked: CheckinIn, now: datetime) -> list[Asked]:
    """The scans; one without an id of its own is told from others by code, door and time."""
    if asked.codes is None:
        return [_one(asked, now, scan=asked.scan_id)]
    return [
        Asked(
            code=each.code,
            scan=each.scan_id or f"{asked.door}@{each.scanned_at.isoformat()}",
            # A door's clock may be ahead; nobody came in later than now.
            scanned_at=min(each.scanned_at, now),
        )
        for each in asked.codes
    ]


def _one(asked: ShownIn, now: datetime, *, scan: str | None = None) -> Asked:
    return Asked(
        code=asked.code,
        order_number=_number(asked.order_number) if asked.order_number else None,
        seat=asked.seat,
        scan=scan or str(uuid7()),
        scanned_at=now,
    )


def _number(typed: str) -> str:
    """As it is stored; what can't be one stays as it is, and is not found."""
    return parse_short_number(typed) or typed


async def _require_city(deps: DoorDeps, city_id: str) -> None:
    if city_id not in {city.city_id for city in await store.cities(deps.database)}:
        raise UnknownDoorCity
