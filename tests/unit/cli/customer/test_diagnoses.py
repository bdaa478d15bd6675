"""From what is known of a customer to what is wrong, and the command that mends it (R-3)."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.customer.diagnoses import diagnosed
from cli.customer.domain import Bought, Known
from cli.customer.words import told
from cli.main import COMMANDS
from events import LineKind

pytestmark = pytest.mark.proves("R-3")

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


def at(ago: timedelta) -> str:
    return (NOW - ago).isoformat()


HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CUSTOMER = {"firstName": "Jordan", "lastName": "Ellis", "email": "jordan@example.com"}


def order(state: str = "paid", *, paid: timedelta = HOUR, **changes: Any) -> dict[str, Any]:
    return {
        "orderId": "o-1",
        "number": "7K3M2QXD",
        "displayNumber": "7K3M-2QXD",
        "state": state,
        "placedAt": at(2 * HOUR),
        "paidAt": at(paid) if state not in {"awaiting_payment", "expired", "cancelled", "payment_failed"} else None,
        "amount": 59900,
        "refundedAmount": 0,
        "currency": "USD",
        "cityId": "dallas",
        "customer": CUSTOMER,
        "seats": [{"seat": 1, "cityId": "dallas", "tier": "ga", "state": "sold"}],
        "tickets": [{"seat": 1, "number": "7K3M-2QXD-1", "holder": None}],
        "lines": [{"kind": "seats", "quantity": 1}],
        "fulfilment": {"soldAt": at(paid), "oversold": False},
        "history": [],
        **changes,
    }


def mail(state: str = "sent", *, reason: str | None = None, kind: str = "confirmation") -> dict[str, Any]:
    return {
        "channel": "email",
        "kind": kind,
        "state": state,
        "reason": reason,
        "errorCode": None,
        "waitsFor": None,
        "createdAt": at(HOUR),
        "settledAt": at(HOUR),
    }


def money(*, refunds: tuple[Any, ...] = (), payments: tuple[Any, ...] = ()) -> dict[str, Any]:
    return {"data": list(refunds), "payments": list(payments), "left": 0}


def refund(state: str) -> dict[str, Any]:
    return {
        "amount": 59900,
        "currency": "USD",
        "state": state,
        "createdAt": at(HOUR),
        "lastError": "balance_insufficient",
        "seats": [],
        "requestedBy": "ann@example.com",
        "reason": "asked",
        "tries": 1,
    }


def payment(*, surplus: bool, under_way: int = 0) -> dict[str, Any]:
    return {
        "processor": "stripe",
        "paymentIntent": "pi_1",
        "amount": 59900,
        "refunded": 0,
        "underWay": under_way,
        "currency": "USD",
        "surplus": surplus,
        "paidAt": at(HOUR),
    }


NOBODY = Known(email="jordan@example.com", now=NOW, bought=(), passes=(), waiting=(), calls=())
UNSOLD = {"soldAt": None, "oversold": False}
PASS_LINE: dict[str, Any] = {"kind": LineKind.PASSES.value, "quantity": 3}
PASS_ORDER: dict[str, Any] = {"lines": [PASS_LINE, PASS_LINE], "seats": [], "tickets": []}
PASS: dict[str, Any] = {
    "passId": "p-1",
    "orderId": "o-1",
    "itemId": "ten-classes",
    "orderNumber": "7K3M-2QXD",
    "state": "active",
    "usable": True,
    "entries": 10,
    "entriesLeft": 10,
    "validUntil": (NOW + HOUR).isoformat(),
}
ENTRY: dict[str, Any] = {
    "cityId": "dallas",
    "tier": "ga",
    "quantity": 2,
    "state": "offered",
    "joinedAt": at(HOUR),
    "offeredUntil": (NOW + HOUR).isoformat(),
}
CALL: dict[str, Any] = {
    "requestId": "c-1",
    "kind": "missing_purchase",
    "madeAt": at(HOUR),
    "closedAt": None,
    "reason": None,
}


def with_order(found: dict[str, Any], *messages: dict[str, Any], of: dict[str, Any] | None = None) -> Known:
    return replace(NOBODY, bought=[Bought(order=found, money=of or money(), messages=messages)])


@pytest.mark.parametrize(
    ("known", "wrong", "said", "command"),
    [
        (NOBODY, True, "no order and no pass", "fullhouse reconcile --email jordan@example.com"),
        (with_order(order("awaiting_payment")), True, "nobody has told us", "fullhouse reconcile --order 7K3M2QXD"),
        (with_order(order("payment_pending")), False, "bank debit", ""),
        (with_order(order("expired")), False, "has ended", "fullhouse reconcile --order 7K3M2QXD"),
        (with_order(order("payment_failed")), False, "payment failed", "fullhouse reconcile --order"),
        (with_order(order("disputed")), False, "rest until then", ""),
        (with_order(order("refunded")), False, "went back", ""),
        (with_order(order(fulfilment=UNSOLD), mail()), True, "not sold its seats", "fullhouse subscriptions list"),
        (
            with_order(order(fulfilment={**UNSOLD, "oversold": True}), mail()),
            True,
            "no seat left",
            "fullhouse stock oversold",
        ),
        (with_order(order(**PASS_ORDER), mail()), True, "2 of its 2 passes", "fullhouse subscriptions list --stopped"),
        (with_order(order()), True, "no e-mail was ever made", "fullhouse tickets send 7K3M2QXD"),
        (with_order(order(), mail(kind="sale")), True, "no e-mail was ever made", "fullhouse tickets send 7K3M2QXD"),
        (with_order(order(), mail("failed")), True, "did not arrive", "fullhouse orders change 7K3M2QXD --email"),
        (
            with_order(order(), mail("suppressed", reason="suppressed_recipient")),
            True,
            "did not arrive: suppressed_recipient",
            "fullhouse orders change 7K3M2QXD --email",
        ),
        (with_order(order(), mail("queued")), True, "still waits", "fullhouse logs email"),
        (with_order(order(), mail("delivered")), False, "among the spam", "fullhouse tickets send 7K3M2QXD"),
        (
            with_order(order(tickets=[{"seat": 1, "number": "7K3M-2QXD-1", "holder": "Sam Ray"}]), mail()),
            False,
            "7K3M-2QXD-1 to Sam Ray",
            "",
        ),
        (with_order(order(), mail(), of=money(refunds=(refund("due"),))), False, "on their way back", ""),
        (
            with_order(order(), mail(), of=money(refunds=(refund("refused"),))),
            True,
            "balance_insufficient",
            "fullhouse playbook refund-refused",
        ),
        (
            with_order(order(), mail(), of=money(refunds=(refund("failed"),))),
            True,
            "Stripe says",
            "fullhouse playbook refund-failed",
        ),
        (
            with_order(order(), mail(), of=money(payments=(payment(surplus=True),))),
            True,
            "paid twice",
            "fullhouse playbook second-charge",
        ),
        (replace(NOBODY, passes=[{**PASS, "usable": False, "state": "frozen"}]), False, "rests", "fullhouse passes"),
        (replace(NOBODY, passes=[{**PASS, "usable": False, "state": "ended"}]), False, "went back", "fullhouse passes"),
        (replace(NOBODY, passes=[{**PASS, "usable": False, "entriesLeft": 0}]), False, "used up", "fullhouse passes"),
        (
            replace(NOBODY, passes=[{**PASS, "usable": False, "validUntil": at(HOUR)}]),
            False,
            "time is over",
            "fullhouse passes show p-1",
        ),
        (replace(with_order(order(), mail()), waiting=[ENTRY]), False, "offered until", ""),
        (replace(with_order(order(), mail()), waiting=[{**ENTRY, "state": "waiting"}]), False, "nobody has paid", ""),
        (replace(with_order(order(), mail()), waiting=[{**ENTRY, "state": "expired"}]), False, "nobody took", ""),
        (replace(with_order(order(), mail()), calls=[CALL]), True, "nobody has answered", "fullhouse support show c-1"),
    ],
)
def test_what_is_wrong_is_said_with_the_command_that_mends_it(
    known: Known, wrong: bool, said: str, command: str
) -> None:
    (found,) = diagnosed(known)
    assert (found.wrong, said in found.said) == (wrong, True), found
    assert any(each.startswith(command) for each in found.commands) if command else not found.commands
    assert all(exists(each) for each in found.commands)


@pytest.mark.parametrize(
    "known",
    [
        with_order(order(), mail()),
        with_order(order(paid=MINUTE, fulfilment=UNSOLD)),
        with_order(order(), mail(), of=money(payments=(payment(surplus=True, under_way=59900),))),
        replace(with_order(order(**PASS_ORDER), mail()), passes=[PASS, {**PASS, "passId": "p-2"}]),
        replace(NOBODY, unread=("orders: nobody answers",)),
        replace(with_order(order(), mail()), calls=[{**CALL, "closedAt": at(MINUTE), "reason": "done"}]),
    ],
    ids=["paid and told", "just paid", "second charge on its way", "passes", "unread", "answered"],
)
def test_what_is_in_order_is_not_called_wrong(known: Known) -> None:
    assert diagnosed(known) == []


def test_what_is_wrong_comes_first_and_what_could_not_be_read_is_said() -> None:
    known = replace(with_order(order("disputed")), calls=[CALL], unread=("waiting list: nobody answers",))
    found = diagnosed(known)
    assert [each.wrong for each in found] == [True, False]
    lines = list(told(known, found))
    assert lines[0] == "✗ NOT READ: waiting list: nobody answers"
    assert "    → fullhouse support show c-1" in lines
    quiet = list(told(replace(known, calls=[]), []))
    assert quiet[-1] == "Of the rest nothing is wrong."


def exists(line: str) -> bool:
    """Whether a command with its options is there."""
    command, words = COMMANDS, shlex.split(line)[1:]
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]  # type: ignore[attr-defined]
    known = {option for parameter in command.params for option in parameter.opts}
    return all(word in known for word in words if word.startswith("--"))
