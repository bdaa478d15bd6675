"""`fullhouse waitlist`: who waits for seats, and to whom they are offered."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.output import JsonOption
from cli.shape import App

app = App(help="Who waits for seats.")


@app.command("list")
def list_waiting(
    *,
    city: Annotated[str, typer.Option("--city", help="Only this city.")] = "",
    tier: Annotated[str, typer.Option("--tier", help="Only this tier.")] = "",
    state: Annotated[str, typer.Option("--state", help="waiting, offered, taken, expired or left.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the first in line.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show who waits, the first in line first, and until when offers last."""
    from cli.admin import pages
    from cli.environment import environ
    from cli.output import json_line, say, table
    from cli.services import printable

    filters = {"cityId": city, "tier": tier, "state": state}
    rows = list(pages(environ(), "/api/admin/inventory/waitlist", filters, role="operator", limit=limit))
    if as_json:
        json_line({"data": rows})
        return
    if not rows:
        say("Nobody waits.")
        return
    shown = ("cityId", "tier", "quantity", "firstName", "email", "state", "joinedAt", "offeredUntil")
    cells = [tuple(printable("–" if row[name] is None else row[name]) for name in shown) for row in rows]
    table("Waiting list", ("City", "Tier", "Seats", "Name", "E-mail", "State", "Since", "Offered until"), cells)
