"""`fullhouse orders`: orders, what became of them and their money, and giving it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer

from cli.output import JsonOption
from cli.shape import App

app = App(help="Orders and their money.")

Order = Annotated[str, typer.Argument(metavar="ORDER", help="The order's short number, such as 7K3M-2QXD, or its id.")]
_PATIENCE: Final = 120.0
_LOOK: Final = 0.5


@app.callback()
def orders() -> None:
    """Orders and their money."""


@app.command("list")
def list_orders(
    *,
    email: Annotated[str, typer.Option("--email", help="Only those of this address.")] = "",
    name: Annotated[str, typer.Option("--name", help="Only those of this first name, last name or both.")] = "",
    status: Annotated[str, typer.Option("--status", help="Only these: paid, refunded, expired …")] = "",
    city: Annotated[str, typer.Option("--city", help="Only those with seats in this city.")] = "",
    since: Annotated[str, typer.Option("--since", help="Placed since: 15m, 24h, 7d ago, or an ISO 8601 time.")] = "",
    until: Annotated[str, typer.Option("--until", help="Placed before, written as --since.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 50,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV: all of them, with the money of each.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show orders, the newest first. CSV has what was charged and given back, in minor units."""
    from urllib.parse import urlencode

    from cli.admin import download, pages
    from cli.environment import environ
    from cli.moments import spans
    from cli.orders import listed
    from cli.output import json_line, say

    given = {"email": email, "name": name, "status": status, "cityId": city, **spans(since=since, until=until)}
    filters, known = {field: value for field, value in given.items() if value}, environ()
    if csv:
        download(known, f"/api/orders.csv?{urlencode(filters)}", role="admin")
        return
    rows = list(pages(known, "/api/orders", filters, role="admin", limit=limit))
    if as_json:
        json_line({"data": rows})
    else:
        say("\n".join(map(listed, rows)) or "There is no such order.")


@app.command()
def show(order: Order, *, as_json: JsonOption = False) -> None:
    """Show an order: where it stands, its seats, payments and refunds, and what happened to it."""
    from cli.environment import environ
    from cli.orders import find, shown
    from cli.output import result

    found, money = find(environ(), order)
    result({"order": found, "money": money}, "\n".join(shown(found, money)), as_json=as_json)


