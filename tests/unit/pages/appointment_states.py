"""Staff's and providers' pages of appointments in each of their states."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from chassis.audit import AuditEntry, Outcome
from chassis.formats import zoned_time
from chassis.tokens import Role
from checkout.appointments.domain import Appointment, AppointmentAction, AppointmentState
from checkout.processors.domain import PaymentWish
from checkout.routing.domain import CheckedRule, Decision, EstimatedFees, KeptDecision, Routed, RoutingStep, Rule, Way
from checkout.staff.appointment_deed_views import (
    APPOINTMENT_TITLES,
    appointment_ways,
    cancel_effect,
    done_effect,
    done_lines,
    refund_effect,
)
from checkout.staff.appointment_forms import AppointmentWay, TypedAppointmentDeed
from checkout.staff.appointment_list_views import AppointmentSearch, appointment_choices, appointment_rows
from checkout.staff.appointment_views import AppointmentLife, AppointmentRecord, appointment_record
from checkout.staff.order_deed_views import DeedEffect
from checkout.staff.order_forms import NOT_IN_WORDS
from checkout.staff.order_list_views import money_text
from checkout.staff.own_pages import APPOINTMENTS, own_pages
from checkout.takings.domain import Step, TakingAction, TakingState, WayAttempt
from checkout.traces.domain import MoneyMove
from checkout.wayrefunds.domain import ForeseenRefund, WayPayment, WayRefund, WayRefundCause, WayRefundState
from events import ConnectionStatus
from tests.unit.monitor.samples import NOW
from tests.unit.pages.provider_states import PROVIDER
from tests.unit.pages.staff_states import PERSON, STAFF, ZONE

CUSTOMER: Final = "annegret-mechthild.freudenberger-schmidthausen@international.example.com"
SQUARE: Final = Way(decision=Decision.EXTERNAL, processor="square", connection_id=1_234)
PLATFORM: Final = Way(decision=Decision.PLATFORM, processor="stripe")
PAYMENT: Final = "R2B3Z8WMVt3EAmzYWLZvz7Y69EbZY"
LONG_REASON: Final = "The customer is ill, has written to us twice, and cannot come on any other day either"
APPOINTMENT: Final = Appointment(
    appointment_id=1_234_567,
    provider_id=7,
    customer_email=CUSTOMER,
    price=12_345_678,
    currency="USD",
    starts=NOW + timedelta(days=40),
    state=AppointmentState.PAID,
    language="es",
)
_WISH: Final = PaymentWish(
    key="k", amount=1, currency="USD", commission=0, title="", email="", success_url="", cancel_url=""
)


def _decision() -> KeptDecision:
    """Each rule, as far as it says something."""
    why = (
        CheckedRule(Rule.APPOINTMENT_STATE, "booked"),
        CheckedRule(Rule.PAYMENT_MODE, "hybrid"),
        CheckedRule(Rule.MAX_PLATFORM_AMOUNT, "above", {"amount": 12_345_678, "limit": 50_000}),
        CheckedRule(Rule.PREFERRED_ORDER, "none", {"order": ""}),
        CheckedRule(Rule.CONNECTION, "connection_expired", {"processor": "paypal", "connection": 1_233}),
        CheckedRule(Rule.CONNECTION, "usable", {"processor": "square", "connection": 1_234}),
        CheckedRule(Rule.BUYERS_CHOICE, "not_possible", {"choice": "paypal"}),
    )
    return KeptDecision(
        decision_id=UUID(int=1),
        at=NOW,
        provider_id=7,
        appointment_id=APPOINTMENT.appointment_id,
        order_id=None,
        amount=APPOINTMENT.price,
        currency="USD",
        routed=Routed(way=SQUARE, fallback=(PLATFORM,), why=why),
        fees=EstimatedFees(processor=358_055, commission=1_234_568),
        asked_by="customer",
    )


def _attempt(state: TakingState) -> WayAttempt:
    return WayAttempt(
        attempt_id=UUID(int=1),
        decision_id=UUID(int=1),
        place=0,
        way=SQUARE,
        appointment_id=APPOINTMENT.appointment_id,
        provider_id=7,
        amount=APPOINTMENT.price,
        currency="USD",
        commission=1_234_568,
        wish=_WISH,
        state=state,
        page_id=None if state is TakingState.CREATING else "bP9kAmqzR8tS4vW6xY1",
        created_at=NOW,
    )


def _move(kind: str, amount: int, *, fee: int = 0, at_source: int = 0) -> MoneyMove:
    return MoneyMove(
        at=NOW,
        kind=kind,
        processor="square",
        connection_id=1_234,
        payment_id=PAYMENT,
        amount=amount,
        currency="USD",
        fee=fee,
        at_source=at_source,
    )


PAID: Final = _move("payment", 12_345_678, fee=358_055, at_source=1_234_568)
REFUND: Final = WayRefund(
    refund_id=UUID(int=9),
    way=SQUARE,
    payment_id=PAYMENT,
    provider_id=7,
    appointment_id=APPOINTMENT.appointment_id,
    order_id=None,
    amount=5_000,
    currency="USD",
    commission=500,
    cause=WayRefundCause.REQUESTED,
    reason=LONG_REASON,
    requested_by=PERSON,
    created_at=NOW,
)


def _each_refund() -> Sequence[WayRefund]:
    trouble = {
        WayRefundState.DUE: "The connection has no credentials that can be used.",
        WayRefundState.REFUSED: "REFUND_DECLINED: the seller’s balance is too low for this refund",
        WayRefundState.FAILED: "Square could not give it back.",
    }
    found = [replace(REFUND, state=state, last_error=trouble.get(state)) for state in WayRefundState]
    surplus = replace(
        REFUND,
        way=PLATFORM,
        cause=WayRefundCause.SURPLUS,
        reason="The appointment was paid already.",
        requested_by=None,
    )
    done = replace(surplus, state=WayRefundState.DONE, processor_refund_id="re_3QZx9y2eZvKYlo2C1r5B0XyZ")
    outside = replace(done, cause=WayRefundCause.OUTSIDE, reason="Given back at the processor.")
    return [*found, done, outside]


def _deed(action: str, *, role: Role, after: Mapping[str, object], reason: str = "") -> AuditEntry:
    return AuditEntry(
        id=1,
        at=NOW,
        actor=PERSON,
        role=role,
        address=None,
        action=action,
        target="appointment:1234567",
        before=None,
        after=after,
        reason=reason,
        outcome=Outcome.DONE,
        code=None,
        times=1,
    )


DEEDS: Final = (
    _deed(AppointmentAction.BOOKED, role=Role.PROVIDER, after={"state": "booked"}),
    _deed(TakingAction.PAGE_ASKED, role=Role.PROVIDER, after={"processor": None}),
    _deed(TakingAction.REFUNDED, role=Role.ADMIN, after={"amount": 5_000, "currency": "USD"}, reason=LONG_REASON),
    _deed(AppointmentAction.CHANGED, role=Role.ADMIN, after={"state": "cancelled"}),
)
FULL: Final = AppointmentLife(
    provider=PROVIDER,
    moves=[
        PAID,
        *(_move(kind, -5_000) for kind in ("refund", "dispute")),
        _move("dispute_won", 5_000),
        _move("fees", 0),
    ],
    refunds=_each_refund(),
    decisions=[_decision()],
    steps=[RoutingStep(at=NOW, place=0, way=SQUARE, step=step.value, reason="429: too many calls") for step in Step],
    attempts=[_attempt(state) for state in TakingState],
    deeds=DEEDS,
)


def record(
    life: AppointmentLife, *, state: AppointmentState = AppointmentState.PAID, role: Role = Role.ADMIN
) -> AppointmentRecord:
    shown = replace(APPOINTMENT, state=state)
    page = f"https://tickets.example.com/appointments/{shown.appointment_id}?token=abc"
    return appointment_record(shown, life, role=role, page=page, now=NOW, zone=STAFF.zone)


def page(template: str, role: Role, **context: Any) -> bytes:
    own = own_pages(7 if role is Role.PROVIDER else None)
    at = zoned_time(NOW, ZONE)
    return bytes(STAFF.page(template, person=PERSON, own_pages=own, at=at, **context).body)


def listed(
    search: AppointmentSearch,
    *found: Appointment,
    role: Role = Role.ADMIN,
    older: str | None = None,
) -> Callable[[], bytes]:
    return lambda: page(
        "appointments.html",
        role,
        search=search,
        choices=appointment_choices(search),
        rows=appointment_rows(found, role=role, zone=STAFF.zone),
        narrowed=search.narrowed,
        older=older,
    )


def shown(
    record_of: Callable[[], AppointmentRecord],
    *,
    role: Role = Role.ADMIN,
    left: int = 0,
    now: datetime = NOW,
    done: Sequence[tuple[str, str, str]] = (),
) -> Callable[[], bytes]:
    return lambda: page(
        "appointment.html",
        role,
        appointment=record_of(),
        left=money_text(left, "USD") if left else "",
        ways=appointment_ways(APPOINTMENT, left, role=role, now=now),
        done=done,
    )


_TAKEN: Final = WayPayment(
    way=SQUARE,
    payment_id=PAYMENT,
    provider_id=7,
    appointment_id=APPOINTMENT.appointment_id,
    order_id=None,
    amount=APPOINTMENT.price,
    refunded=0,
    commission=1_234_568,
    commission_ppm=100_000,
    currency="USD",
    paid_at=NOW,
)


def foreseen(amount: int, **payment: Any) -> ForeseenRefund:
    """By an account that lets nobody in at present."""
    taken = replace(_TAKEN, **payment)
    return ForeseenRefund(payment=taken, left=APPOINTMENT.price, amount=amount, account=ConnectionStatus.EXPIRED)


def asked(
    way: AppointmentWay,
    typed: TypedAppointmentDeed | None = None,
    problems: Mapping[str, str] = MappingProxyType({}),
    *,
    effect: DeedEffect | None = None,
    role: Role = Role.ADMIN,
    left: int = APPOINTMENT.price,
    now: datetime = APPOINTMENT.starts,
) -> Callable[[], bytes]:
    return lambda: page(
        "appointment_deed.html",
        role,
        status=422 if problems else 200,
        title=f"{APPOINTMENT_TITLES[way]}: {APPOINTMENT.appointment_id}",
        address=f"{APPOINTMENTS}/{APPOINTMENT.appointment_id}",
        way=way.value,
        ways=appointment_ways(APPOINTMENT, left, role=role, now=now, chosen=way),
        left=money_text(left, "USD") if left else "",
        may_give_back=AppointmentWay.REFUND.may(role),
        amount=left,
        typed=typed or TypedAppointmentDeed(),
        problems=problems,
        effect=effect,
        key="k",
    )


_EACH: Final = [replace(APPOINTMENT, state=state) for state in AppointmentState]
STATES: Final[Mapping[str, Callable[[], bytes]]] = {
    "appointments": listed(AppointmentSearch(), *_EACH, older=f"{APPOINTMENTS}?before=1234567"),
    "appointments, to look at": listed(AppointmentSearch(text=CUSTOMER, provider="7"), *_EACH, role=Role.VIEWER),
    "own appointments": listed(AppointmentSearch(state=AppointmentState.PAID), *_EACH, role=Role.PROVIDER),
    "appointments, none": listed(AppointmentSearch()),
    "own appointments, none fits": listed(AppointmentSearch(text=CUSTOMER), role=Role.PROVIDER),
    "appointment, all that can be": shown(
        lambda: record(FULL),
        left=APPOINTMENT.price,
        now=APPOINTMENT.starts,
        done=[line for each in FULL.refunds for line in done_lines(APPOINTMENT.state, None, each.refund_id, [each])],
    ),
    "own appointment": shown(lambda: record(FULL, role=Role.PROVIDER), role=Role.PROVIDER),
    "appointment, just booked": shown(
        lambda: record(AppointmentLife(provider=None), state=AppointmentState.BOOKED, role=Role.VIEWER),
        role=Role.VIEWER,
    ),
    "appointment, refund": asked(AppointmentWay.REFUND, role=Role.PROVIDER),
    "appointment, refund foretold": asked(
        AppointmentWay.REFUND, TypedAppointmentDeed(reason=LONG_REASON), effect=refund_effect(foreseen(5_000))
    ),
    "appointment, refund that can't be": asked(
        AppointmentWay.REFUND,
        TypedAppointmentDeed(amount="1,2"),
        {
            "amount": "Write an amount in USD, such as 49.90.",
            "reason": NOT_IN_WORDS,
            "form": "The account is not connected any more.",
        },
        left=0,
    ),
    "appointment, to cancel": asked(
        AppointmentWay.CANCEL,
        problems={"money": "$123,456.78 was paid: say whether it goes back.", "reason": NOT_IN_WORDS},
        role=Role.OPERATOR,
    ),
    "appointment, to cancel foretold": asked(
        AppointmentWay.CANCEL,
        TypedAppointmentDeed(money="back", reason=LONG_REASON),
        effect=cancel_effect(APPOINTMENT, "back", APPOINTMENT.price, foreseen(APPOINTMENT.price)),
    ),
    "appointment, done": asked(
        AppointmentWay.DONE, effect=done_effect(APPOINTMENT, APPOINTMENT.price, now=APPOINTMENT.starts)
    ),
    "appointment, done with a reason": asked(
        AppointmentWay.DONE,
        TypedAppointmentDeed(reason=LONG_REASON),
        effect=done_effect(replace(APPOINTMENT, state=AppointmentState.BOOKED), 0, now=APPOINTMENT.starts),
        role=Role.PROVIDER,
        left=0,
    ),
    "appointment, done before it begins": asked(
        AppointmentWay.DONE, problems={"form": "An appointment is done once it has begun, and not before."}, now=NOW
    ),
}
