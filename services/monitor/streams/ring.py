"""Keeps the last messages for all readers: a reader is a place in the ring, so that a slow one costs nobody."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from itertools import islice

from eventbus import Received
from events import Event
from monitor.streams.domain import Place, Positions, StreamFilter, StreamMessage, body_of, short_name


class Ring:
    """Holds at most `limit` messages, the newest ones.

    `starts`: the offsets from which it has everything; `ends`: where the log ended when it began; `log`: which it is.
    """

    def __init__(self, *, starts: Mapping[Place, int], ends: Mapping[Place, int], limit: int, log: int = 0) -> None:
        self._messages: deque[StreamMessage] = deque()
        self._floors = dict(starts)
        self._heads = dict(starts)
        self._ends = dict(ends)
        self._positions = Positions(starts, log=log)
        self.log = log
        self._limit = limit
        self._news = asyncio.Event()
        self.next_seq = 0
        self.closed = False

    @property
    def first_seq(self) -> int:
        """The place of the oldest message that is still here."""
        return self.next_seq - len(self._messages)

    def append(self, received: Received[Event]) -> None:
        """Adds a message, and wakes the readers."""
        record = received.record
        place = (record.topic, record.partition)
        self._heads[place] = record.offset + 1
        self._positions.move(place, record.offset + 1)
        name = short_name(received.event)
        self._messages.append(
            StreamMessage(
                seq=self.next_seq,
                place=place,
                offset=record.offset,
                event=received.event,
                name=name,
                position=self._positions.text(),
                body=body_of(received, name),
            )
        )
        self.next_seq += 1
        if len(self._messages) > self._limit:
            oldest = self._messages.popleft()
            self._floors[oldest.place] = oldest.offset + 1
        self._wake()

    def close(self) -> None:
        """Says that nothing will come any more; readers go on in the next ring."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def wait(self, seq: int, seconds: float) -> None:
        """Waits until there is a message from `seq` on, or the time is over."""
        if self.next_seq > seq or self.closed:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    def since(self, seq: int, count: int) -> list[StreamMessage]:
        """At most `count` messages from `seq` on, as far as they are still here."""
        skip = max(0, seq - self.first_seq)
        return list(islice(self._messages, skip, skip + count))

    def now(self) -> dict[Place, int]:
        """Where a reader begins who wants only what is new: after everything that was in the log or came since."""
        return {place: max(head, self._ends[place]) for place, head in self._heads.items()}

    def has_all_since(self, positions: Mapping[Place, int], wanted: StreamFilter) -> bool:
        """Whether nothing that the reader wants is missing between its positions and what is here."""
        if positions.keys() != self._floors.keys():
            return False
        return all(positions[place] >= floor for place, floor in self._floors.items() if wanted.covers(place[0]))

    def ahead(self, positions: Mapping[Place, int], *, of_now: bool) -> dict[Place, int]:
        """Where a reader stands further on than the first message here, or than the last one (`of_now`)."""
        known = self._heads if of_now else self._floors
        return {place: offset for place, offset in positions.items() if offset > known[place]}
