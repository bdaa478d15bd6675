"""`fullhouse demo`: sell a demonstration ticket, and show its whole trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.output import JsonOption

if TYPE_CHECKING:
    from cli.demo.trail import Facts, Trail

# What a part is called, and what is told of it.
_PARTS: Final = {
    "session": ("Payment page opened", "{price}"),
    "webhook": ("Webhook stored, handled", "{id}"),
    "order": ("Order paid", "{number}"),
    "tickets": ("Tickets signed", "{count}"),
    "stock": ("Seat sold in the stock", "{quantity} {tier}, ledger entry {id}"),
    "stream": ("Sale seen on Kafka", "order.paid, stock.sold"),
    "sms": ("SMS to the owners", "{to}"),
    "email": ("Confirmation e-mail", "{subject}"),
}


def demo(
    *,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="How long to look for all of its parts.")] = 30,
    as_json: JsonOption = False,
) -> None:
    """Buy a ticket as a web client would, pay in the sandbox, and follow it through every service.

    Exits 0 only when every part of the trail was seen.
    """
    from chassis.variables import read_variable
    from cli import connections
    from cli.choices import role_named
    from cli.commands.token import sign
    from cli.demo.sale import Places, sell
    from cli.environment import environ, need
    from cli.errors import UsageError
    from cli.output import json_line, progress
    from eventbus import Tail
    from events import Topic

    values = environ()
    if read_variable(values, "FULLHOUSE_MODE") != "sandbox":
        raise UsageError(
            "The demonstration pays in the sandbox: FULLHOUSE_MODE must be sandbox. Start it with `make up`."
        )
    places = Places(
        gateway=need(values, "PUBLIC_URL", use="buying through the gateway").rstrip("/"),
        sandbox=need(values, "SANDBOX_URL", use="paying").rstrip("/"),
        token=sign(values, email="demo@example.com", role=role_named("admin")),
        password=read_variable(values, "SANDBOX_PASSWORD") or "",
    )
    tail = Tail(connections.kafka(values), [Topic.ORDERS, Topic.STOCK, Topic.NOTIFICATIONS])
    progress("Selling a demonstration ticket …")
    trail = connections.run(sell(places, tail, seconds=seconds))
    if not trail.complete and (cause := _cause(values)):
        trail.problem = f"{trail.problem or 'Not all was seen.'} {cause}"
    if as_json:
        json_line(trail.document())
    else:
        show(trail, gateway=places.gateway, sandbox=places.sandbox)
    raise typer.Exit(0 if trail.complete else 1)


def _cause(values: Mapping[str, str]) -> str:
    """What the monitor says is wrong now; empty when it has found nothing."""
    from cli.admin import call
    from cli.errors import CommandError

    try:
        found = call(values, "GET", "/api/operations", role="viewer")
    except CommandError as error:
        return str(error)
    ill = [f"{row['service']} is {row['status']} ({row['reason']})" for row in found["services"] if row["reason"]]
    return f"Now {', '.join(ill)}." if ill else ""


def show(trail: Trail, *, gateway: str, sandbox: str) -> None:
    """A row a part with ✓ or ✗, and where to click."""
    from cli.output import say, table

    rows = [_row(words, trail.parts.get(name), tell) for name, (words, tell) in _PARTS.items()]
    rows.append(("✓" if trail.trace_id else "✗", "One trace, request to SMS", "", trail.trace_id or "not seen"))
    table("A demonstration ticket", ("", "part", "after", "what was seen"), rows)
    if trail.problem:
        say(f"{trail.problem}\n")
    if trail.complete:
        say(f"  All of it after {trail.seconds:.2f} s.")
    session = trail.parts.get("session")
    pages = {"The payment page": session["url"]} if session else {}
    pages |= {"The SMS and the e-mail": f"{sandbox}/messages", "Buy one yourself": f"{gateway}/register"}
    for words, url in pages.items():
        say(f"  {words:<22}  {url}")


def _row(words: str, facts: Facts | None, tell: str) -> tuple[str, str, str, str]:
    from chassis.money import Money, format_money

    if facts is None:
        return "✗", words, "", "not seen"
    price = format_money(Money(facts["amount"], facts["currency"])) if "amount" in facts else ""
    return "✓", words, f"{facts['seconds']:.2f} s", tell.format_map({**facts, "price": price})
