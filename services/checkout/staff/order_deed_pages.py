"""`/staff/orders/…/refund` and the like: what it would come to, then done by who confirms (C-7, I-3, I-11)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from chassis.app import PlainText
from chassis.audit import Actor
from chassis.database import Transaction
from chassis.errors import Condition
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.http.once import once
from chassis.ids import display_number
from chassis.tokens import Principal, Role
from checkout.customers.changing import CustomerChanges
from checkout.customers.domain import CustomerAction
from checkout.moves.domain import MoveAction
from checkout.moves.moving import Moves
from checkout.orders import store as orders_store
from checkout.orders.domain import Order
from checkout.orders.errors import UnknownOrder
from checkout.purchases.cancelling import CancelAction, Cancelling
from checkout.refunds.domain import RefundAction
from checkout.refunds.service import RefundService
from checkout.staff.order_deed_views import (
    TITLES,
    DeedEffect,
    NotSaid,
    OrderMoney,
    deed_choices,
    effect_of,
    good_seats,
    places,
)
from checkout.staff.order_desk import OrderDesk, money_of
from checkout.staff.order_forms import (
    CancelForm,
    CustomerForm,
    DoneOut,
    MoveForm,
    OrderWay,
    RefundForm,
    SeatNumber,
    SendForm,
    TransferForm,
    TypedDeed,
    VoidForm,
)
from checkout.staff.order_list_views import HOME, money_text
from checkout.tickets.domain import TicketAction
from checkout.tickets.service import Tickets
from checkout.tickets.transferring import Transfers
from ui.staff import StaffRoute

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

_REFUSED: Final = 422
_TARGET: Final = "order:{order_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDeedDeps:
    """What the pages work with: those of orders, and what people do with them.

    wake: tells the sender of refunds that something is due
    """

    desk: OrderDesk
    refunds: RefundService
    moves: Moves
    tickets: Tickets
    transfers: Transfers
    cancelling: Cancelling
    changes: CustomerChanges
    wake: Callable[[], None]


Deps = Annotated[OrderDeedDeps, provided(OrderDeedDeps)]


def typed_deed(
    seats: Annotated[list[SeatNumber] | None, Query()] = None,
    amount: PlainText = "",
    back: PlainText = "",
    place: PlainText = "",
    first_name: PlainText = "",
    last_name: PlainText = "",
    email: PlainText = "",
    reason: str = "",
) -> TypedDeed:
    """A dependency: what somebody has typed so far."""
    return TypedDeed(
        amount=amount.strip(),
        seats=tuple(seats or ()),
        back=back,
        place=place,
        first_name=first_name,
        last_name=last_name,
        email=email,
        reason=reason,
    )


@router.get(f"{HOME}/{{order_id}}/{{way}}")
async def ask(
    order_id: UUID,
    way: OrderWay,
    request: Request,
    person: Annotated[Principal, Depends(require(Role.VIEWER))],
    typed: Annotated[TypedDeed, Depends(typed_deed)],
    deps: Deps,
) -> Response:
    """The form; once it is filled in, what it would come to, with the button that does it."""
    await require(way.role)(request)
    order = await _order(deps.desk, order_id)
    money = await money_of(deps.desk.database, order_id)
    filled_in = "reason" in request.query_params
    typed = typed if filled_in else _beginning(order)
    effect, problems = _look(deps.desk, way, typed, order, money) if filled_in else (None, {})
    return deps.desk.page(
        "order_deed.html",
        status=_REFUSED if problems else 200,
        person=person.email,
        title=f"{TITLES[way]}: {display_number(order.number)}",
        order_id=str(order_id),
        way=way.value,
        ways=deed_choices(order, money, role=person.role, chosen=way),
        left=money_text(money.left(order), order.currency),
        minor=typed.minor(order.currency),
        seats=good_seats(order),
        places=places(order, deps.desk.memory.current),
        typed=typed,
        problems=problems,
        effect=effect,
        key=str(uuid4()),
    )


@router.post(f"{HOME}/{{order_id}}/refund")
async def refund(
    order_id: UUID,
    actor: Annotated[Actor, deed(RefundAction.REQUESTED, Role.ADMIN, target=_TARGET)],
    form: Annotated[RefundForm, Form()],
    deps: Deps,
) -> Response:
    """Through the processor that took it, once for the form's key."""

    async def do(tx: Transaction) -> None:
        await deps.refunds.request(tx, order_id, form.wanted(), actor=actor)
        tx.after_commit(deps.wake)

    return await _done(deps, order_id, OrderWay.REFUND, actor, form, do)


@router.post(f"{HOME}/{{order_id}}/void")
async def void(
    order_id: UUID,
    actor: Annotated[Actor, deed(TicketAction.VOIDED, Role.ADMIN, target=_TARGET)],
    form: Annotated[VoidForm, Form()],
    deps: Deps,
) -> Response:
    """The seats stay the buyer's, who is sent new tickets."""

    async def do(tx: Transaction) -> None:
        await deps.tickets.void(tx, order_id, seats=form.seats, reason=form.reason, actor=actor)

    return await _done(deps, order_id, OrderWay.VOID, actor, form, do)


