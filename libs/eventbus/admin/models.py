"""Models of the admin API's requests and responses: camelCase on the wire, unknown fields refused."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from chassis.http.lists import Moment, PlainText
from chassis.http.models import Words
from eventbus.failures.letters import LARGEST_CHUNK, LetterFilter, LetterState
from events import Topic

LARGEST_ID = 2**63 - 1


LetterId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
_Names = Annotated[list[PlainText], Field(max_length=50)]


class Wire(BaseModel):
    """Base of the models: frozen, camelCase on the wire, unknown fields refused."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class LetterQuery(Wire):
    """Filters letters. Each filter may be given several times; a letter must fit all filters."""

    group: _Names = []
    topic: _Names = []
    type: Annotated[_Names, Field(description="`order.paid`, or the full `fullhouse.order.paid.v1`")] = []
    state: Annotated[list[LetterState], Field(max_length=4)] = []
    since: Annotated[Moment | None, Field(description="died then or later")] = None
    until: Annotated[Moment | None, Field(description="died before")] = None
    reason: Annotated[PlainText | None, Field(description="stands somewhere in the reason")] = None

    def filter(self) -> LetterFilter:
        """The same filter in the terms of the store."""
        return LetterFilter(
            groups=tuple(self.group),
            topics=tuple(self.topic),
            types=tuple(self.type),
            states=tuple(self.state),
            since=self.since,
            until=self.until,
            reason=self.reason,
        )


class LetterListQuery(LetterQuery):
    """Asks for one page of the letters that fit."""

    cursor: Annotated[str | None, Field(pattern=r"^[0-9]{1,18}$", description="nextCursor of the page before")] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class LetterSelection(LetterQuery):
    """Selects the next letters that fit, oldest first. `after` is `last` of the response before."""

    after: Annotated[int, Field(ge=0, le=LARGEST_ID)] = 0
    limit: Annotated[int, Field(ge=1, le=LARGEST_CHUNK)] = LARGEST_CHUNK


class Because(Wire):
    """Why a person does it."""

    because: Annotated[Words, Field(description="kept beside what was done, with who did it")]


class DropSelection(LetterSelection, Because):
    """Selects letters to drop, with the reason."""


class Origin(Wire):
    """The place on Kafka that a letter's record was read from."""

    topic: str
    partition: int
    offset: int


class DeedView(Wire):
    """What somebody did."""

    at: Annotated[datetime, Field(description="when")]
    by: Annotated[str, Field(description="the email of the person's token, or the part of the system that did it")]
    action: Annotated[str, Field(description="what, as a word")]
    reason: Annotated[str, Field(description="why, in the person's own words")]


class LetterView(Wire):
    """A letter without its record."""

    id: int
    group: str
    state: LetterState
    event_id: str | None
    type: str
    reason: str
    attempts: int
    died_at: datetime
    settled_at: datetime | None
    origin: Origin


class FullLetterView(LetterView):
    """A letter with its record and its history.

    `record` is `{type, key, headers, data}` with personal data masked, or raw `{key, headers, value}` with each value
    as `{text}` or `{base64}`.
    """

    record: dict[str, Any]
    history: list[DeedView]


class LetterPage(Wire):
    """One page of letters, newest first, with the counts of all that fit."""

    data: list[LetterView]
    next_cursor: str | None
    counts: Annotated[dict[LetterState, int], Field(description="of all that fit, not of this page")]


class Settled(Wire):
    """What an act on many letters did.

    `seen` letters fitted the selection, `settled` of them were redriven or dropped; `last` is the id to continue after,
    None at the end.
    """

    seen: int
    settled: int
    last: int | None


class StopView(Wire):
    """Why and since when a group is stopped."""

    reason: str
    stopped_at: datetime


class PartitionStopView(Wire):
    """A partition that is stopped because the client library can't read the records of these offsets."""

    topic: str
    partition: int
    first_offset: int
    last_offset: int
    reason: str
    stopped_at: datetime


class PositionView(Wire):
    """A group's next offset in a partition; -1 while it is about to start at the beginning of the log."""

    topic: str
    partition: int
    next_offset: int


class SubscriptionView(Wire):
    """A group's positions, stops, dead letters and deferred events."""

    group: str
    stopped: StopView | None
    stopped_partitions: list[PartitionStopView]
    dead_letters: int
    deferred: int
    positions: list[PositionView]


class SubscriptionList(Wire):
    data: list[SubscriptionView]


class Skip(Because):
    """Skips the unreadable batch that holds this record."""

    topic: PlainText
    partition: Annotated[int, Field(ge=0, le=2**31 - 1)]
    offset: Annotated[int, Field(ge=0, le=LARGEST_ID - 1)]


class ReadAgain(Because):
    """Reads a topic again from its beginning."""

    topic: PlainText


class Moved(Wire):
    """The number of the group's partitions whose position changed."""

    group: str
    moved: int


class Range(Wire):
    """Selects the next archived events that were sent from `since` until `until`.

    `after` is `next` of the response before.
    """

    since: Moment
    until: Moment
    topic: Annotated[list[Topic], Field(max_length=50, description="all when none is named")] = []
    after: Annotated[str | None, Field(max_length=300)] = None
    limit: Annotated[int, Field(ge=1, le=2000)] = 1000


class Republished(Wire):
    """What was put back into the outbox.

    `rows` were added by this request, `waiting` are there in all; `next` is None at the end of the range.
    """

    rows: int
    waiting: int
    next: str | None


class Refused(Wire):
    """Events of one topic that Kafka refused with the same error, and the later events of their keys."""

    topic: str
    error: str
    rows: int
    since: datetime


class RefusedList(Wire):
    data: list[Refused]


class RefusedSelection(Wire):
    """Selects refused events by topic; all topics when none is named."""

    topic: _Names = []
    because: Words


class RefusedSettled(Wire):
    """The number of refused events that were sent again or dropped."""

    rows: int
