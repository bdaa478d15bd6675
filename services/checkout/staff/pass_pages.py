"""`/staff/passes`: who has a pass, and taking an entry off it at the door, on a phone (C-9, W-2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse, Response
from pydantic import Field

from chassis import formats
from chassis.app import Body, PlainText, Words, read_place, write_cursor
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from checkout.passes import store
from checkout.passes.domain import PassAction
from checkout.passes.errors import UnknownPass
from checkout.passes.service import PassService
from checkout.staff.pass_views import HOME, filters_of, pass_of, pass_row, use_rows
from ui.staff import StaffRoute, StaffSite

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

ROWS: Final = 50
_SEE_OTHER: Final = 303


@dataclass(frozen=True, slots=True, kw_only=True)
class PassDeskDeps:
    """What the pages work with.

    site: templates and the business's clock
    database: checkout's own
    passes: the use cases
    clock: the time
    """

    site: StaffSite
    database: Database
    passes: PassService
    clock: Clock

    def page(self, template: str, *, person: str, **context: object) -> Response:
        """A page with what all of them say: whose it is, and of when."""
        at = formats.zoned_time(self.clock.now(), self.site.zone.key)
        return self.site.page(template, status=200, person=person, at=at, **context)


Deps = Annotated[PassDeskDeps, provided(PassDeskDeps)]


class UseForm(Body):
    """An entry that is used. `key`: the page's own, so that whoever presses twice uses one."""

    place: PlainText = ""
    key: str = Field(min_length=1, max_length=100)


class UndoForm(Body):
    """A use that was a mistake, and why."""

    use_id: str = Field(min_length=1, max_length=100)
    reason: Words


@router.get(HOME)
async def passes(
    viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
    deps: Deps,
    text: PlainText = "",
    cursor: str | None = None,
) -> Response:
    """The passes of an address or an order, the newest first; a code leads to its pass at once."""
    wanted = text.strip()
    if (named := pass_of(wanted)) is not None:
        return RedirectResponse(f"{HOME}/{named}", status_code=_SEE_OTHER)
    before = read_place(cursor) if cursor else None
    found, following = await page_of(
        lambda most: store.find(deps.database, filters_of(wanted), before=before, limit=most),
        limit=ROWS,
        cursor=lambda held: write_cursor(held.valid_from, held.pass_id),
    )
    now, personal = deps.clock.now(), viewer.role.allows(Role.ADMIN)
    return deps.page(
        "passes.html",
        person=viewer.email,
        text=wanted,
        rows=[pass_row(held, now=now, zone=deps.site.zone, personal=personal) for held in found],
        older=f"{HOME}?cursor={following}" if following and not wanted else None,
    )


@router.get(f"{HOME}/{{pass_id}}")
async def one_pass(
    pass_id: UUID,
    viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
    deps: Deps,
    done: int | None = None,
    undone: int | None = None,
) -> Response:
    """How a pass stands, the button that takes an entry off it, and each that was used, with the way to undo it.

    done: which entry somebody has just used
    undone: which one somebody has just undone
    """
    async with deps.database.snapshot() as tx:
        held = await store.get(tx, pass_id)
        uses = await store.uses(tx, [pass_id])
    if held is None:
        raise UnknownPass
    now, zone = deps.clock.now(), deps.site.zone
    return deps.page(
        "pass.html",
        person=viewer.email,
        held=pass_row(held, now=now, zone=zone, personal=viewer.role.allows(Role.ADMIN)),
        may=viewer.role.allows(Role.OPERATOR),
        uses=use_rows(uses[pass_id], now=now, zone=zone),
        done=done,
        undone=undone,
        key=str(uuid4()),
    )


@router.post(f"{HOME}/{{pass_id}}/use")
async def use(
    pass_id: UUID,
    actor: Annotated[Actor, deed(PassAction.USED, Role.OPERATOR, target="pass:{pass_id}")],
    form: Annotated[UseForm, Form()],
    deps: Deps,
) -> Response:
    """One entry, once for the form's key; what stands in the way is said on a page."""
    async with deps.database.transaction() as tx:
        _, used = await deps.passes.use(tx, pass_id, use_id=form.key, place=form.place, code=None, actor=actor)
    return RedirectResponse(f"{HOME}/{pass_id}?done={used.number}", status_code=_SEE_OTHER)


@router.post(f"{HOME}/{{pass_id}}/undo")
async def undo(
    pass_id: UUID,
    actor: Annotated[Actor, deed(PassAction.UNDONE, Role.OPERATOR, target="pass:{pass_id}")],
    form: Annotated[UndoForm, Form()],
    deps: Deps,
) -> Response:
    """The entry is left again, once however often somebody presses."""
    async with deps.database.transaction() as tx:
        _, use = await deps.passes.undo(tx, pass_id, use_id=form.use_id, reason=form.reason, actor=actor)
    return RedirectResponse(f"{HOME}/{pass_id}?undone={use.number}", status_code=_SEE_OTHER)