@router.post(f"{HOME}/{{order_id}}/move")
async def move(
    order_id: UUID,
    actor: Annotated[Actor, deed(MoveAction.MOVED, Role.ADMIN, target=_TARGET)],
    form: Annotated[MoveForm, Form()],
    deps: Deps,
) -> Response:
    """All seats that were not refunded; a repeat changes nothing."""
    await deps.moves.move(order_id, form.there(), reason=form.reason, actor=actor)
    return _to_the_order(order_id, OrderWay.MOVE)


@router.post(f"{HOME}/{{order_id}}/send")
async def send(
    order_id: UUID,
    actor: Annotated[Actor, deed(TicketAction.REQUESTED, Role.OPERATOR, target=_TARGET)],
    form: Annotated[SendForm, Form()],
    deps: Deps,
) -> Response:
    """By e-mail, once for the form's key."""

    async def do(tx: Transaction) -> None:
        await deps.tickets.send_again(tx, order_id, reason=form.reason, actor=actor)

    return await _done(deps, order_id, OrderWay.SEND, actor, form, do)


@router.post(f"{HOME}/{{order_id}}/transfer")
async def transfer(
    order_id: UUID,
    actor: Annotated[Actor, deed(TicketAction.TRANSFERRED, Role.ADMIN, target=_TARGET)],
    form: Annotated[TransferForm, Form()],
    deps: Deps,
) -> Response:
    """Whoever has them now is told; a repeat changes nothing."""
    async with deps.desk.database.transaction() as tx:
        await deps.transfers.by_staff(tx, order_id, form.transfer(), reason=form.reason, actor=actor)
    return _to_the_order(order_id, OrderWay.TRANSFER)


@router.post(f"{HOME}/{{order_id}}/cancel")
async def cancel(
    order_id: UUID,
    actor: Annotated[Actor, deed(CancelAction.CANCELLED, Role.ADMIN, target=_TARGET)],
    form: Annotated[CancelForm, Form()],
    deps: Deps,
) -> Response:
    """At the processor first; a repeat changes nothing."""
    await deps.cancelling.cancel(order_id, reason=form.reason, actor=actor)
    return _to_the_order(order_id, OrderWay.CANCEL)


@router.post(f"{HOME}/{{order_id}}/customer")
async def change_customer(
    order_id: UUID,
    actor: Annotated[Actor, deed(CustomerAction.CHANGED, Role.ADMIN, target=_TARGET)],
    form: Annotated[CustomerForm, Form()],
    deps: Deps,
) -> Response:
    """Whose order it is, and where its tickets go; a repeat changes nothing."""
    async with deps.desk.database.transaction() as tx:
        await deps.changes.change(tx, order_id, form.change(), reason=form.reason, actor=actor)
    return _to_the_order(order_id, OrderWay.CUSTOMER)


def _beginning(order: Order) -> TypedDeed:
    """What the form has in it before anybody types."""
    customer = order.customer
    return TypedDeed(first_name=customer.first_name, last_name=customer.last_name, email=customer.email)


async def _order(desk: OrderDesk, order_id: UUID) -> Order:
    order = await orders_store.get(desk.database, order_id)
    if order is None:
        raise UnknownOrder
    return order


def _look(
    desk: OrderDesk, way: OrderWay, typed: TypedDeed, order: Order, money: OrderMoney
) -> tuple[DeedEffect | None, Mapping[str, str]]:
    """What it would come to by the rules of the deed; or what is in the way, by field."""
    problems = typed.problems(way, order)
    if problems:
        return None, problems
    try:
        return effect_of(way, typed, order, money, desk.memory.current), {}
    except NotSaid as missing:
        return None, {missing.field: str(missing)}
    except Condition as refused:
        return None, {"form": refused.detail}


async def _done(
    deps: OrderDeedDeps,
    order_id: UUID,
    way: OrderWay,
    actor: Actor,
    form: RefundForm | VoidForm | SendForm,
    do: Callable[[Transaction], Awaitable[None]],
) -> Response:
    """Does it once for the form's key, and goes to the order's page, which tells of it."""
    asked = {"way": way, "actor": actor.name, "order": str(order_id), "body": form.model_dump(mode="json")}
    async with deps.desk.database.transaction() as tx:

        async def answer() -> DoneOut:
            await do(tx)
            return DoneOut(order_id=str(order_id))

        await once(tx, form.key, asked=asked, kind=DoneOut, do=answer)
    return _to_the_order(order_id, way)


def _to_the_order(order_id: UUID, way: OrderWay) -> Response:
    return RedirectResponse(f"{HOME}/{order_id}?done={way}", status_code=303)
