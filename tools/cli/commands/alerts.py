"""`fullhouse alerts` lists alerts and watches them pass, `fullhouse alert` raises one by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.moments import stamp
from cli.output import JsonOption
from cli.shape import App

if TYPE_CHECKING:
    from eventbus import Received, Tail
    from events import Event

SEVERITIES: Final = ("critical", "high", "medium", "low")
app = App(help="Alerts: those that are open, and all as they pass.")
one = App(help="One alert.")


@app.callback()
def alerts() -> None:
    """Alerts: those that are open, and all as they pass."""


@one.callback()
def alert() -> None:
    """One alert."""


@app.command("list")
def list_(
    *,
    rule: Annotated[list[str] | None, typer.Option(help="Only those of this rule; repeatable.")] = None,
    over: Annotated[bool, typer.Option("--over", help="Those that are over, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List the alerts that are open, the newest first: who has taken each, and what to do about it."""
    from urllib.parse import urlencode

    from cli.admin import call
    from cli.environment import environ
    from cli.output import json_line, say

    status = () if over else ("firing", "acknowledged")
    query = urlencode({"rule": rule or (), "status": status, "limit": limit}, doseq=True)
    found = call(environ(), "GET", f"/api/alerts?{query}", role="viewer")
    if as_json:
        json_line(found)
        return
    for each in found["data"]:
        say("\n".join(lines(each)))
    if not found["data"]:
        say("No such alerts." if over else "No open alerts.")


@app.command()
def show(
    alert_id: Annotated[str, typer.Argument(metavar="ID", help="The alert's id, as `alerts list` shows it.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Show an alert: what was found out before it was raised, and what became of it."""
    from urllib.parse import quote

    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    found = call(environ(), "GET", f"/api/alerts/{quote(alert_id, safe='')}", role="viewer")
    result(found, "\n".join(whole(found)), as_json=as_json)


@app.command()
def tail(
    *,
    severity: Annotated[
        list[str] | None, typer.Option(metavar="|".join(SEVERITIES), help="Only these; repeatable.")
    ] = None,
    since: Annotated[
        str, typer.Option(help="From then on: 30s, 15m, 24h, 7d ago, or an ISO 8601 time; else from now on.")
    ] = "",
    count: Annotated[int, typer.Option("--count", min=0, help="End after so many; 0 means never.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Print alerts as they are raised, acknowledged and resolved. Ctrl-C ends it."""
    from datetime import UTC, datetime

    from cli import connections
    from cli.choices import topics_named
    from cli.environment import environ
    from cli.moments import moment
    from eventbus import Tail

    began = moment(since, now=datetime.now(UTC)) if since else None
    topics = [f"alerts.{_severity(name)}" for name in severity or SEVERITIES]
    reader = Tail(connections.kafka(environ()), topics_named(topics), since=began)
    connections.run(_print(reader, count=count, as_json=as_json))


@one.command("raise")
def raise_(
    summary: Annotated[str, typer.Argument(metavar="TEXT", help="What people are told.")],
    *,
    severity: Annotated[str, typer.Option(metavar="|".join(SEVERITIES), help="How urgent it is.")],
    category: Annotated[str, typer.Option(help="Who is told first: payments, inventory, api, security …")],
    as_json: JsonOption = False,
) -> None:
    """Raise an alert by hand: it takes the whole routing, as one of a rule does."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    body = {"severity": _severity(severity), "category": category, "summary": summary}
    raised = call(environ(), "POST", "/api/alerts", body=body)
    ways = ", ".join(raised["channels"]) or "nobody"
    text = f"{raised['severity'].capitalize()} alert {raised['id']} is {raised['status']}. It goes out by {ways}."
    result(raised, f"{text} To acknowledge: ACK {raised['code']}", as_json=as_json)


async def _print(reader: Tail, *, count: int, as_json: bool) -> None:
    from cli.commands.stream import document
    from cli.output import json_line, say

    printed = 0
    async with reader:
        async for received in reader:
            if as_json:
                json_line(document(received))
            else:
                say(line(received))
            printed += 1
            if printed == count:
                return


def lines(alert: Mapping[str, Any]) -> list[str]:
    """When, how urgent and what; then its rule, who has taken it, and what to do."""
    from cli.services import plain

    when = stamp(alert["timestamp"])
    taken = (
        f"taken by {alert['acknowledgedBy']}" if alert["acknowledgedBy"] else f"taken by nobody (ACK {alert['code']})"
    )
    told = [alert["rule"], "is over" if alert["status"] == "resolved" else taken, _guide(alert["runbook"] or "")]
    return [
        plain(f"{when}  {alert['severity'].upper()}  {alert['summary']}"),
        plain(f"    {', '.join(filter(None, told))}  {alert['id']}"),
    ]


def whole(alert: Mapping[str, Any]) -> list[str]:
    """The same, with its evidence and its history."""
    from cli.services import plain

    told = [plain(f"    {line}") for line in alert["evidence"]]
    for each in alert["history"]:
        by = f" by {each['by']}" if each["by"] else ""
        told.append(plain(f"    {stamp(each['timestamp'])}  {each['status']}{by}, {each['way']}: {each['note']}"))
    return [*lines(alert), *told]


def _guide(runbook: str) -> str:
    """What to type to read on, or where to look."""
    ours = runbook.startswith("/")
    return f"fullhouse playbook {runbook.rpartition('/')[2]}" if ours else runbook


def line(received: Received[Event]) -> str:
    """`14:02:11  raised        critical  INVENTORY LOW …  ACK 4471`."""
    event: Any = received.event
    step = event.short_type().removeprefix("alert.")
    words = {"raised": f"ACK {event.code}", "acknowledged": f"by {getattr(event, 'by', '')}"}
    more = words.get(step, getattr(event, "reason", ""))
    return f"{event.occurred_at:%H:%M:%S}  {step:<12}  {event.severity:<8}  {event.summary}  {more}".rstrip()


def _severity(name: str) -> str:
    from cli.errors import UsageError

    if name.lower() not in SEVERITIES:
        raise UsageError(f"There is no severity “{name}”: write one of {', '.join(SEVERITIES)}.")
    return name.lower()
