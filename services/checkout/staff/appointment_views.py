"""What the page of one appointment says: where it stands, its money, who was to take it, and who did what. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from chassis import formats
from chassis.audit import AuditEntry
from chassis.tokens import Role
from checkout.appointments.domain import Appointment, AppointmentAction, AppointmentState
from checkout.appointments.schemas import customer_email_for, sees_customers
from checkout.providers.domain import Provider
from checkout.routing.domain import KeptDecision, RoutingStep
from checkout.staff.appointment_list_views import APPOINTMENT_STATES
from checkout.staff.event_views import EventRow, Marked, joined
from checkout.staff.order_list_views import money_text
from checkout.staff.provider_views import processor_name
from checkout.staff.way_views import account_text, decision_row, step_row, way_text
from checkout.takings.domain import TakingAction, TakingState, WayAttempt
from checkout.traces.domain import MoneyMove
from checkout.wayrefunds.domain import WayRefund, WayRefundCause, WayRefundState
from languages import language_of

_MOVES: Final[Mapping[str, Marked]] = MappingProxyType(
    {
        "payment": ("ok", "Came"),
        "refund": ("off", "Went back"),
        "dispute": ("high", "Disputed: the bank took it back"),
        "dispute_won": ("ok", "Dispute won: it came again"),
        "fees": ("low", "Fees differ"),
    }
)
_REFUNDS: Final[Mapping[WayRefundState, Marked]] = MappingProxyType(
    {
        WayRefundState.DUE: ("waiting", "Due: not decided yet"),
        WayRefundState.PENDING: ("waiting", "On its way"),
        WayRefundState.DONE: ("ok", "Given back"),
        WayRefundState.REFUSED: ("critical", "Declined"),
        WayRefundState.FAILED: ("critical", "Did not arrive"),
    }
)
_PAGES: Final[Mapping[TakingState, Marked]] = MappingProxyType(
    {
        TakingState.CREATING: ("waiting", "being opened"),
        TakingState.UNSURE: ("high", "may be open"),
        TakingState.OPEN: ("waiting", "open"),
        TakingState.PAID: ("ok", "paid"),
        TakingState.CLOSED: ("off", "closed, not paid"),
        TakingState.FAILED: ("off", "never opened"),
        TakingState.SURPLUS: ("high", "paid once more"),
    }
)
_DEEDS: Final[Mapping[str, Marked]] = MappingProxyType(
    {
        AppointmentAction.BOOKED: ("low", "Booked"),
        TakingAction.PAGE_ASKED: ("low", "Payment page asked for"),
        TakingAction.REFUNDED: ("low", "Money asked back"),
    }
)
_OF_THE_PLATFORM: Final = "The platform’s staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentLife:
    """All that is known of an appointment.

    provider: with whom; None where nobody knows it any more
    moves: money that came and went
    refunds: what was asked back
    decisions: of who takes its payment, the newest of them
    steps: what was done about their ways
    attempts: its payment pages
    deeds: what people did
    """

    provider: Provider | None
    moves: Sequence[MoneyMove] = ()
    refunds: Sequence[WayRefund] = ()
    decisions: Sequence[KeptDecision] = ()
    steps: Sequence[RoutingStep] = ()
    attempts: Sequence[WayAttempt] = ()
    deeds: Sequence[AuditEntry] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRecord:
    """An appointment, as its page shows it to staff and to its provider.

    number: its number
    mark, state: where it stands
    facts: names and values
    page: what its customer sees; empty for who may not see that
    money: what came and went, the oldest first, as in all that follows
    refunds: what was asked back, and how that stands
    ways: who was to take its payment, and what came of that
    deeds: who did what
    """

    number: int
    mark: str
    state: str
    facts: Sequence[tuple[str, str]]
    page: str
    money: Sequence[EventRow]
    refunds: Sequence[EventRow]
    ways: Sequence[EventRow]
    deeds: Sequence[EventRow] = field(default_factory=tuple)


def appointment_record(
    appointment: Appointment, life: AppointmentLife, *, role: Role, page: str, now: datetime, zone: ZoneInfo
) -> AppointmentRecord:
    """As this role may see it; times by the business's clock."""
    mark, state = APPOINTMENT_STATES[appointment.state]

    def at(moment: datetime) -> str:
        return formats.recent(moment, zone.key, now=now)

    ways = [
        *((each.at, decision_row(each, at(each.at))) for each in life.decisions),
        *((each.created_at, _page(each, at(each.created_at))) for each in life.attempts),
        *((each.at, step_row(each, at(each.at))) for each in life.steps),
    ]
    return AppointmentRecord(
        number=appointment.appointment_id,
        mark=mark,
        state=state,
        facts=[(name, value) for name, value in _facts(appointment, life, role, zone) if value],
        page=page if sees_customers(role) else "",
        money=[_move(each, at(each.at)) for each in life.moves],
        refunds=[_refund(each, at(each.created_at), role) for each in life.refunds],
        ways=[row for _, row in sorted(ways, key=lambda pair: pair[0])],
        deeds=[_deed(each, at(each.at), role) for each in life.deeds],
    )


