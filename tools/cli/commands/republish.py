"""`fullhouse republish`: sends events again that were sent before, from the archive beside each outbox."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from cli.output import JsonOption

# The relay drains tens of thousands a second; a pile in the outbox would only keep new events waiting.
_ENOUGH_WAITING: Final = 5_000
_LOOK_SECONDS: Final = 0.5


def republish(
    *,
    since: Annotated[str, typer.Option(help="Sent since: 15m, 24h, 7d ago, or an ISO 8601 time. 14 days are kept.")],
    until: Annotated[str, typer.Option(help="Sent before, written as --since; else until now.")] = "",
    topic: Annotated[list[str] | None, typer.Option(help="Only this topic's; repeatable.")] = None,
    service: Annotated[list[str] | None, typer.Option(help="Only this service's; repeatable.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Send events again, in their order, with their ids: whoever had them drops them, whoever lost them is repaired.

    Use it when a topic was lost or made anew, or after an unclean end of Kafka (--since 10m).
    """
    from datetime import UTC

    from cli.choices import topics_named
    from cli.environment import environ
    from cli.moments import moment
    from cli.output import result
    from cli.services import each, services_named

    now = datetime.now(UTC)
    began, ended = moment(since, now=now), moment(until, now=now) if until else now
    topics, known = [name.value for name in topics_named(topic or ())], environ()
    sent = each(services_named(service or ()), lambda name: _send(known, name, topics, since=began, until=ended))
    total = sum(sum(rows.values()) for rows in sent.values())
    told = ", ".join(f"{sum(rows.values())} of {name}" for name, rows in sent.items() if rows)
    document = {"since": began, "until": ended, "rows": total, "services": sent}
    result(document, f"{total} events sent again{f': {told}' if told else ''}.", as_json=as_json)
    sent.all_answered()


def _send(
    known: Mapping[str, str], service: str, topics: Sequence[str], *, since: datetime, until: datetime
) -> dict[str, int]:
    """A topic at a time; how many events of each that has any."""
    sent: dict[str, int] = {}
    for topic in topics:
        body = {"since": since.isoformat(), "until": until.isoformat(), "topic": [topic]}
        if rows := _send_topic(known, service, body):
            sent[topic] = rows
    return sent


def _send_topic(known: Mapping[str, str], service: str, body: Mapping[str, Any]) -> int:
    from cli.admin import call
    from cli.output import progress

    rows: int = 0
    after: str | None = None
    while True:
        answer = call(known, "POST", f"/api/admin/{service}/republish", body={**body, "after": after})
        rows, after = rows + answer["rows"], answer["next"]
        if rows:
            progress(f"{service} {body['topic'][0]}: {rows}")
        if after is None:
            return rows
        if answer["waiting"] > _ENOUGH_WAITING:
            time.sleep(_LOOK_SECONDS)
