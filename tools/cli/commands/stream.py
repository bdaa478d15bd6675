"""`fullhouse stream`: the events as they pass, read from Kafka without a group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.output import JsonOption
from cli.shape import App

if TYPE_CHECKING:
    from eventbus import Received, Tail
    from events import Event

app = App(help="The events as they pass.")


@app.callback()
def stream() -> None:
    """The events as they pass."""


@app.command()
def tail(
    *,
    topic: Annotated[list[str] | None, typer.Option(help="Only these topics; repeatable.")] = None,
    event_type: Annotated[
        list[str] | None, typer.Option("--type", help="Only these types, short (order.paid) or full; repeatable.")
    ] = None,
    since: Annotated[
        str, typer.Option(help="From then on: 30s, 15m, 24h, 7d ago, or an ISO 8601 time; else from now on.")
    ] = "",
    count: Annotated[int, typer.Option("--count", min=0, help="End after so many; 0 means never.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Print events as they come, personal data and ticket codes masked. Ctrl-C ends it."""
    from datetime import UTC

    from cli import connections
    from cli.choices import topics_named
    from cli.environment import environ
    from cli.moments import moment
    from eventbus import Tail

    began = moment(since, now=datetime.now(UTC)) if since else None
    reader = Tail(connections.kafka(environ()), topics_named(topic or []), since=began)
    connections.run(_print(reader, types=event_type or [], count=count, as_json=as_json))


async def _print(reader: Tail, *, types: Sequence[str], count: int, as_json: bool) -> None:
    from cli.output import json_line, say

    printed = 0
    async with reader:
        async for received in reader:
            event = received.event
            if types and not {event.type, event.short_type()} & set(types):
                continue
            if as_json:
                json_line(document(received))
            else:
                say(line(received))
            printed += 1
            if printed == count:
                return


def document(received: Received[Event]) -> dict[str, Any]:
    """One event as JSON, with where it stands in the log."""
    from events import masked

    envelope, record = received.envelope, received.record
    return {
        "id": str(envelope.id),
        "type": envelope.type,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": received.event.key,
        "timestamp": envelope.time.isoformat().replace("+00:00", "Z"),
        "source": envelope.source,
        "traceId": envelope.traceparent.split("-")[1] if envelope.traceparent else None,
        "data": masked(received.event),
    }


def line(received: Received[Event]) -> str:
    """One event as a line for people: time, type, order, city, seats, amount, and what else it is about."""
    from cli.services import plain

    event = received.event
    about = getattr(event, "number", None) or event.key
    words = [about, *filter(None, (_city(event, about), _seats(event), _amount(event), _more(event)))]
    text = f"{received.envelope.time:%H:%M:%S}  {event.short_type():<24}  {'  '.join(words)}"
    return plain(text)


def _city(event: Any, about: str) -> str:
    cities: set[str] = {seat.city_id for seat in getattr(event, "seats", ())} or {getattr(event, "city_id", about)}
    return ", ".join(sorted(cities - {about}))


def _seats(event: Any) -> str:
    """`2 GA, 1 VIP`."""
    from collections import Counter

    tiers = Counter(seat.tier for seat in getattr(event, "seats", ()))
    tier, quantity = (getattr(event, name, None) for name in ("tier", "quantity"))
    if not tiers and tier and quantity:
        tiers = Counter({tier: quantity})
    return ", ".join(f"{number} {tier.upper()}" for tier, number in tiers.items())


def _amount(event: Any) -> str:
    from chassis.money import Money, format_money

    amount, currency = getattr(event, "amount", None), getattr(event, "currency", "")
    return format_money(Money(amount, currency)) if isinstance(amount, int) and currency else ""


def _more(event: Any) -> str:
    """What an event says that is not about an order."""
    said = (getattr(event, name, None) for name in ("service", "channel", "severity", "summary"))
    return "  ".join(text for text in said if isinstance(text, str))
