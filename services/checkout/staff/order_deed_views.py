"""What the pages say of something that somebody is about to do with an order, or has done. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from chassis import formats
from chassis.ids import display_number
from chassis.tokens import Role
from checkout.catalogue.domain import Catalogue
from checkout.customers.domain import changed_customer
from checkout.moves.domain import reseating
from checkout.orders.domain import Order
from checkout.orders.states import WITH_TICKETS
from checkout.purchases.cancelling import require_cancellable
from checkout.purchases.errors import NotCancellable
from checkout.refunds.domain import Payment, UnderWay, left_of, settle_wish
from checkout.staff.order_forms import OrderWay, TypedDeed, place_name, place_of
from checkout.staff.order_list_views import HOME, city_name, money_text
from checkout.tickets.domain import require_sendable, voidable
from events import SeatState

TITLES: Final[Mapping[OrderWay, str]] = MappingProxyType(
    {
        OrderWay.REFUND: "Give money back",
        OrderWay.MOVE: "Move seats",
        OrderWay.VOID: "Make tickets anew",
        OrderWay.SEND: "Send tickets again",
        OrderWay.CUSTOMER: "Change name or address",
        OrderWay.TRANSFER: "Give tickets to somebody",
        OrderWay.CANCEL: "Cancel the order",
    }
)
DONE: Final[Mapping[OrderWay, str]] = MappingProxyType(
    {
        OrderWay.REFUND: "The money is on its way back.",
        OrderWay.MOVE: "The seats are moved.",
        OrderWay.VOID: "The old tickets are void.",
        OrderWay.SEND: "The tickets are on their way to the buyer.",
        OrderWay.CUSTOMER: "Name and address are changed.",
        OrderWay.TRANSFER: "The tickets are somebody else’s.",
        OrderWay.CANCEL: "The order is cancelled.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedChoice:
    """Something that can be done; `here`: whether it is what the page is about."""

    name: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedEffect:
    """What it would come to.

    verb: what the button does: Give $599.00 back
    sentences: what would be different; none where nothing would be
    """

    verb: str
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoney:
    """What of an order's money matters for giving some back.

    payments: what came
    under_way: what is due to go back
    """

    payments: Sequence[Payment]
    under_way: UnderWay

    def left(self, order: Order) -> int:
        """What can still be given back, in minor units."""
        return left_of(order, self.under_way, self.payments)


class NotSaid(Exception):  # noqa: N818 a condition of a form
    """A field that has to be filled in for this."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def deed_choices(order: Order, money: OrderMoney, *, role: Role, chosen: OrderWay | None = None) -> list[DeedChoice]:
    """What somebody of this role can do about the order as it stands."""
    good = order.state in WITH_TICKETS and bool(good_seats(order))
    can = {
        OrderWay.REFUND: money.left(order) > 0,
        OrderWay.MOVE: good and len(order.lines) == 1,
        OrderWay.VOID: good,
        OrderWay.SEND: good,
        OrderWay.CUSTOMER: good,
        OrderWay.TRANSFER: good,
        OrderWay.CANCEL: _can_be_cancelled(order),
    }
    return [
        DeedChoice(name=TITLES[way], href=f"{HOME}/{order.order_id}/{way}", here=way is chosen)
        for way in OrderWay
        if can[way] and role.allows(way.role)
    ]


def good_seats(order: Order) -> tuple[int, ...]:
    """The seats whose tickets are good."""
    return tuple(seat.seat for seat in order.seats if seat.state == SeatState.SOLD)


def places(order: Order, catalogue: Catalogue) -> list[tuple[str, str]]:
    """Where its seats could be: what the form sends, and the words for it."""
    here = {(seat.city_id, seat.tier) for seat in order.seats}
    found = [
        (place_name(city_id, tier), f"{city.name} {tier.upper()}")
        for city_id, city in catalogue.cities.items()
        for tier in city.tiers
        if (city_id, tier) not in here
    ]
    return sorted(found, key=lambda place: place[1])


def effect_of(way: OrderWay, typed: TypedDeed, order: Order, money: OrderMoney, catalogue: Catalogue) -> DeedEffect:
    """By the rules of the deed itself. Raises its conditions, and NotSaid."""
    if way is OrderWay.REFUND:
        return _refund(typed, order, money)
    if way is OrderWay.CUSTOMER:
        return _customer(typed, order)
    if way is OrderWay.SEND:
        return _send(order)
    if way is OrderWay.TRANSFER:
        return _transfer(typed, order)
    if way is OrderWay.CANCEL:
        return _cancel(order)
    return _move(typed, order, catalogue) if way is OrderWay.MOVE else _void(typed, order)


