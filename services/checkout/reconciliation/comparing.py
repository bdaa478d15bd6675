"""What processors say beside what we have: whether it agrees, and what is wrong where it does not. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from checkout.orders.states import SETTLED, WITH_TICKETS
from checkout.payments.domain import Attempt, AttemptState, Dispute, ProcessorRefund, Session, is_ours
from checkout.reconciliation.domain import OWN, Difference
from events import DifferenceKind, OrderSource, OrderState

_WAITING: Final = frozenset({AttemptState.OPEN, AttemptState.COMPLETE})
# Messages that did not reach anybody.
_NEVER_ARRIVED: Final = frozenset({"failed", "suppressed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """An order, with what belongs to it.

    order_id: its id
    state: where it stands
    amount, currency, live_mode: what is asked for it
    source: where it comes from
    processor: who takes its money; None when nobody does
    paid_at: when its money was here
    seats: its seats that are good
    tickets: the tickets that there are for them
    pools: in how many pools its good seats are
    sold: of how many of these inventory has said that they are sold
    passes: passes that were bought with it
    granted: those that there are
    told: states of the e-mails to its buyer
    charges: what was given back of each of its payments, by the processor's id, minor units
    """

    order_id: UUID
    state: OrderState
    amount: int
    currency: str
    live_mode: bool
    source: str
    processor: str | None
    paid_at: datetime | None
    seats: int
    tickets: int
    pools: int
    sold: int
    passes: int
    granted: int
    told: frozenset[str]
    charges: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPayment:
    """A payment as we have it.

    order_id: what it pays for
    state: where that order stands
    refunded: what was given back of it, minor units
    under_way: whether a refund of ours is
    others_unknown: whether a restored database may lack other payments of the order, and nothing is followed yet
    """

    order_id: UUID
    state: OrderState
    refunded: int
    under_way: bool
    others_unknown: bool


def of_session(account: str, session: Session, ours: Ours | None) -> Difference | None:
    """What is wrong with a paid session. One whose money went back as a whole is nobody's any more."""
    kind = _wrong_with(session, ours) if session.paid else None
    order_id = ours.order_id if ours else session.order_id
    return None if kind is None else _difference(account, session, kind, order_id, ours)


def of_waiting(account: str, session: Session, attempt: Attempt, ours: Ours | None) -> Difference | None:
    """What is wrong with an order that waits: that it is paid, or that its wait is over otherwise."""
    if session.paid:
        return of_session(account, session, ours)
    behind = attempt.state in _WAITING and attempt.is_behind(session)
    return _difference(account, session, DifferenceKind.NEWS_MISSING, attempt.order_id, ours) if behind else None


def of_refunds(account: str, payment_intent: str, told: int, known: KnownPayment) -> Difference | None:
    """What is wrong with what was given back of a payment, `told` by its processor in minor units."""
    if known.under_way or known.others_unknown or told == known.refunded:
        return None
    return Difference(
        account=account,
        kind=DifferenceKind.REFUND_MISSING if told > known.refunded else DifferenceKind.REFUND_FAILED,
        subject=payment_intent,
        order_id=known.order_id,
        evidence={"refunded_there": told, "refunded_here": known.refunded},
    )


def refund_is_news(refund: ProcessorRefund, known: Mapping[str, bool]) -> bool:
    """Whether a refund, or its failure, may be unknown; `known`: whether each that is has failed."""
    return known.get(refund.refund_id) is not (refund.failure is not None)


def of_dispute(account: str, dispute: Dispute, known: KnownPayment | None, *, noted: bool) -> Difference | None:
    """What is wrong with a dispute: that it began, or ended, and nobody here has heard of it. `noted`: its begin is."""
    open_here = known is not None and known.state is OrderState.DISPUTED
    if known is None or dispute.inquiry or (noted and not (dispute.won is not None and open_here)):
        return None
    return Difference(
        account=account,
        kind=DifferenceKind.DISPUTE_MISSING,
        subject=dispute.dispute_id,
        order_id=known.order_id,
        evidence={"payment": dispute.payment_intent, "amount": dispute.amount, "currency": dispute.currency},
    )


def of_order(ours: Ours, *, confirmed: bool, heard: bool = True) -> Iterator[Difference]:
    """What is wrong with an order by itself.

    confirmed: whether buyers are written to at all
    heard: whether other services have had the time to tell what they have done for it
    """
    for kind in _lacking(ours, confirmed=confirmed, heard=heard):
        evidence: dict[str, str | int | None] = {"state": ours.state.value}
        if kind in _COUNTED:
            wanted, there = _COUNTED[kind]
            evidence |= {"wanted": getattr(ours, wanted), "there": getattr(ours, there)}
        yield Difference(
            account=OWN,
            kind=kind,
            subject=str(ours.order_id),
            order_id=ours.order_id,
            evidence=evidence,
            paid_at=ours.paid_at,
        )


_COUNTED: Final = {
    DifferenceKind.TICKETS_MISSING: ("seats", "tickets"),
    DifferenceKind.PASS_MISSING: ("passes", "granted"),
    DifferenceKind.SEATS_MISSING: ("pools", "sold"),
}


def _wrong_with(session: Session, ours: Ours | None) -> DifferenceKind | None:
    back = session.refunded >= session.amount > 0
    if ours is None:
        return None if back or not is_ours(session.metadata) else DifferenceKind.PAID_WITHOUT_ORDER
    known = session.payment_intent is None or session.payment_intent in ours.charges
    if known and ours.state in SETTLED:
        return None
    if (session.amount, session.currency, session.live_mode) != (ours.amount, ours.currency, ours.live_mode):
        return None if back else DifferenceKind.AMOUNT_DIFFERS
    if ours.state not in SETTLED:
        return None if back else DifferenceKind.ORDER_NOT_PAID
    return DifferenceKind.SECOND_PAYMENT if ours.charges else DifferenceKind.PAYMENT_MISSING


def _lacking(ours: Ours, *, confirmed: bool, heard: bool) -> Iterator[DifferenceKind]:
    if ours.state not in SETTLED:
        if ours.sold or ours.tickets or ours.granted:
            yield DifferenceKind.NOT_PAID
        return
    if ours.amount and not ours.charges and ours.source != OrderSource.GRANTED:
        yield DifferenceKind.NOT_PAID
    if ours.state not in WITH_TICKETS:
        return
    if ours.tickets < ours.seats:
        yield DifferenceKind.TICKETS_MISSING
    if ours.granted < ours.passes:
        yield DifferenceKind.PASS_MISSING
    if heard and ours.sold < ours.pools:
        yield DifferenceKind.SEATS_MISSING
    if heard and confirmed and ours.told <= _NEVER_ARRIVED:
        yield DifferenceKind.CONFIRMATION_MISSING


def _difference(
    account: str, session: Session, kind: DifferenceKind, order_id: UUID | None, ours: Ours | None
) -> Difference:
    evidence: dict[str, str | int | None] = {
        "payment": session.payment_intent,
        "amount": session.amount,
        "currency": session.currency,
        "status": session.status,
        "state": ours.state.value if ours else None,
    }
    if kind is DifferenceKind.AMOUNT_DIFFERS and ours is not None:
        evidence |= {"due": ours.amount, "due_currency": ours.currency}
    return Difference(
        account=account,
        kind=kind,
        subject=session.session_id,
        order_id=order_id,
        evidence=evidence,
        paid_at=session.paid_at,
    )
