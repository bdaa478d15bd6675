"""Asks a processor about sessions that we know, by its list where that is shorter than asking for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Set
from typing import Final

from chassis.telemetry import get_logger
from checkout.payments.domain import Session
from checkout.payments.processors.port import Processor, ProcessorRefused, Stretch
from checkout.polls.reading import DEADLINE

log = get_logger()

# How many pages of the list are read: the others are asked for one by one.
_PAGES: Final = 5


async def sessions_among(processor: Processor, made: Stretch, wanted: Set[str]) -> AsyncIterator[list[Session]]:
    """Those that were made in this time and are wanted, by pages, and one by one what is on too late a page.

    One that the processor does not know, such as of another account, keeps no other waiting. Raises ProcessorFailure.
    """
    left: set[str] = set(wanted)
    place: str | None = None
    for _ in range(_PAGES):
        listed = await processor.list_sessions(made, complete=False, after=place, deadline=DEADLINE)
        found = [session for session in listed.items if session.session_id in left]
        left -= {session.session_id for session in found}
        place = listed.after
        yield found
        if not left or place is None:
            break
    for session_id in sorted(left):
        try:
            yield [await processor.read_session(session_id, deadline=DEADLINE)]
        except ProcessorRefused as refusal:
            log.warning("poll_failed", vendor=processor.name, reason=str(refusal))
