"""`fullhouse support`: customers who call for help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import typer

from cli.moments import stamp
from cli.output import JsonOption
from cli.shape import App

PATH: Final = "/api/admin/support"

app = App(help="Customers who call for help.")

RequestId = Annotated[str, typer.Argument(metavar="ID", help="The request's id, as `support list` shows it.")]


@app.command("list")
def list_requests(
    *,
    kind: Annotated[str, typer.Option("--kind", help="Only these, such as missing_purchase.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also those that somebody has dealt with.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest first.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show who waits for help, and with what."""
    from cli.admin import pages
    from cli.environment import environ
    from cli.output import json_line, say

    filters = {"active": str(not everything).lower(), **({"kind": kind} if kind else {})}
    rows = list(pages(environ(), PATH, filters, role="viewer", limit=limit))
    if as_json:
        json_line({"data": rows})
    else:
        say("\n".join(line for row in rows for line in lines(row)) or "Nobody waits for help.")


@app.command()
def show(request_id: RequestId, *, as_json: JsonOption = False) -> None:
    """Show one of them in full: where to answer, and the customer's own words."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result
    from cli.services import plain

    row = call(environ(), "GET", _path(request_id), role="admin")
    written = [plain(f"    {line}") for line in row["text"].split("\n")]
    result(row, "\n".join([*lines(row), *written]), as_json=as_json)


@app.command()
def close(
    request_id: RequestId,
    *,
    reason: Annotated[str, typer.Option("--reason", help="What was done about it, for the record.")],
    as_json: JsonOption = False,
) -> None:
    """Say that a customer has been helped."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    closed = call(environ(), "POST", f"{_path(request_id)}/close", role="operator", body={"reason": reason})
    result(closed, f"Closed: {closed['reason']}", as_json=as_json)


def lines(row: Mapping[str, Any]) -> Iterator[str]:
    """A request as people on call need it."""
    from cli.services import plain

    order = row["orderId"] or row["orderSaid"]
    about = f"  order {order}" if order else ""
    stranger = "" if row["known"] else "  of nobody known here"
    yield plain(f"{stamp(row['madeAt'])}  {row['requestId']}  {row['kind']}  {row['email']}{about}{stranger}")
    if row["closedAt"]:
        yield plain(f"    closed by {row['closedBy']}: {row['reason']}")


def _path(request_id: str) -> str:
    from urllib.parse import quote

    return f"{PATH}/{quote(request_id, safe='')}"
