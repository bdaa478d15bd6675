"""`/find-my-purchase`: a link by e-mail, and what its address has (W-1). They work without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from chassis.clock import Clock
from chassis.cookies import read_cookie, set_cookie
from chassis.database import Database
from chassis.emails import normal_email
from chassis.http.deps import provided
from chassis.http.guards import check_same_origin
from checkout.catalogue.memory import CatalogueMemory
from checkout.customers.checking import CustomerChecks
from checkout.customers.domain import LINK_LIFE
from checkout.customers.service import PAGE, Customers
from checkout.orders.tokens import OrderTokens
from checkout.web.find_views import ENDED, LINK_GOES_THERE, SENT, FindView, bought_views, held_views
from checkout.web.forms import email_problem
from checkout.web.site import Site
from languages import gettext, translate

router = APIRouter(include_in_schema=False)

_COOKIE: Final = "fullhouse_purchases"
_WRONG: Final = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class FindPageDeps:
    """What these pages work with.

    site: templates and brand
    database: where orders are read, without locks
    memory: the catalogue in memory
    customers: who has what
    checks: look for what an address has paid and does not have
    tokens: open the page of an order, or of a ticket
    clock: what a hold is measured by
    """

    site: Site
    database: Database
    memory: CatalogueMemory
    customers: Customers
    checks: CustomerChecks
    tokens: OrderTokens
    clock: Clock


Deps = Annotated[FindPageDeps, provided(FindPageDeps)]


@router.get(PAGE)
async def find(request: Request, deps: Deps, token: str | None = None) -> Response:
    """The form; what the address has for a browser that came by a link. The link's token goes into a cookie."""
    if token is not None:
        clean = RedirectResponse(f"{PAGE}?found=yes", status_code=303)
        return set_cookie(request, clean, _COOKIE, token, lifetime=LINK_LIFE)
    if "found" not in request.query_params:
        return deps.site.page("find.html", view=FindView())
    found = await deps.customers.belongings(deps.database, read_cookie(request, _COOKIE) or "")
    if found is None:
        return deps.site.page("find.html", view=FindView(ended=translate(ENDED)), status=410)
    current, tokens = deps.memory.current, deps.tokens
    rows = [
        *bought_views(found.bought, current, tokens.page, now=deps.clock.now()),
        *held_views(found.held, current, tokens.ticket_page),
    ]
    return deps.site.page("found.html", rows=rows)


@router.post(PAGE)
async def ask(request: Request, deps: Deps, email: Annotated[str, Form()] = "") -> Response:
    """The same answer for every address: who asks never hears whether it has anything."""
    check_same_origin(request)
    address = normal_email(email)
    if problem := email_problem(address, LINK_GOES_THERE):
        view = FindView(email=email[:254], problem=problem)
        return deps.site.page("find.html", view=view, status=_WRONG)
    async with deps.database.transaction() as tx:
        await deps.customers.ask(tx, address)
        await deps.checks.begin(tx, address)
    return deps.site.page(
        "wait.html", heading=gettext("Look in your inbox."), sentences=[translate(each) for each in SENT]
    )
