"""From what is known of a customer to what is wrong with it, and the exact command that mends it. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chassis.formats import money
from chassis.money import Money
from cli.customer.domain import Bought, Diagnosis, Known, Row
from events import LineKind

# As long may seats, passes and mails take before something is wrong.
_SOON: Final = timedelta(minutes=5)
_OPEN: Final = frozenset({"placed", "awaiting_payment"})
_OVER: Final = frozenset({"expired", "cancelled", "payment_failed"})
_GOOD: Final = frozenset({"paid", "partially_refunded"})
# Kinds and reasons of the notifier's messages: what only staff get, what never left, what may still come.
_OF_STAFF: Final = "sale"
_UNREACHED: Final = frozenset({"suppressed_recipient", "expired"})
_WAITING: Final = frozenset({"queued", "unknown"})
_STOPPED: Final = "fullhouse subscriptions list --stopped"
_ENDED: Final = {"expired": "its time to pay has ended", "cancelled": "it was cancelled"}


def diagnosed(known: Known) -> list[Diagnosis]:
    """What is wrong comes first; each kind in the order in which it is known."""
    found = [
        *(each for bought in known.bought for each in _of_order(known, bought)),
        *(each for held in known.passes for each in _of_pass(held, known.now)),
        *(each for entry in known.waiting for each in _of_entry(entry)),
        *(each for call in known.calls for each in _of_call(call)),
        *_of_nothing(known),
    ]
    return sorted(found, key=lambda each: not each.wrong)


def _of_nothing(known: Known) -> Iterator[Diagnosis]:
    """Who has nothing may have bought with another address, on a page of an earlier system, or not at all."""
    if known.bought or known.passes or known.unread:
        return
    email = shlex.quote(known.email)
    yield Diagnosis(
        subject=known.email,
        wrong=True,
        said="there is no order and no pass: ask for the address on the receipt; if its session (cs_…) is paid at"
        " Stripe, what it was paid for is given by hand, once",
        commands=(
            f"fullhouse reconcile --email {email}",
            f'fullhouse passes grant {email} PASS --session SESSION --reason "Paid, and nothing came"',
            f'fullhouse tickets grant {email} CITY TIER --session SESSION --reason "Paid, and nothing came"',
        ),
    )


def _of_order(known: Known, bought: Bought) -> Iterator[Diagnosis]:
    order = bought.order
    state = order["state"]
    if state in _OPEN:
        yield _waits_for_payment(order)
    elif state == "payment_pending":
        yield _note(order, "its money is on its way, as a bank debit takes days; its seats are kept until then")
    elif state in _OVER:
        yield _over(order)
    elif state == "disputed":
        yield _note(order, "the buyer's bank has taken the money back for now: its tickets and passes rest until then")
    elif state == "refunded":
        yield _note(order, "its money went back, and its tickets and passes have ended with it")
    elif state in _GOOD:
        yield from _fulfilled(known, bought)
    yield from _money(bought)


def _waits_for_payment(order: Row) -> Diagnosis:
    return _wrong(
        order,
        "it is not paid as far as we know; if the customer has paid, nobody has told us yet",
        f"fullhouse reconcile --order {order['number']}",
    )


def _over(order: Row) -> Diagnosis:
    """Money that came later makes it a paid order again, as soon as we hear of it."""
    why = _ENDED.get(order["state"], "its payment failed")
    return Diagnosis(
        subject=order["displayNumber"],
        wrong=False,
        said=f"{why}, and it has no seats; if the customer has paid all the same, it is found",
        commands=(f"fullhouse reconcile --order {order['number']}",),
    )


def _fulfilled(known: Known, bought: Bought) -> Iterator[Diagnosis]:
    order = bought.order
    late = order["paidAt"] is not None and known.now - _moment(order["paidAt"]) > _SOON
    if late:
        yield from _seats(order)
        yield from _passes(known, order)
    yield from _mail(bought, late=late)
    yield from _given(order)
    if order["state"] == "partially_refunded":
        yield _note(order, "a part of its money went back; the tickets of seats that were refunded have ended")


def _seats(order: Row) -> Iterator[Diagnosis]:
    if not order["seats"] or order["fulfilment"]["soldAt"]:
        return
    if order["fulfilment"]["oversold"]:
        yield _wrong(
            order,
            "it is paid, and there was no seat left for it: what comes free goes to it first",
            "fullhouse stock oversold",
            "fullhouse playbook oversell-crisis",
        )
        return
    yield _wrong(
        order,
        "it is paid, and inventory has not sold its seats: a line has stopped, or an event is a dead letter",
        _STOPPED,
        "fullhouse dlq list --service inventory",
    )


def _passes(known: Known, order: Row) -> Iterator[Diagnosis]:
    """Each line that sells passes becomes one, with the entries of all of them."""
    bought = sum(line["kind"] == LineKind.PASSES for line in order["lines"])
    there = sum(held["orderId"] == order["orderId"] for held in known.passes)
    if there < bought:
        yield _wrong(
            order,
            f"it is paid, and {bought - there} of its {bought} passes are missing: checkout-passes has stopped, or an"
            " event is a dead letter",
            _STOPPED,
            "fullhouse dlq list --service checkout",
        )


def _mail(bought: Bought, *, late: bool) -> Iterator[Diagnosis]:
    """The newest e-mail tells whether the address can be reached."""
    order = bought.order
    mails = [each for each in bought.messages if each["channel"] == "email" and each["kind"] != _OF_STAFF]
    newest = max(mails, key=lambda each: str(each["createdAt"]), default=None)
    if newest is None:
        if late:
            yield _wrong(order, "no e-mail was ever made for it", *_again(order, "No e-mail came"), _STOPPED)
        return
    told = f"its e-mail ({newest['kind']})"
    if newest["state"] == "failed" or newest["reason"] in _UNREACHED:
        why = newest["reason"] or newest["errorCode"] or "no reason is known"
        said = f"{told} did not arrive: {why}. Ask the customer for another address"
        yield _wrong(order, said, *_to_another_address(order))
    elif newest["state"] == "delivered":
        said = f"{told} was delivered {_day(newest['settledAt'] or newest['createdAt'])}: it may be among the spam"
        yield _note(order, said, *_again(order, "The customer does not find the e-mail"))
    elif late and newest["state"] in _WAITING:
        why = newest["reason"] or newest["waitsFor"] or "its turn"
        yield _wrong(order, f"{told} still waits: {why}", "fullhouse logs email --since 1h --lines 20")


def _again(order: Row, reason: str) -> tuple[str, ...]:
    """Tickets can be sent once more; whoever has passes gets the link to them at /find-my-purchase."""
    return (f'fullhouse tickets send {order["number"]} --reason "{reason}"',) if order["tickets"] else ()


def _to_another_address(order: Row) -> tuple[str, ...]:
    if not order["tickets"]:
        return ()
    return (f'fullhouse orders change {order["number"]} --email ADDRESS --reason "The e-mail did not arrive"',)


def _given(order: Row) -> Iterator[Diagnosis]:
    given = [each for each in order["tickets"] if each["holder"]]
    if given:
        told = ", ".join(f"{each['number']} to {each['holder']}" for each in given)
        yield _note(order, f"tickets were given away, whose codes only their holders have: {told}")


def _money(bought: Bought) -> Iterator[Diagnosis]:
    if bought.money is None:
        return
    order, number = bought.order, bought.order["number"]
    for refund in bought.money["data"]:
        amount = money(Money(refund["amount"], refund["currency"]))
        if refund["state"] == "due":
            yield _note(order, f"{amount} are on their way back since {_day(refund['createdAt'])}")
        elif refund["state"] in {"refused", "failed"}:
            yield _wrong(
                order,
                f"{amount} were to go back, and Stripe says: {refund['lastError'] or refund['state']}",
                f"fullhouse playbook refund-{refund['state']}",
                f"fullhouse orders show {number}",
            )
    yield from _twice(order, bought.money["payments"])


def _twice(order: Row, payments: Sequence[Row]) -> Iterator[Diagnosis]:
    for each in payments:
        left = each["amount"] - each["refunded"] - each["underWay"]
        if each["surplus"] and left > 0:
            yield _wrong(
                order,
                f"it was paid twice, and {money(Money(left, each['currency']))} of the second payment stay with us",
                "fullhouse playbook second-charge",
            )


def _of_pass(held: Row, now: datetime) -> Iterator[Diagnosis]:
    if held["usable"]:
        return
    ended = _moment(held["validUntil"]) <= now
    why = {
        "frozen": "it rests while its payment is disputed",
        "ended": "it has ended: its money went back",
    }.get(held["state"]) or ("its time is over" if ended else "it is used up" if not held["entriesLeft"] else None)
    if why:
        yield Diagnosis(
            subject=f"pass {held['itemId']} of {held['orderNumber']}",
            wrong=False,
            said=why,
            commands=(f"fullhouse passes show {held['passId']}",),
        )


def _of_entry(entry: Row) -> Iterator[Diagnosis]:
    place = f"{entry['cityId']} {entry['tier'].upper()}"
    if entry["state"] == "offered":
        said = f"{entry['quantity']} seats are offered until {_minute(entry['offeredUntil'])}: an e-mail has the link"
    elif entry["state"] == "waiting":
        said = f"it waits for {entry['quantity']} seats since {_day(entry['joinedAt'])}; nobody has paid for these"
    elif entry["state"] == "expired":
        said = f"{entry['quantity']} seats were offered, and nobody took them until {_minute(entry['offeredUntil'])}"
    else:
        return
    yield Diagnosis(subject=f"waiting list of {place}", wrong=False, said=said)


def _of_call(call: Row) -> Iterator[Diagnosis]:
    if call["closedAt"] is None:
        yield Diagnosis(
            subject=f"call for help ({call['kind']})",
            wrong=True,
            said=f"nobody has answered since {_minute(call['madeAt'])}",
            commands=(
                f"fullhouse support show {call['requestId']}",
                f'fullhouse support close {call["requestId"]} --reason "What was done"',
            ),
        )


def _note(order: Row, said: str, *commands: str) -> Diagnosis:
    return Diagnosis(subject=order["displayNumber"], wrong=False, said=said, commands=commands)


def _wrong(order: Row, said: str, *commands: str) -> Diagnosis:
    return Diagnosis(subject=order["displayNumber"], wrong=True, said=said, commands=commands)


def _moment(text: Any) -> datetime:
    return datetime.fromisoformat(str(text)).astimezone(UTC)


def _day(text: Any) -> str:
    return f"{_moment(text):%Y-%m-%d}"


def _minute(text: Any) -> str:
    return f"{_moment(text):%Y-%m-%d %H:%M} UTC"
