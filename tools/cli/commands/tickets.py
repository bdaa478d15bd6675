"""`fullhouse tickets`: what became of a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.output import JsonOption
from cli.shape import App
from cli.tickets import ticket_name

app = App(help="Tickets, by the number that stands on them.")


@app.callback()
def tickets() -> None:
    """Tickets, by the number that stands on them."""


@app.command()
def show(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The order's short number, or its id.")],
    seat: Annotated[int, typer.Argument(metavar="SEAT", min=1, max=65_535, help="The seat within the order.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Show whether a ticket lets somebody in, who came in on it, and all that happened to it at doors."""
    from urllib.parse import quote

    from cli.admin import call
    from cli.environment import environ
    from cli.output import json_line, say

    answer = call(environ(), "GET", f"/api/admin/checkin/tickets/{quote(order, safe='')}/{seat}", role="viewer")
    if as_json:
        json_line(answer)
        return
    for each in lines(answer):
        say(each)


@app.command()
def move(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The order's short number, or its id.")],
    city: Annotated[str, typer.Argument(metavar="CITY", help="Where its seats are to be: a city's id.")],
    tier: Annotated[str, typer.Argument(metavar="TIER", help="The tier there, such as ga or vip.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    as_json: JsonOption = False,
) -> None:
    """Move a paid order's seats to another city or tier: the buyer is sent new tickets, the old ones let nobody in.

    What was paid stays. Seats must be offered there; a repeat changes nothing.
    """
    from cli.admin import call
    from cli.environment import environ
    from cli.orders import order_id_of
    from cli.output import result

    known = environ()
    body = {"cityId": city, "tier": tier, "reason": reason}
    path = f"/api/admin/orders/{order_id_of(known, order)}/move"
    answer = call(known, "POST", path, role="admin", body=body)
    before, after = (f"{answer[when]['cityId']} {answer[when]['tier'].upper()}" for when in ("before", "after"))
    count = "1 seat" if answer["seats"] == 1 else f"{answer['seats']} seats"
    told = f"Order {answer['displayNumber']} has {count} in {after} now"
    result(answer, f"{told}, as before." if before == after else f"{told}, before in {before}.", as_json=as_json)


@app.command()
def void(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The order's short number, or its id.")],
    seats: Annotated[
        list[int] | None, typer.Argument(metavar="[SEAT]...", help="Its seats; without any all tickets of the order.")
    ] = None,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    as_json: JsonOption = False,
) -> None:
    """Make tickets void that got lost or about: their codes let nobody in, and the buyer is sent new ones."""
    from cli.admin import call
    from cli.environment import environ
    from cli.orders import order_id_of
    from cli.output import result

    known = environ()
    path = f"/api/admin/orders/{order_id_of(known, order)}/tickets/void"
    answer = call(known, "POST", path, role="admin", body={"seats": seats or [], "reason": reason})
    which = ", ".join(f"{answer['displayNumber']}-{seat}" for seat in answer["seats"])
    result(answer, f"The codes of {which} let nobody in any more; the buyer is sent new ones.", as_json=as_json)


@app.command()
def transfer(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The order's short number, or its id.")],
    seats: Annotated[list[int], typer.Argument(metavar="SEAT...", help="The seats within the order.")],
    *,
    first_name: Annotated[str, typer.Option("--first-name", help="Who gets them.")],
    last_name: Annotated[str, typer.Option("--last-name", help="Who gets them.")],
    email: Annotated[str, typer.Option("--email", help="Where they go.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    as_json: JsonOption = False,
) -> None:
    """Give tickets to somebody else: new codes for them, the old ones let nobody in; the order stays the buyer's.

    A repeat changes nothing.
    """
    from cli.admin import call
    from cli.environment import environ
    from cli.orders import order_id_of
    from cli.output import result

    known = environ()
    path = f"/api/admin/orders/{order_id_of(known, order)}/tickets/transfer"
    body = {"seats": seats, "firstName": first_name, "lastName": last_name, "email": email, "reason": reason}
    answer = call(known, "POST", path, role="admin", body=body)
    which = ", ".join(f"{answer['displayNumber']}-{seat}" for seat in answer["seats"])
    result(answer, f"{first_name} {last_name} has {which} now, and is sent new codes.", as_json=as_json)


@app.command()
def send(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The order's short number, or its id.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    as_json: JsonOption = False,
) -> None:
    """Send the buyer the tickets once more, to the order's address: those that are good now."""
    from cli.admin import call
    from cli.environment import environ
    from cli.orders import order_id_of
    from cli.output import result

    known = environ()
    path = f"/api/admin/orders/{order_id_of(known, order)}/tickets/send"
    answer = call(known, "POST", path, role="operator", body={"reason": reason})
    told = f"The tickets of {answer['displayNumber']} are on their way to the buyer; `fullhouse orders show` says more."
    result(answer, told, as_json=as_json)


@app.command()
def grant(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Whose they are to be.")],
    city: Annotated[str, typer.Argument(metavar="CITY", help="A city's id.")],
    tier: Annotated[str, typer.Argument(metavar="TIER", help="The tier, such as ga or vip.")],
    quantity: Annotated[int, typer.Argument(metavar="[QUANTITY]", min=1, max=100, help="How many seats.")] = 1,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    session: Annotated[
        str | None, typer.Option("--session", help="The payment page (cs_…) that was paid for them; given once for it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Give somebody tickets by hand: an order like a paid one, which is confirmed to its owner."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    body = {"email": email, "cityId": city, "tier": tier, "quantity": quantity, "reason": reason, "sessionId": session}
    answer = call(environ(), "POST", "/api/admin/tickets", role="admin", body=body)
    count = "1 seat" if len(answer["seats"]) == 1 else f"{len(answer['seats'])} seats"
    told = (
        f"{email} has {count} in {city} {tier.upper()} with order {answer['displayNumber']}, and is sent the tickets."
    )
    result(answer, told, as_json=as_json)


def lines(ticket: Mapping[str, Any]) -> list[str]:
    """The ticket, then its history."""
    from cli.commands.checkin import line
    from cli.services import printable

    stands = "lets somebody in" if ticket["valid"] else f"lets nobody in: {printable(ticket['void'])}"
    head = f"{ticket_name(ticket)}  {ticket['cityId']}  {ticket['tier']}  {stands}"
    used = ticket["used"]
    inside = f"    in since {used['scannedAt']}, {printable(used['door'])}" if used else "    nobody is in on it"
    return [head, inside, *(f"    {line({**row, 'orderNumber': ticket['orderNumber']})}" for row in ticket["history"])]
