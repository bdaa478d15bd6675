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


def lines(ticket: Mapping[str, Any]) -> list[str]:
    """The ticket, then its history."""
    from cli.commands.checkin import line
    from cli.services import printable

    stands = "lets somebody in" if ticket["valid"] else f"lets nobody in: {printable(ticket['void'])}"
    head = f"{ticket_name(ticket)}  {ticket['cityId']}  {ticket['tier']}  {stands}"
    used = ticket["used"]
    inside = f"    in since {used['scannedAt']}, {printable(used['door'])}" if used else "    nobody is in on it"
    return [head, inside, *(f"    {line({**row, 'orderNumber': ticket['orderNumber']})}" for row in ticket["history"])]
