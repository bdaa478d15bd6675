"""`/passes`: a customer's passes, for whoever has the link from an e-mail (C-9, W-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from chassis.clock import Clock
from chassis.cookies import read_cookie, set_cookie
from chassis.database import Database
from chassis.http.deps import provided
from checkout.customers.checking import CustomerChecks
from checkout.passes import store
from checkout.passes.domain import Pass, Use
from checkout.passes.tokens import PassLinks
from checkout.web.pass_views import lead, pass_views
from checkout.web.qr import qr_codes
from checkout.web.site import Site
from languages import gettext

router = APIRouter(include_in_schema=False)

_COOKIE: Final = "fullhouse_passes"
_LIFETIME: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassPageDeps:
    """What the page works with.

    site: templates and brand
    database: where passes are read
    links: tells whose link it is
    checks: look for what an address has paid and does not have
    clock: what validity is measured by
    zone: the business's time zone
    """

    site: Site
    database: Database
    links: PassLinks
    checks: CustomerChecks
    clock: Clock
    zone: str


@router.get("/passes")
async def passes(request: Request, deps: Annotated[PassPageDeps, provided(PassPageDeps)]) -> Response:
    """Each pass with its code, entries left, validity and uses. The token goes into a cookie, out of the address.

    What is missing of what its owner paid for is looked for each time, in the background.
    """
    token = request.query_params.get("token")
    if token is not None:
        return _exchanged(request, deps, token)
    holder_id = deps.links.holder(read_cookie(request, _COOKIE) or "")
    if holder_id is None:
        return _no_passes(deps.site)
    async with deps.database.snapshot() as tx:
        held = await store.of_holder(tx, holder_id)
        uses = await store.uses(tx, [each.pass_id for each in held])
    if held:
        async with deps.database.transaction() as tx:
            await deps.checks.begin_if_missing(tx, held[0].customer.email)
    return await passes_page(deps.site, held, uses, now=deps.clock.now(), zone=deps.zone)


async def passes_page(
    site: Site, held: Sequence[Pass], uses: Mapping[UUID, Sequence[Use]], *, now: datetime, zone: str
) -> Response:
    """Shows these passes, with a code for each that can be used."""
    shown = [each for each in held if each.usable(now)]
    codes = dict(zip((each.pass_id for each in shown), await qr_codes([each.code for each in shown]), strict=True))
    views = pass_views(held, uses, codes, now=now, zone=zone)
    return site.page("passes.html", views=views, lead=lead(held, now))


def _exchanged(request: Request, deps: PassPageDeps, token: str) -> Response:
    """A token that opens nothing sets nothing; the clean address then says so."""
    response = RedirectResponse("/passes", status_code=303)
    if deps.links.holder(token) is not None:
        set_cookie(request, response, _COOKIE, token, lifetime=_LIFETIME)
    return response


def _no_passes(site: Site) -> Response:
    return site.message(
        gettext("We can’t show passes here."),
        gettext("Open the link from the newest email about your pass, in the browser where you want to see it."),
        status=404,
    )
