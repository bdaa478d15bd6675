"""`/api/passes`: a customer's own by link, and the doors' and staff's way to passes (C-9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from chassis.app import Page, PlainText, conditions, known_filters, read_place, write_cursor
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.http.repeats import IdempotencyKey
from chassis.ids import uuid7
from chassis.paging import page_of
from chassis.pass_codes import PassCodeInvalid
from chassis.tokens import Principal, Role
from checkout.passes import store
from checkout.passes.domain import Pass, PassAction
from checkout.passes.errors import PassEnded, PassExpired, PassFrozen, PassUsedUp, UnknownPass, UnknownUse
from checkout.passes.schemas import PassDetailOut, PassesOut, PassOut, UndoIn, UndoneOut, UsedOut, UseIn
from checkout.passes.service import PassService
from checkout.passes.store import PassFilters
from checkout.passes.tokens import PassLinks
from events import PassState


def _no_store(response: Response) -> None:
    """No cache keeps what lets somebody in."""
    response.headers["Cache-Control"] = "no-store"


router = APIRouter(tags=["passes"], dependencies=[Depends(_no_store)])

_REFUSALS: Final = (UnknownPass, PassCodeInvalid, PassEnded, PassFrozen, PassExpired, PassUsedUp)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassDeps:
    """What these routes work with.

    database: checkout's
    passes: the use cases
    links: tells whose link it is
    clock: what validity is measured by
    """

    database: Database
    passes: PassService
    links: PassLinks
    clock: Clock


Deps = Annotated[PassDeps, provided(PassDeps)]
Viewer = Annotated[Principal, Depends(require(Role.VIEWER))]


@router.get("/api/passes", responses=conditions(UnknownPass))
async def own_passes(deps: Deps, token: str = "") -> PassesOut:
    """All passes of a customer, for whoever has the link from an e-mail (C-9)."""
    holder_id = deps.links.holder(token)
    if holder_id is None:
        raise UnknownPass
    async with deps.database.snapshot() as tx:
        held = await store.of_holder(tx, holder_id)
        uses = await store.uses(tx, [each.pass_id for each in held])
    now = deps.clock.now()
    shown = [(_out(each, now, full=True), uses[each.pass_id]) for each in held]
    return PassesOut(data=[PassDetailOut.with_uses(*each) for each in shown])


@router.post("/api/passes/{pass_id}/use", responses=conditions(*_REFUSALS))
async def use_pass(
    pass_id: UUID,
    body: UseIn,
    actor: Annotated[Actor, deed(PassAction.USED, Role.OPERATOR, target="pass:{pass_id}")],
    deps: Deps,
    idempotency_key: IdempotencyKey = None,
) -> UsedOut:
    """Uses one entry. The same `useId` (or `Idempotency-Key`) again uses no other one, and gets the same answer."""
    use_id = body.use_id or idempotency_key or str(uuid7())
    async with deps.database.transaction() as tx:
        held, use = await deps.passes.use(tx, pass_id, use_id=use_id, place=body.place, code=body.code, actor=actor)
    return UsedOut(
        pass_id=held.pass_id,
        name=held.name,
        number=use.number,
        entries=held.entries,
        entries_left=held.entries_left,
        valid_until=held.valid_until,
        used_at=use.used_at,
        version=held.version,
    )


@router.post("/api/passes/{pass_id}/undo", responses=conditions(UnknownPass, UnknownUse))
async def undo_use(
    pass_id: UUID,
    body: UndoIn,
    actor: Annotated[Actor, deed(PassAction.UNDONE, Role.OPERATOR, target="pass:{pass_id}")],
    deps: Deps,
) -> UndoneOut:
    """Takes a use back that was a mistake: its entry is left again. The same use once more changes nothing."""
    async with deps.database.transaction() as tx:
        held, use = await deps.passes.undo(tx, pass_id, use_id=body.use_id, reason=body.reason, actor=actor)
    return UndoneOut(
        pass_id=held.pass_id,
        name=held.name,
        number=use.number,
        entries=held.entries,
        entries_left=held.entries_left,
        version=held.version,
    )


@router.get("/api/admin/passes", dependencies=[Depends(known_filters)])
async def list_passes(
    principal: Viewer,
    deps: Deps,
    email: Annotated[PlainText | None, Query()] = None,
    item_id: Annotated[PlainText | None, Query(alias="itemId")] = None,
    state: PassState | None = None,
    order_id: Annotated[UUID | None, Query(alias="orderId")] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Page[PassOut]:
    """Passes, the newest first; addresses and codes only for admins."""
    wanted = PassFilters(email=email, item_id=item_id, state=state, order_id=order_id)
    before = read_place(cursor) if cursor else None
    rows, following = await page_of(
        lambda most: store.find(deps.database, wanted, before=before, limit=most),
        limit=limit,
        cursor=lambda held: write_cursor(held.valid_from, held.pass_id),
    )
    full, now = principal.role.allows(Role.ADMIN), deps.clock.now()
    return Page(data=[_out(each, now, full=full) for each in rows], next_cursor=following)


@router.get("/api/admin/passes/{pass_id}", responses=conditions(UnknownPass))
async def get_pass(pass_id: UUID, principal: Viewer, deps: Deps) -> PassDetailOut:
    """One pass, with every use."""
    async with deps.database.snapshot() as tx:
        held = await store.get(tx, pass_id)
        uses = await store.uses(tx, [pass_id])
    if held is None:
        raise UnknownPass
    shown = _out(held, deps.clock.now(), full=principal.role.allows(Role.ADMIN))
    return PassDetailOut.with_uses(shown, uses[pass_id])


def _out(held: Pass, now: datetime, *, full: bool) -> PassOut:
    return PassOut.of(held, usable=held.usable(now), codes=full, personal=full)
