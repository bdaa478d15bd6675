"""`fullhouse webhooks`: what payment processors have sent, and what nobody can handle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import typer

from cli.errors import EXIT_FAILED
from cli.moments import stamp
from cli.output import JsonOption
from cli.shape import App

app = App(help="Webhooks of payment processors.")

# Longer than all accounts take to be read.
_LOOK_SECONDS: Final = 120

EventId = Annotated[str, typer.Argument(metavar="ID", help="The processor's id of the event, such as evt_1….")]
Processor = Annotated[str, typer.Option("--processor", help="Who sent it.")]


@app.callback()
def webhooks() -> None:
    """Webhooks of payment processors."""


@app.command("list")
def list_webhooks(
    *,
    kind: Annotated[str, typer.Option("--type", help="Only these, such as charge.refunded.")] = "",
    since: Annotated[str, typer.Option("--since", help="Received since: 15m, 24h, 7d ago, or an ISO 8601 time.")] = "",
    state: Annotated[str, typer.Option("--state", help="Only these: waiting, failed, done, ignored …")] = "",
    order: Annotated[str, typer.Option("--order", help="Only those about this order: its number or id.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show what came in and what became of it, the newest first."""
    from cli.admin import pages
    from cli.environment import environ
    from cli.moments import spans
    from cli.orders import order_id_of
    from cli.output import json_line, say

    known = environ()
    about = order_id_of(known, order) if order else ""
    filters = {"type": kind, "state": state, "order": about, **spans(since=since)}
    rows = list(pages(known, "/api/admin/webhooks", filters, role="viewer", limit=limit))
    if as_json:
        json_line({"data": rows})
    else:
        say("\n".join(line for row in rows for line in lines(row)) or "There is no such webhook.")


@app.command()
def show(event_id: EventId, *, processor: Processor = "stripe", as_json: JsonOption = False) -> None:
    """Print a webhook's payload, without what is personal or secret, and what people have done about it."""
    import json

    from cli.admin import call
    from cli.environment import environ
    from cli.output import result
    from cli.services import plain

    answer = call(environ(), "GET", _path(processor, event_id), role="viewer")
    acts = [
        plain(f"{stamp(act['at'])}  {act['action']} by {act['actor']}: {act['reason']}") for act in answer["history"]
    ]
    payload = json.dumps(answer["payload"], indent=2, ensure_ascii=True)
    result(answer, "\n".join([payload, *acts]), as_json=as_json)


@app.command()
def refused(
    *,
    since: Annotated[str, typer.Option("--since", help="Since then: 15m, 24h, 7d ago, or an ISO 8601 time.")] = "24h",
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="At most so many, the newest.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show the requests that were refused at the door, a minute and cause a line."""
    from urllib.parse import urlencode

    from cli.admin import call
    from cli.environment import environ
    from cli.moments import spans
    from cli.output import result
    from cli.services import plain

    query = urlencode({**spans(since=since), "limit": limit})
    answer = call(environ(), "GET", f"/api/admin/webhooks/refused?{query}", role="viewer")
    told = (
        plain(f"{stamp(row['lastAt'])}  {row['processor']}  {row['cause']} × {row['requests']}, from {row['source']}")
        for row in answer["data"]
    )
    result(answer, "\n".join(told) or "Nothing was refused.", as_json=as_json)


@app.command()
def check(*, as_json: JsonOption = False) -> None:
    """Look how webhook endpoints are set up: registered, enabled, their events, mode, secrets; each account.

    Exit codes: 0 all is well, 1 something is wrong, 3 something could not be looked at.
    """
    _examined("check", as_json=as_json)


@app.command()
def diagnose(*, as_json: JsonOption = False) -> None:
    """Look whether webhooks come and are handled: from outside, at the processor, at our door, in our store.

    Exit codes: 0 all is well, 1 something is wrong, 3 something could not be looked at.
    """
    _examined("diagnose", as_json=as_json)


@app.command()
def replay(
    *,
    since: Annotated[
        str, typer.Option("--since", help="What happened since: 15m, 24h, 7d ago, or an ISO 8601 time.")
    ] = "",
    ids: Annotated[list[str] | None, typer.Option("--id", help="Only this event, such as evt_1…; repeatable.")] = None,
    account: Annotated[str, typer.Option("--account", help="Of an account connected to ours, such as acct_1….")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what there is; change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask, when there are many.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Read events at the processor, and handle those that are not here or have failed; none is handled twice.

    More than 20 need a backup of the last day, and a yes. Exit code 1 when some can't be handled, 3 when the
    account could not be read.
    """
    from cli import replaying
    from cli.backup.guard import before_many
    from cli.environment import environ
    from cli.output import result

    known = environ()
    wish = replaying.wish(since=since, ids=ids or [], account=account)
    found = replaying.found(known, wish)
    if dry_run or not found.due:
        result(found.facts(), f"{found.sentence()} Nothing was changed.", as_json=as_json)
        return
    kept = before_many(known, items=found.due, what=f"Have {found.due} webhooks handled?", yes=yes)
    done = replaying.replayed(known, wish)
    told = [found.sentence(), *([kept] if kept else []), done.sentence()]
    result({**found.facts(), **done.facts()}, "\n".join(told), as_json=as_json)
    if done.failed:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def close(
    event_id: EventId,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    processor: Processor = "stripe",
    as_json: JsonOption = False,
) -> None:
    """Let a webhook be that nobody can or needs to handle."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    answer = call(environ(), "POST", f"{_path(processor, event_id)}/close", body={"reason": reason})
    result(answer, f"{event_id} is closed.", as_json=as_json)


def lines(row: Mapping[str, Any]) -> Iterator[str]:
    """A webhook as people on call need it."""
    from cli.services import plain

    about = f"  order {row['order']}" if row["order"] else ""
    about += f"  of {row['account']}" if row["account"] else ""
    tries = f" after {row['attempts']} failures" if row["attempts"] else ""
    yield plain(f"{stamp(row['received'])}  {row['eventId']}  {row['type']}  {row['state']}{tries}{about}")
    if row["cause"]:
        yield plain(f"    {row['cause']}: {row['lastError'] or 'nothing is done about it'}")


def _examined(look: str, *, as_json: bool) -> None:
    import asyncio

    from cli.admin import answer
    from cli.environment import environ
    from cli.findings import exit_code, rows
    from cli.output import progress, result

    progress("The processor is asked …")
    path = f"/api/admin/webhooks/{look}"
    verdict = asyncio.run(answer(environ(), "GET", path, role="operator", seconds=_LOOK_SECONDS))
    result(verdict, "\n".join([*rows(verdict["findings"]), "Nothing was changed."]), as_json=as_json)
    if code := exit_code(verdict):
        raise typer.Exit(code)


def _path(processor: str, event_id: str) -> str:
    from urllib.parse import quote

    return f"/api/admin/webhooks/{quote(processor, safe='')}/{quote(event_id, safe='')}"