@app.command()
def change(
    order: Order,
    *,
    first_name: Annotated[str, typer.Option("--first-name", help="The buyer's new first name.")] = "",
    last_name: Annotated[str, typer.Option("--last-name", help="The buyer's new last name.")] = "",
    email: Annotated[str, typer.Option("--email", help="The new address; the tickets go there.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    as_json: JsonOption = False,
) -> None:
    """Change the name or the e-mail address of a paid order: its tickets go there, and the address before is told."""
    from cli.admin import call
    from cli.environment import environ
    from cli.errors import UsageError
    from cli.orders import order_id_of
    from cli.output import result
    from cli.services import plain

    named = {"firstName": first_name, "lastName": last_name, "email": email}
    given = {name: value for name, value in named.items() if value}
    if not given:
        raise UsageError("Name what is to change: --first-name, --last-name or --email.")
    known = environ()
    path = f"/api/admin/orders/{order_id_of(known, order)}/customer"
    answer = call(known, "POST", path, role="admin", body={**given, "reason": reason})
    whose = plain(f"{answer['firstName']} {answer['lastName']}, {answer['email']}")
    result(answer, f"Order {answer['displayNumber']} is of {whose} now.", as_json=as_json)


@app.command()
def refund(
    order: Order,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    seats: Annotated[str, typer.Option("--seats", help="Only what these seats cost, such as 1,2.")] = "",
    amount: Annotated[str, typer.Option("--amount", help="Only so much, such as 49.90.")] = "",
    return_seats: Annotated[
        bool | None,
        typer.Option("--return-seats/--keep-seats", help="Whether seats that are no longer valid go back on sale."),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the processor has decided.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Give an order's money back through whoever took it: all that is left, an amount, or what seats cost.

    Shows what will be different, and asks. Tickets end when the money has gone back; the buyer gets an e-mail.
    """
    from cli.environment import environ
    from cli.orders import find, foretold, planned, settled, text
    from cli.output import result, say
    from cli.services import agreed

    known = environ()
    found, money = find(known, order)
    plan = planned(found, money, seats=seats, amount=amount, return_seats=return_seats, reason=reason)
    if not as_json:
        say("\n".join(foretold(found, money, plan)))
    agreed(f"Give {text(plan.amount, found['currency'])} back?", yes=yes)
    answer = _asked(known, found, plan.body)
    told = f"{text(answer['amount'], answer['currency'])} are on their way back; `fullhouse orders show` says how far."
    if wait:
        data = _decided(known, found, [each["refundId"] for each in answer["refunds"]])
        answer, told = {**answer, "refunds": data}, settled(data, answer["currency"])
    result(answer, told, as_json=as_json)


@app.command()
def cancel(
    order: Order,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Cancel an order that is not paid, or that cost nothing: its seats go back on sale.

    The payment page is ended first. What turns out to be paid stays paid: `orders refund` gives its money back.
    """
    from cli.admin import call
    from cli.environment import environ
    from cli.orders import order_id_of
    from cli.output import result
    from cli.services import agreed, plain

    known = environ()
    order_id = order_id_of(known, order)
    agreed(f"Cancel {plain(order)}? Its seats go back on sale.", yes=yes)
    answer = call(known, "POST", f"/api/admin/orders/{order_id}/cancel", role="admin", body={"reason": reason})
    ended = {"cancelled": "is cancelled", "refunded": "is cancelled; its tickets are void"}
    told = ended.get(answer["state"], f"was over before: {answer['state']}")
    result(answer, f"Order {answer['displayNumber']} {told}.", as_json=as_json)


@app.command("process-pending")
def process_pending(*, as_json: JsonOption = False) -> None:
    """Ask the processor about each payment that is not settled, and settle what it has decided."""
    from cli.environment import environ
    from cli.output import result
    from cli.pending import processed, told

    counts = processed(environ())
    result({"success": True, **counts}, told(counts), as_json=as_json)


@app.command("refund-city")
def refund_city(
    city: Annotated[str, typer.Argument(metavar="CITY", help="The city's id, such as dallas-jan-2027.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    return_seats: Annotated[bool, typer.Option("--return-seats", help="Put the seats on sale again.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until each refund is decided.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Give all orders of a city back what is left of their money, such as when its workshop is cancelled.

    Shows how much goes back, what is left out and why, and what the processor's account has, and asks. Take the city
    off sale before: what is bought meanwhile is not among them. What stops on the way goes on by itself.
    """
    from cli.admin import call
    from cli.cityrefunds import decided, foretold, told
    from cli.environment import environ
    from cli.output import result, say
    from cli.services import agreed

    known = environ()
    path = f"/api/admin/cities/{city}/refund"
    preview = call(known, "GET", path, role="admin")
    if not as_json:
        say("\n".join(foretold(preview)))
    agreed(f"Refund {preview['orders']} orders?", yes=yes)
    body = {"reason": reason, "returnSeats": return_seats, "expectedOrders": preview["orders"]}
    answer = call(known, "POST", path, role="admin", body=body)
    if wait:
        answer = decided(known, answer)
    result(answer, "\n".join(told(answer)), as_json=as_json)


@app.command("city-refund")
def city_refund(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The id that `refund-city` has printed.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Show how far the refund of a city is, and which of its orders could not be asked for."""
    from urllib.parse import quote

    from cli.admin import call
    from cli.cityrefunds import told
    from cli.environment import environ
    from cli.output import result

    answer = call(environ(), "GET", f"/api/admin/city-refunds/{quote(run, safe='')}", role="viewer")
    result(answer, "\n".join(told(answer)), as_json=as_json)


def _asked(known: Mapping[str, str], order: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    from cli.admin import call
    from cli.errors import CommandError

    try:
        return call(known, "POST", f"/api/admin/orders/{order['orderId']}/refund", role="admin", body=body)
    except CommandError as error:
        raise CommandError(
            f"{error}. Look at `fullhouse orders show {order['number']}` before you try again."
        ) from None


def _decided(known: Mapping[str, str], order: Mapping[str, Any], ids: Sequence[str]) -> list[dict[str, Any]]:
    """These refunds, once the processor has decided."""
    import time

    from cli.errors import CommandError
    from cli.orders import money_of

    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        data = [each for each in money_of(known, order["orderId"])["data"] if each["refundId"] in ids]
        if all(each["state"] != "due" for each in data):
            return data
        time.sleep(_LOOK)
    raise CommandError(
        f"The processor has not decided within {_PATIENCE:.0f} s. It is asked until it has: "
        f"look at `fullhouse orders show {order['number']}` later."
    )
