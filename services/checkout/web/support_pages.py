"""`/support`, where customers call for help, and what they say of a purchase (C-10). They work without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from chassis.database import Database
from chassis.emails import LONGEST, normal_email
from chassis.errors import RateLimited
from chassis.http.deps import provided
from chassis.http.guards import check_same_origin
from chassis.texts import lines, one_line
from checkout.feedback.domain import SCORES
from checkout.feedback.errors import FeedbackTooEarly
from checkout.feedback.service import FeedbackService
from checkout.orders import store as orders_store
from checkout.orders.access import OrderAccess
from checkout.orders.domain import Order
from checkout.orders.errors import UnknownOrder
from checkout.support.domain import SupportWish
from checkout.support.service import Support
from checkout.web.site import Site
from checkout.web.support_views import SupportForm, check_support, support_view, taken_sentences
from events import SupportKind
from languages import gettext, gettext_noop, translate

router = APIRouter(include_in_schema=False)

_LONGEST: Final = 2_000
_TOO_OFTEN: Final = gettext_noop(
    "We have several messages from this address already, and read them one by one. Try again in an hour."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportPageDeps:
    """What these pages work with.

    site: templates and brand
    database: checkout's own
    access: which order is the browser's own
    support: takes calls for help
    feedback: takes what buyers say of a purchase
    """

    site: Site
    database: Database
    access: OrderAccess
    support: Support
    feedback: FeedbackService


Deps = Annotated[SupportPageDeps, provided(SupportPageDeps)]


@router.get("/support")
async def support(request: Request, deps: Deps) -> Response:
    """The form, about an order of this browser where the address names one."""
    form = _read(request.query_params)
    return deps.site.page("support.html", view=support_view(form, await _own_order(request, deps, form.order_id)))


@router.post("/support")
async def ask(request: Request, deps: Deps) -> Response:
    """What happens next, or what is missing."""
    check_same_origin(request)
    form = _read({name: str(value) for name, value in (await request.form()).items()})
    order = await _own_order(request, deps, form.order_id)
    if wrong := check_support(form, known=order is not None):
        return deps.site.page("support.html", view=support_view(form, order, fields=wrong), status=422)
    email = order.customer.email if order else form.email
    try:
        await _take(deps, form, order, email)
    except RateLimited as refused:
        view = support_view(form, order, summary=translate(_TOO_OFTEN))
        return deps.site.page("support.html", view=view, status=refused.status)
    told = taken_sentences(form.kind, email)
    return deps.site.page("wait.html", heading=gettext("We have your message."), sentences=told)


@router.post("/feedback")
async def give(
    request: Request,
    deps: Deps,
    order: Annotated[str, Form()] = "",
    score: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
) -> Response:
    """Back to the page of the order, which then says what became of it."""
    check_same_origin(request)
    own = await _own_order(request, deps, order)
    if own is None:
        return RedirectResponse("/success", status_code=303)
    chosen = int(score) if score in map(str, SCORES) else 0
    if not chosen:
        return RedirectResponse(f"/success?order={own.order_id}&score=none#feedback", status_code=303)
    try:
        async with deps.database.transaction() as tx:
            await deps.feedback.give(tx, own.order_id, score=chosen, text=lines(text, longest=_LONGEST))
    except FeedbackTooEarly:
        return RedirectResponse(f"/success?order={own.order_id}", status_code=303)
    return RedirectResponse(f"/success?order={own.order_id}#feedback", status_code=303)


async def _take(deps: SupportPageDeps, form: SupportForm, order: Order | None, email: str) -> None:
    wish = SupportWish(
        kind=SupportKind(form.kind),
        email=email,
        text=form.text,
        order_id=order.order_id if order else None,
        order_said=form.order_said,
    )
    async with deps.database.transaction() as tx:
        await deps.support.ask(tx, wish)


async def _own_order(request: Request, deps: SupportPageDeps, order_id: str) -> Order | None:
    """The order, for a browser that holds its token; any other is one that we know nothing of."""
    if not order_id:
        return None
    try:
        own = await deps.access.own(request, order_id, token="")
    except UnknownOrder:
        return None
    return await orders_store.get(deps.database, own)


def _read(typed: Mapping[str, str]) -> SupportForm:
    return SupportForm(
        kind=typed.get("kind", ""),
        email=one_line(normal_email(typed.get("email", "")), longest=LONGEST),
        order_said=one_line(typed.get("order_said", ""), longest=20),
        text=lines(typed.get("text", ""), longest=_LONGEST),
        order_id=typed.get("order", ""),
    )
