"""Orders and their money in words, and what a refund would do. Pure but for the asking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from chassis.formats import listing, money
from chassis.ids import display_number
from chassis.money import Money, minor_units
from cli.admin import call
from cli.errors import CommandError, UsageError
from cli.moments import stamp
from cli.services import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a refund would do, as far as can be told before it is asked for.

    amount: how much goes back, in minor units
    seats: the seats whose tickets end
    body: what is asked for
    """

    amount: int
    seats: tuple[int, ...]
    body: Mapping[str, Any]


def order_id_of(known: Mapping[str, str], order: str) -> str:
    """The id of an order, by its short number, as people say it, or by its id; CommandError when there is none."""
    with suppress(ValueError):
        return str(UUID(order))
    found = call(known, "GET", f"/api/orders?{urlencode({'number': order})}", role="viewer")["data"]
    if not found:
        raise CommandError(
            f"No order has the number {plain(order)}: it stands on each of its tickets, before the seat."
        )
    return str(found[0]["orderId"])


def find(known: Mapping[str, str], order: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order by its number or id, and its money."""
    order_id = order_id_of(known, order)
    return call(known, "GET", f"/api/orders/{order_id}", role="admin"), money_of(known, order_id)


def money_of(known: Mapping[str, str], order_id: str) -> dict[str, Any]:
    """What came for an order, and what went back."""
    return call(known, "GET", f"/api/admin/orders/{order_id}/refunds", role="admin")


def planned(
    order: Mapping[str, Any],
    found: Mapping[str, Any],
    *,
    seats: str,
    amount: str,
    return_seats: bool | None,
    reason: str,
) -> Plan:
    """Raises UsageError for what can't be meant, and CommandError for what there is not."""
    if seats and amount:
        raise UsageError("Name --seats or --amount, not both; with neither everything goes back that is left.")
    numbers, left = _numbers(seats) if seats else [], int(found["left"])
    _require_sold(order, numbers)
    minor = _typed(amount, order["currency"]) if amount else left
    if numbers:
        minor = sum(found["seatPrices"][str(each)] for each in numbers)
    if not 0 < minor <= left:
        raise CommandError(f"{text(left, order['currency'])} can still be given back. {_look(order)}")
    ending = _sold(order) if minor >= left else tuple(numbers)
    if ending and return_seats is None:
        raise UsageError(
            f"{_named(ending)} of {display_number(order['number'])} would not be valid any more: "
            "say whether they go back on sale, with --return-seats or --keep-seats."
        )
    named = {**({"amount": minor} if amount else {}), **({"seats": numbers} if numbers else {})}
    return Plan(amount=minor, seats=ending, body={**named, "reason": reason, "returnSeats": bool(return_seats)})


def foretold(order: Mapping[str, Any], found: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    """What will be different afterwards, a sentence a line."""
    currency = order["currency"]
    customer = order["customer"]
    name = f"{customer['firstName']} {customer['lastName']}"
    yield plain(
        f"Order {display_number(order['number'])} of {name}: {text(plan.amount, currency)} of the "
        f"{text(found['left'], currency)} that are left go back."
    )
    staying = [seat for seat in _sold(order) if seat not in plan.seats]
    if plan.seats:
        onward = "on sale again" if plan.body["returnSeats"] else "not on sale again"
        yield f"{_named(plan.seats)}: no longer valid, {onward}."
    if staying:
        yield f"{_named(staying)}: valid as before."
    yield "The buyer gets an e-mail when the money has gone back."


def shown(order: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    """An order as people on call need it."""
    currency, customer = order["currency"], order["customer"]
    back = f", {text(order['refundedAmount'], currency)} given back" if order["refundedAmount"] else ""
    yield plain(f"{display_number(order['number'])}  {order['state']}  {text(order['amount'], currency)}{back}")
    yield plain(f"    {order['orderId']}, placed {stamp(order['placedAt'])}")
    yield plain(f"    {customer['firstName']} {customer['lastName']}, {customer['email']}")
    for seat in order["seats"]:
        yield plain(f"    seat {seat['seat']}  {seat['cityId']} {seat['tier'].upper()}  {seat['state']}")
    for each in found["payments"]:
        yield plain(f"    {_payment(each)}")
    for each in found["data"]:
        yield from map(plain, _refund(each))
    yield f"    left to give back: {text(found['left'], currency)}"
    for each in order["history"]:
        yield plain(f"    {_change(each)}")


def listed(order: Mapping[str, Any]) -> str:
    """An order of a list in a line: when, which, where it stands, its money, its seats and its buyer."""
    currency, customer = order["currency"], order["customer"]
    back = f", {text(order['refundedAmount'], currency)} given back" if order["refundedAmount"] else ""
    tiers = " ".join(sorted({seat["tier"].upper() for seat in order["seats"]}))
    parts = (
        stamp(order["placedAt"]),
        display_number(order["number"]),
        order["state"],
        f"{text(order['amount'], currency)}{back}",
        f"{len(order['seats'])} {order['cityId'] or ''} {tiers}",
        f"{customer['firstName']} {customer['lastName']}, {customer['email']}",
    )
    return plain("  ".join(parts))


def settled(data: Sequence[Mapping[str, Any]], currency: str) -> str:
    """What became of refunds that are decided; CommandError when one was refused."""
    refused = [each for each in data if each["state"] in ("refused", "failed")]
    if refused:
        raise CommandError(
            "The processor refused it: "
            f"{'; '.join(plain(each['lastError']) for each in refused)}. See `fullhouse playbook refund-refused`."
        )
    return f"{text(sum(each['amount'] for each in data), currency)} went back."


def _typed(amount: str, currency: str) -> int:
    """`49.90` in minor units."""
    minor = minor_units(amount, currency)
    if minor is None:
        raise UsageError(f"“{plain(amount)}” is no amount in {currency}: write it as 49.90.")
    return minor


def text(amount: int, currency: str) -> str:
    """`$49.90`."""
    return money(Money(amount, currency))


def _require_sold(order: Mapping[str, Any], seats: Sequence[int]) -> None:
    sold = _sold(order)
    if others := [seat for seat in seats if seat not in sold]:
        raise CommandError(f"{_named(others)} can't be refunded. {_look(order)}")


def _look(order: Mapping[str, Any]) -> str:
    return f"Look at `fullhouse orders show {order['number']}`."


def _sold(order: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(int(seat["seat"]) for seat in order["seats"] if seat["state"] == "sold")


def _payment(each: Mapping[str, Any]) -> str:
    parts = [f"{each['processor']} {each['paymentIntent']}  {text(each['amount'], each['currency'])} came"]
    parts.append(stamp(each["paidAt"]))
    parts += [f"{text(each['refunded'], each['currency'])} went back"] if each["refunded"] else []
    parts += [f"{text(each['underWay'], each['currency'])} is on its way back"] if each["underWay"] else []
    parts += ["beyond the price"] if each["surplus"] else []
    return ", ".join(parts)


def _refund(each: Mapping[str, Any]) -> Iterator[str]:
    seats = f", {_named(each['seats']).lower()}" if each["seats"] else ""
    yield f"    refund of {text(each['amount'], each['currency'])}{seats}: {each['state']}, {stamp(each['createdAt'])}"
    who = f"{each['reason']} ({each['requestedBy']})" if each["requestedBy"] else "the order was paid twice"
    trouble = f"; tries: {each['tries']}, {each['lastError']}" if each["lastError"] else ""
    yield f"        {who}{trouble}"


def _change(each: Mapping[str, Any]) -> str:
    step = f"{each['from']} → {each['to']}" if each["from"] else each["to"]
    refused = "refused: " if each["refused"] else ""
    return f"{stamp(each['at'])}  {refused}{step}  {each['who']}, {each['why']}"


def _named(seats: Sequence[int]) -> str:
    return f"{'Seat' if len(seats) == 1 else 'Seats'} {listing([str(seat) for seat in seats])}"


def _numbers(seats: str) -> list[int]:
    try:
        return [int(each) for each in seats.split(",")]
    except ValueError:
        raise UsageError(f"“{plain(seats)}” are no seats: write their numbers as 1,2.") from None