def _refund(typed: TypedDeed, order: Order, money: OrderMoney) -> DeedEffect:
    left = money.left(order)
    amount, ending = settle_wish(order, typed.wanted(order.currency), money.under_way, left=left)
    if ending and not typed.back:
        raise NotSaid("back", f"{_seats(ending)} would no longer be valid: say whether they go back on sale.")
    back, staying = money_text(amount, order.currency), [seat for seat in good_seats(order) if seat not in ending]
    onward = "on sale again" if typed.back == "sale" else "not on sale again"
    return DeedEffect(
        verb=f"Give {back} back",
        sentences=[
            f"{back} of the {money_text(left, order.currency)} that are left go back.",
            *([f"{_seats(ending)}: no longer valid, {onward}."] if ending else ()),
            *([f"{_seats(staying)}: valid as before."] if staying else ()),
            "The buyer gets an e-mail when the money has gone back.",
        ],
    )


def _void(typed: TypedDeed, order: Order) -> DeedEffect:
    chosen = voidable(order, typed.seats)
    number = display_number(order.number)
    tickets = formats.listing([f"{number}-{seat}" for seat in chosen])
    return DeedEffect(
        verb="Make 1 ticket anew" if len(chosen) == 1 else f"Make {len(chosen)} tickets anew",
        sentences=[f"The codes of {tickets} let nobody in any more.", f"{_owner(order, chosen)} is sent new ones."],
    )


def _owner(order: Order, seats: Iterable[int]) -> str:
    return "Whoever has them" if any(order.holder_of(seat) for seat in seats) else "The buyer"


def _customer(typed: TypedDeed, order: Order) -> DeedEffect:
    before, after = order.customer, changed_customer(order, typed.change())
    if before == after:
        return DeedEffect(verb="", sentences=())
    elsewhere = before.email != after.email
    return DeedEffect(
        verb=f"Change it to {after.first_name} {after.last_name}",
        sentences=[
            f"The order is of {after.first_name} {after.last_name}, {after.email}: the tickets go there.",
            *(_leaving(before.email) if elsewhere else ("The link to the order’s page stays as it is.",)),
            "The codes stay as they are.",
        ],
    )


def _transfer(typed: TypedDeed, order: Order) -> DeedEffect:
    transfer = typed.transfer()
    if transfer.done(order):
        return DeedEffect(verb="", sentences=())
    number, chosen = display_number(order.number), voidable(order, transfer.seats)
    person = transfer.person
    return DeedEffect(
        verb=f"Give {'1 ticket' if len(chosen) == 1 else f'{len(chosen)} tickets'} to {person.name}",
        sentences=[
            f"The codes of {formats.listing([f'{number}-{seat}' for seat in chosen])} let nobody in any more.",
            f"{person.name}, {person.email}, is sent new ones; whoever had them is told.",
            "The order stays the buyer’s, and so does money that goes back.",
        ],
    )


def _can_be_cancelled(order: Order) -> bool:
    try:
        require_cancellable(order)
    except NotCancellable:
        return False
    return True


def _cancel(order: Order) -> DeedEffect:
    require_cancellable(order)
    count = len(order.kept_seats)
    back = [f"{'1 seat goes' if count == 1 else f'{count} seats go'} back on sale."] if order.seats else []
    if order.state in WITH_TICKETS:
        told = [
            "The tickets let nobody in any more, and the buyer gets an e-mail.",
            "It cost nothing: nothing goes back.",
        ]
    else:
        told = ["Its payment page is closed at the processor first: an order that turns out to be paid stays paid."]
    return DeedEffect(verb="Cancel the order", sentences=[*back, *told])


def _leaving(email: str) -> tuple[str, ...]:
    return f"{email} is told that it gets no more.", "Links to the order’s page that were sent before end."


def _send(order: Order) -> DeedEffect:
    require_sendable(order)
    seats = good_seats(order)
    return DeedEffect(
        verb="Send 1 ticket" if len(seats) == 1 else f"Send {len(seats)} tickets",
        sentences=[
            "The buyer gets an e-mail with the tickets that are good now, at the order’s address.",
            *(["Whoever was given one gets that one, and nobody else does."] if order.holders else ()),
        ],
    )


def _move(typed: TypedDeed, order: Order, catalogue: Catalogue) -> DeedEffect:
    wanted = reseating(order, place_of(typed.place), catalogue)
    if wanted is None:
        return DeedEffect(verb="", sentences=())
    count = "1 seat" if len(wanted.seats) == 1 else f"{len(wanted.seats)} seats"
    here, there = (
        f"{city_name(city_id, catalogue.cities)} {tier.upper()}"
        for city_id, tier in ((wanted.from_city_id, wanted.from_tier), (wanted.city_id, wanted.tier))
    )
    return DeedEffect(
        verb=f"Move {count}",
        sentences=[
            f"{count} from {here} to {there}, if as many are left there.",
            "The old codes let nobody in any more; the buyer is sent new tickets.",
            "Of a difference in price nothing is charged or given back.",
        ],
    )


def _seats(seats: Iterable[int]) -> str:
    numbers = [str(seat) for seat in seats]
    return f"{'Seat' if len(numbers) == 1 else 'Seats'} {formats.listing(numbers)}"
