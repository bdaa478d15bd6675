"""Events of passes: entries bought ahead, and used up one by one (C-9)."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.base import Event, OrderId, SecretText, Vocabulary, words_of
from events.order_words import OrderSource
from events.orders import OrderCustomer
from events.topics import Topic


class PassState(Vocabulary):
    """Where a pass stands: `frozen` while its payment is disputed, `ended` when its money went back."""

    ACTIVE = "active"
    FROZEN = "frozen"
    ENDED = "ended"


class PassEvent(Event):
    """State of the whole pass after the change (E-6). `version` only grows."""

    topic: ClassVar[Topic] = Topic.ORDERS

    pass_id: Annotated[UUID, Field(description="the pass")]
    order_id: Annotated[OrderId, Field(description="the order that it was bought with")]
    order_number: Annotated[str, Field(description="that order's number, 8 characters")]
    item_id: Annotated[str, Field(description="the catalogue's id of this kind of pass")]
    name: Annotated[str, Field(description="what the kind was called when it was bought")]
    version: Annotated[int, Field(description="grows with each change of the pass")]
    state: Annotated[str, words_of(PassState, "where the pass stands")]
    entries: Annotated[int, Field(description="how many it is good for in all")]
    entries_left: Annotated[int, Field(description="how many are left")]
    valid_from: Annotated[AwareDatetime, Field(description="when it begins to be good")]
    valid_until: Annotated[AwareDatetime, Field(description="from then on it is good no more")]
    customer: Annotated[OrderCustomer, Field(description="whose pass it is")]
    source: Annotated[str, words_of(OrderSource, "where its order comes from")]
    live_mode: Annotated[bool, Field(description="whether real money was paid")]
    occurred_at: Annotated[AwareDatetime, Field(description="when the pass changed")]

    @property
    def key(self) -> str:
        return str(self.pass_id)


class PassGranted(PassEvent):
    """A pass was paid, or given by hand: from now on it can be used."""

    type: ClassVar[str] = "fullhouse.pass.granted.v1"

    link: Annotated[SecretText, Field(description="the page of all passes of its owner, with the access token")]


class PassUsed(PassEvent):
    """One entry of a pass was used."""

    type: ClassVar[str] = "fullhouse.pass.used.v1"

    use_id: Annotated[str, Field(description="which use; the same one counts once")]
    place: Annotated[str, Field(description="where it was used, as staff call it; may be empty")]


class PassUseUndone(PassEvent):
    """An entry was counted by mistake, and is left again."""

    type: ClassVar[str] = "fullhouse.pass.use_undone.v1"

    use_id: Annotated[str, Field(description="which use; it counts no more, however often it is told")]
    place: Annotated[str, Field(description="where it was used, as staff call it; may be empty")]
    used_at: Annotated[AwareDatetime, Field(description="when it was used")]


class PassEnding(PassEvent):
    """A pass that has entries left ends soon: its owner hears of it once."""

    type: ClassVar[str] = "fullhouse.pass.ending.v1"

    link: Annotated[SecretText, Field(description="the page of all passes of its owner, with the access token")]
