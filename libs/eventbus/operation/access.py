"""Follows on the topic `security` whose access has ended; every process of every service does."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.tokens.ended import EndedAccess
from eventbus.incoming.records import Received
from eventbus.incoming.subscriptions import Start, View
from events import SecurityAccessEnded, Topic


def access_view(ended: EndedAccess) -> View:
    """From the beginning: a process that starts must know what was ended while it was away."""

    async def take(batch: Sequence[Received[SecurityAccessEnded]]) -> None:
        for received in batch:
            event = received.event
            ended.end(subject=event.subject, email=event.email, at=event.occurred_at)

    return View(
        name="ended-access",
        topics=(Topic.SECURITY,),
        types=(SecurityAccessEnded,),
        handler=take,
        start=Start.BEGINNING,
    )
