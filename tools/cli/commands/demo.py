"""`fullhouse demo`: sell a demonstration ticket, and show its whole trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.output import JsonOption

if TYPE_CHECKING:
    from cli.demo.trail import Trail

_WORDS: Final = {
    "session": "Payment page opened",
    "webhook": "Stripe's webhook stored and handled",
    "order": "Order paid",
    "tickets": "Tickets signed",
    "stock": "Seat sold in the stock",
    "stream": "Sale seen on Kafka",
    "sms": "SMS to the owners",
    "email": "Confirmation e-mail",
}


def demo(
    *,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="How long to look for all of its parts.")] = 30,
    as_json: JsonOption = False,
) -> None:
    """Buy a ticket as a web client would, pay in the sandbox, and follow it through every service.

    Exits 0 only when every part of the trail was seen.
    """
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
    if values.get("FULLHOUSE_MODE") != "sandbox":
        raise UsageError(
            "The demonstration pays in the sandbox: FULLHOUSE_MODE must be sandbox. Start it with `make up`."
        )
    places = Places(
        gateway=need(values, "PUBLIC_URL", use="buying through the gateway").rstrip("/"),
        sandbox=need(values, "SANDBOX_URL", use="paying").rstrip("/"),
        token=sign(values, email="demo@example.com", role=role_named("admin")),
    )
    tail = Tail(connections.kafka(values), [Topic.ORDERS, Topic.STOCK, Topic.NOTIFICATIONS])
    progress("Selling a demonstration ticket …")
    trail = connections.run(sell(places, tail, seconds=seconds))
    if as_json:
        json_line(trail.document())
    else:
        show(trail, gateway=places.gateway, sandbox=places.sandbox)
    raise typer.Exit(0 if trail.complete else 1)


def show(trail: Trail, *, gateway: str, sandbox: str) -> None:
    """A row a part with ✓ or ✗, and where to click."""
    from cli.output import say, table

    rows = [[*_row(words, trail.parts.get(name))] for name, words in _WORDS.items()]
    rows.append(["✓" if trail.trace_id else "✗", "One trace from request to SMS", "", trail.trace_id or "not seen"])
    table("A demonstration ticket", ("", "part", "seconds", "what was seen"), rows)
    if trail.problem:
        say(f"{trail.problem}\n")
    if trail.complete:
        say(f"All of it in {trail.seconds:.2f} s.\n")
    say(f"  Buy one yourself        {gateway}/register\n  Phone, inbox, control   {sandbox}")


def _row(words: str, facts: Any) -> tuple[str, str, str, str]:
    if facts is None:
        return "✗", words, "", "not seen"
    told = [str(facts[key]) for key in ("number", "id", "subject", "to", "quantity", "numbers") if facts.get(key)]
    return "✓", words, f"{facts['seconds']:.2f}", " · ".join(told)