def _facts(appointment: Appointment, life: AppointmentLife, role: Role, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    if role is not Role.PROVIDER:
        yield "Provider", joined(life.provider.name if life.provider else "", f"number {appointment.provider_id}")
    yield "Starts", formats.day_and_zoned_time(appointment.starts, zone.key)
    yield "Customer", customer_email_for(role, appointment)
    yield "Written to in", language_of(appointment.language).name
    yield "Price", money_text(appointment.price, appointment.currency)
    back = -sum(each.amount for each in life.moves if each.kind == "refund")
    yield "Given back", money_text(back, appointment.currency) if back else ""


def _move(each: MoneyMove, at: str) -> EventRow:
    mark, word = _MOVES.get(each.kind, ("low", each.kind.replace("_", " ")))
    fee = f"Fee {money_text(each.fee, each.currency)}" if each.fee else ""
    ours = f"Commission kept back {money_text(each.at_source, each.currency)}" if each.at_source else ""
    return EventRow(
        at=at,
        mark=mark,
        word=word,
        what=f"{processor_name(each.processor)} {each.payment_id}",
        amount=money_text(each.amount, each.currency) if each.amount else "",
        more=joined(account_text(each.connection_id), fee, ours),
    )


def _refund(each: WayRefund, at: str, role: Role) -> EventRow:
    mark, word = _REFUNDS[each.state]
    trouble = (each.last_error or "") if each.state is not WayRefundState.DONE else ""
    by = each.requested_by if role is not Role.PROVIDER and each.cause is WayRefundCause.REQUESTED else None
    return EventRow(
        at=at,
        mark=mark,
        word=word,
        what=joined(way_text(each.way), each.processor_refund_id or ""),
        amount=money_text(-each.amount, each.currency),
        more=joined(f"{each.reason} ({by})" if by else each.reason, trouble),
    )


def _page(each: WayAttempt, at: str) -> EventRow:
    mark, word = _PAGES[each.state]
    return EventRow(
        at=at,
        mark=mark,
        word=f"Page: {word}",
        what=joined(way_text(each.way), each.payment_id or each.page_id or ""),
        amount=money_text(each.amount, each.currency),
        more=f"Commission kept back there: {money_text(each.commission, each.currency)}" if each.commission else "",
    )


def _deed(entry: AuditEntry, at: str, role: Role) -> EventRow:
    """Providers see whom of their own it was, and of the platform's staff nobody's name."""
    mark, word = (
        _changed(entry)
        if entry.action == AppointmentAction.CHANGED
        else _DEEDS.get(entry.action, ("low", entry.action.replace("_", " ")))
    )
    hidden = role is Role.PROVIDER and entry.role != Role.PROVIDER
    after = entry.after or {}
    amount = after.get("amount") if entry.action == TakingAction.REFUNDED else None
    return EventRow(
        at=at,
        mark=mark,
        word=word,
        what=_OF_THE_PLATFORM if hidden else entry.actor,
        amount=money_text(amount, after["currency"]) if amount else "",
        more=entry.reason,
    )


def _changed(entry: AuditEntry) -> Marked:
    return APPOINTMENT_STATES[AppointmentState((entry.after or {})["state"])]
