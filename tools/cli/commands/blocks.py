"""`fullhouse blocks`: buyers who can buy nothing for a while."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from cli.moments import stamp
from cli.output import JsonOption
from cli.shape import App

PATH: Final = "/api/admin/blocks"

app = App(help="Buyers who can buy nothing for a while.")


@app.command("list")
def list_blocks(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest first.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show who is blocked, why, and until when."""
    from cli.admin import pages
    from cli.environment import environ
    from cli.output import json_line, say, table

    rows = list(pages(environ(), PATH, {"active": str(not everything).lower()}, role="viewer", limit=limit))
    if as_json:
        json_line({"data": rows})
        return
    if not rows:
        say("Nobody is blocked." if not everything else "Nobody was blocked in the last 30 days.")
        return
    table("Blocked buyers", ("Block", "Who", "Why", "Until", "Made or lifted by"), [_cells(row) for row in rows])


@app.command()
def add(
    *,
    email: Annotated[str, typer.Option("--email", help="Block this e-mail address.")] = "",
    address: Annotated[str, typer.Option("--address", help="Block this network address, such as 203.0.113.7.")] = "",
    hours: Annotated[int, typer.Option("--hours", min=1, help="For so many hours.")] = 24,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    as_json: JsonOption = False,
) -> None:
    """Let a buyer buy nothing for a while; what they have paid for stays theirs."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    body = {"email": email or None, "address": address or None, "hours": hours, "reason": reason}
    made = call(environ(), "POST", PATH, role="admin", body=body)
    said = f"{made['shown']} can buy nothing until {stamp(made['until'])}. Block {made['blockId']}."
    result(made, said, as_json=as_json)


@app.command()
def lift(
    block: Annotated[str, typer.Argument(metavar="BLOCK", help="The block's id, as `blocks list` shows it.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    as_json: JsonOption = False,
) -> None:
    """Let a buyer buy again at once; what was seen of them until now counts no more."""
    from urllib.parse import quote

    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    path = f"{PATH}/{quote(block, safe='')}/lift"
    lifted = call(environ(), "POST", path, role="operator", body={"reason": reason})
    result(lifted, f"{lifted['shown']} can buy again.", as_json=as_json)


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    from cli.services import printable

    who = f"lifted by {row['liftedBy']}" if row["liftedAt"] else row["madeBy"]
    return tuple(map(printable, (row["blockId"], row["shown"], row["cause"], stamp(row["until"]), who)))
