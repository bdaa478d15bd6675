"""Leads one reader through the ring, from where it was or from now on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from chassis.clock import Clock
from monitor.streams.domain import Place, Positions, StreamFilter, StreamMessage, further, read_positions
from monitor.streams.feed import Feed
from monitor.streams.ring import Ring

HEARTBEAT_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 1.0
CHUNK: Final = 100
RETRY_MS: Final = 2000
GONE: Final = "What came after that id is no longer here. Read the state anew; this stream goes on from now."
SLOW: Final = "This reader was too slow. Connect again to go on from the last id."


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRequest:
    """What a reader asked for, and how long it may read.

    wanted: which messages
    short_names: whether messages carry their short name as the event's name
    last_id: where it goes on; None from now on
    behind: so many messages it may be late
    ended: says why its time is over: empty when the process leaves, None while it isn't
    """

    wanted: StreamFilter
    short_names: bool
    last_id: str | None
    behind: int
    ended: Callable[[], str | None]


class StreamReader:
    """Yields the text of a stream: every message once, then `ended`, `dropped` or nothing when the process leaves."""

    def __init__(self, feed: Feed, request: StreamRequest, *, clock: Clock) -> None:
        self._feed = feed
        self._request = request
        self._clock = clock
        self._ahead: dict[Place, int] = {}
        self._seq = 0
        self._last = ""
        self._allowed = 0

    async def stream(self) -> AsyncIterator[str]:
        """The lines of the server-sent events."""
        async with self._feed.reading():
            ring = await self._feed.ring()
            yield f"retry: {RETRY_MS}\n{self._enter(ring, self._request.last_id)}"
            spoken = self._clock.monotonic()
            while (reason := self._request.ended()) is None:
                if ring.closed:
                    ring = await self._feed.ring()
                    yield self._enter(ring, self._last)
                if self._late(ring):
                    yield _notice("dropped", SLOW)
                    return
                text = self._next(ring)
                if not text and self._clock.monotonic() - spoken >= HEARTBEAT_SECONDS:
                    text = f": still here\nid: {self._last}\n\n"
                if text:
                    yield text
                    spoken = self._clock.monotonic()
                else:
                    await ring.wait(self._seq, LOOK_SECONDS)
            if reason:
                yield _notice("ended", reason)

    def _enter(self, ring: Ring, last_id: str | None) -> str:
        """Finds the place to begin; says `gone` when something in between is no longer here."""
        asked = read_positions(last_id, log=ring.log) if last_id else None
        resumes = asked is not None and ring.has_all_since(asked, self._request.wanted)
        positions = asked if asked is not None and resumes else ring.now()
        self._ahead = ring.ahead(positions, of_now=not resumes)
        self._seq = ring.first_seq if resumes else ring.next_seq
        self._allowed = max(self._request.behind, ring.next_seq - self._seq)
        self._last = Positions(positions, log=ring.log).text()
        begun = f": here we go\nid: {self._last}\n\n"
        return begun + _notice("gone", GONE) if last_id and not resumes else begun

    def _late(self, ring: Ring) -> bool:
        behind = ring.next_seq - self._seq
        late = behind > self._allowed or self._seq < ring.first_seq
        self._allowed = max(self._request.behind, min(self._allowed, behind))
        return late

    def _next(self, ring: Ring) -> str:
        """The next messages that are wanted and new to this reader."""
        blocks, passed = [], None
        for message in ring.since(self._seq, CHUNK):
            passed = message
            self._seq = message.seq + 1
            if not self._seen(message) and self._request.wanted.takes(message):
                position = further(message.position, self._ahead, log=ring.log)
                blocks.append(message.block(position=position, short=self._request.short_names))
        if passed is not None:
            self._last = further(passed.position, self._ahead, log=ring.log)
        return "".join(blocks)

    def _seen(self, message: StreamMessage) -> bool:
        """Whether the reader had it before it came here; keeps account of what it still is ahead of."""
        known = self._ahead.get(message.place)
        if known is None:
            return False
        if message.offset + 1 >= known:
            del self._ahead[message.place]
        return message.offset < known


def _notice(name: str, reason: str) -> str:
    return f"event: {name}\ndata: {json.dumps({'reason': reason})}\n\n"
