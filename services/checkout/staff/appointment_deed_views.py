"""What the pages say of something that somebody is about to do with an appointment, or has done. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from chassis.tokens import Role
from checkout.appointments.domain import Appointment, AppointmentState, may_become, require_may_become
from checkout.appointments.errors import AppointmentOver
from checkout.routing.domain import Way
from checkout.staff.appointment_forms import AppointmentWay
from checkout.staff.event_views import joined
from checkout.staff.order_deed_views import DeedChoice, DeedEffect, NotSaid
from checkout.staff.order_list_views import money_text
from checkout.staff.own_pages import appointment_address
from checkout.staff.provider_views import processor_name
from checkout.wayrefunds.domain import ForeseenRefund, WayRefund, WayRefundState

APPOINTMENT_TITLES: Final[Mapping[AppointmentWay, str]] = MappingProxyType(
    {
        AppointmentWay.DONE: "Mark as done",
        AppointmentWay.REFUND: "Give money back",
        AppointmentWay.CANCEL: "Cancel the appointment",
    }
)
# Mark, word, and what it means for the money.
_CAME_TO: Final[Mapping[WayRefundState, tuple[str, str, str]]] = MappingProxyType(
    {
        WayRefundState.DUE: ("waiting", "Due", "{back} is asked for until the processor has decided."),
        WayRefundState.PENDING: ("waiting", "On its way", "{back} goes back to the customer."),
        WayRefundState.DONE: ("ok", "Given back", "{back} went back to the customer."),
        WayRefundState.REFUSED: ("critical", "Declined", "Nothing of {back} went back."),
        WayRefundState.FAILED: ("critical", "Did not arrive", "Give {back} back by other means."),
    }
)
# Said of what somebody has just done where the appointment has come to it: an address can be opened at any time.
_ENDED: Final[Mapping[tuple[AppointmentWay | None, AppointmentState], tuple[str, str, str]]] = MappingProxyType(
    {
        (AppointmentWay.CANCEL, AppointmentState.CANCELLED): ("ok", "Cancelled", "The appointment has ended."),
        (AppointmentWay.DONE, AppointmentState.DONE): ("ok", "Done", "The appointment took place."),
    }
)
_MAIL: Final = "The customer gets an e-mail when the money has gone back."


def appointment_ways(
    appointment: Appointment, left: int, *, role: Role, now: datetime, chosen: AppointmentWay | None = None
) -> Sequence[DeedChoice]:
    """What somebody of this role can do about the appointment as it stands; `left`: what can be given back."""
    begun = appointment.starts <= now
    can = {
        AppointmentWay.DONE: begun and may_become(appointment.state, AppointmentState.DONE),
        AppointmentWay.REFUND: left > 0,
        AppointmentWay.CANCEL: may_become(appointment.state, AppointmentState.CANCELLED),
    }
    address = appointment_address(appointment.appointment_id)
    return [
        DeedChoice(name=APPOINTMENT_TITLES[way], href=f"{address}/{way}", here=way is chosen)
        for way in AppointmentWay
        if can[way] and way.may(role)
    ]


def done_effect(appointment: Appointment, left: int, *, now: datetime) -> DeedEffect:
    """Of saying that it took place. Raises AppointmentOver and AppointmentAhead."""
    if appointment.state is AppointmentState.DONE:
        return DeedEffect(verb="", sentences=())
    require_may_become(appointment, AppointmentState.DONE, now=now)
    money = f"{money_text(left, appointment.currency)} stays paid, and can still be given back." if left else ""
    if appointment.state is AppointmentState.BOOKED:
        price = money_text(appointment.price, appointment.currency)
        money = f"{price} is not paid: its customer can’t open a payment page for it any more."
    ended = "The appointment took place, and can’t be cancelled any more."
    said = (ended, money, "We do not write to its customer about that.")
    return DeedEffect(verb=APPOINTMENT_TITLES[AppointmentWay.DONE], sentences=[each for each in said if each])


def refund_effect(foreseen: ForeseenRefund) -> DeedEffect:
    """Of giving it back, wholly or in part."""
    back = money_text(foreseen.amount, foreseen.payment.currency)
    rest = foreseen.left - foreseen.amount
    kept = f"{money_text(rest, foreseen.payment.currency)} of it stays." if rest else "Nothing of it is left then."
    return DeedEffect(
        verb=f"Give {back} back",
        sentences=[*_back(foreseen), kept, "The appointment stays as it is.", _MAIL],
    )


def cancel_effect(appointment: Appointment, money: str, left: int, foreseen: ForeseenRefund | None) -> DeedEffect:
    """Of cancelling it, with its money where `foreseen` says what goes back. Raises AppointmentOver, and NotSaid."""
    if appointment.state is AppointmentState.CANCELLED:
        return DeedEffect(verb="", sentences=())
    if not may_become(appointment.state, AppointmentState.CANCELLED):
        raise AppointmentOver(f"It is {appointment.state.value}.")
    ended = ("The appointment ends, and its time can be booked again.", "We do not write to its customer about that.")
    if not left:
        late = "What is still paid for it goes back by itself."
        return DeedEffect(verb="Cancel the appointment", sentences=[*ended, late])
    paid = money_text(left, appointment.currency)
    if not money:
        raise NotSaid("money", f"{paid} was paid: say whether it goes back.")
    if foreseen is None:
        stays = f"{paid} stays where it is: it can be given back later."
        return DeedEffect(verb=f"Cancel it and keep {paid}", sentences=[*ended, stays])
    back = money_text(foreseen.amount, appointment.currency)
    return DeedEffect(verb=f"Cancel it and give {back} back", sentences=[*ended, *_back(foreseen), _MAIL])


def done_lines(
    state: AppointmentState, way: AppointmentWay | None, refund_id: UUID | None, refunds: Sequence[WayRefund]
) -> Sequence[tuple[str, str, str]]:
    """What came of what somebody has just done, as the appointment stands: marks, words, and sentences."""
    ended = [_ENDED[way, state]] if (way, state) in _ENDED else []
    return [*ended, *(_came_to(each) for each in refunds if each.refund_id == refund_id)]


def _came_to(refund: WayRefund) -> tuple[str, str, str]:
    mark, word, sentence = _CAME_TO[refund.state]
    trouble = (refund.last_error or "") if refund.state is not WayRefundState.DONE else ""
    return mark, word, joined(sentence.format(back=money_text(refund.amount, refund.currency)), trouble)


def _back(foreseen: ForeseenRefund) -> Iterator[str]:
    """What goes back, by whom, with what of our commission, and what might keep it."""
    payment, currency = foreseen.payment, foreseen.payment.currency
    back, left = money_text(foreseen.amount, currency), money_text(foreseen.left, currency)
    yield f"{back} of the {left} that are left go back, {_through(payment.way)}."
    if foreseen.commission:
        ours = money_text(foreseen.commission, currency)
        yield f"{ours} of the platform’s commission goes back to the provider with it."
    if foreseen.credit:
        ours = money_text(foreseen.credit, currency)
        yield f"{ours} of the platform’s commission is a credit on the next collection."
    if foreseen.waits:
        yield (
            f"{processor_name(payment.way.processor)} does not let us in at present: the money stays due, and goes back"
            " once the account is connected again."
        )


def _through(way: Way) -> str:
    name = processor_name(way.processor)
    if way.connection_id is None:
        return f"through the platform’s account at {name}"
    return f"through the provider’s own account at {name}, connection {way.connection_id}"
