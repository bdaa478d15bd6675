"""`fullhouse refused`: events that Kafka would not take; they lie aside until somebody has mended the cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.output import JsonOption
from cli.shape import App

app = App(help="Events that Kafka refused.")

ServiceOption = Annotated[list[str] | None, typer.Option("--service", help="Only this service's; repeatable.")]
TopicOption = Annotated[list[str] | None, typer.Option("--topic", help="Only this topic's; repeatable.")]
Because = Annotated[str, typer.Option("--because", help="The reason, for the record.")]


@app.command("list")
def list_refused(*, service: ServiceOption = None, as_json: JsonOption = False) -> None:
    """Show what lies aside, by topic and cause."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import json_line, say, table
    from cli.services import each, printable, services_named

    known = environ()
    found = each(
        services_named(service or ()), lambda name: call(known, "GET", f"/api/admin/{name}/refused", role="viewer")
    )
    if as_json:
        json_line({name: answer["data"] for name, answer in found.items()})
        return
    rows = [
        (name, row["topic"], str(row["rows"]), row["since"], printable(row["error"]))
        for name, answer in found.items()
        for row in answer["data"]
    ]
    if not rows:
        say("Nothing was refused.")
        return
    table("Refused by Kafka", ("Service", "Topic", "Events", "Since", "Why"), rows)


@app.command()
def send(
    *, because: Because, service: ServiceOption = None, topic: TopicOption = None, as_json: JsonOption = False
) -> None:
    """Send them again, in their order, once the cause is mended; what Kafka still refuses comes to lie aside again."""
    settled = _settle("send", service, {"topic": topic or [], "because": because})
    _told(settled, "sent again", as_json=as_json)


@app.command()
def drop(
    *,
    because: Because,
    service: ServiceOption = None,
    topic: TopicOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Give them up for good: nobody will ever be told what they say."""
    from cli.services import agreed

    agreed("Give up refused events for good?", yes=yes)
    settled = _settle("drop", service, {"topic": topic or [], "because": because})
    _told(settled, "given up", as_json=as_json)


def _settle(act: str, services: list[str] | None, body: Mapping[str, Any]) -> dict[str, int]:
    from cli.admin import call
    from cli.environment import environ
    from cli.services import each, services_named

    known = environ()
    answers = each(
        services_named(services or ()), lambda name: call(known, "POST", f"/api/admin/{name}/refused/{act}", body=body)
    )
    return {name: int(answer["rows"]) for name, answer in answers.items()}


def _told(settled: Mapping[str, int], what: str, *, as_json: bool) -> None:
    from cli.output import result

    total = sum(settled.values())
    result({"rows": total, "services": settled}, f"{total} events {what}.", as_json=as_json)
