"""Events of the waiting lists: who waits for seats, and to whom they are offered (I-10)."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.base import Event, Language, PersonalText, SecretText, Vocabulary, words_of
from events.topics import Topic


class WaitlistEvent(Event):
    """A change of somebody's place in line."""

    topic: ClassVar[Topic] = Topic.STOCK

    entry_id: Annotated[UUID, Field(description="the place in line")]
    city_id: Annotated[str, Field(description="the city")]
    tier: Annotated[str, Field(description="the tier of the seats")]
    quantity: Annotated[int, Field(description="how many seats, all or nothing")]
    email: Annotated[PersonalText, Field(description="the address of who waits")]
    first_name: Annotated[PersonalText, Field(description="how the person is addressed")]
    token: Annotated[SecretText, Field(description="opens the place in line: to look, to leave, to take an offer")]
    language: Language = "en"
    occurred_at: Annotated[AwareDatetime, Field(description="when it changed")]

    @property
    def key(self) -> str:
        return self.city_id


class WaitlistJoined(WaitlistEvent):
    """Somebody waits for seats."""

    type: ClassVar[str] = "fullhouse.waitlist.joined.v1"


class WaitlistOffered(WaitlistEvent):
    """Seats came back and are held for the first in line."""

    type: ClassVar[str] = "fullhouse.waitlist.offered.v1"

    offer_id: Annotated[UUID, Field(description="the offer; stock.held and stock.released have it as their order")]
    offered_until: Annotated[AwareDatetime, Field(description="when the offer ends by itself")]


class OfferEnd(Vocabulary):
    """Why an offer is over."""

    TAKEN = "taken"
    EXPIRED = "expired"
    LEFT = "left"
    NEEDED_FOR_PAID_ORDER = "needed_for_paid_order"


class WaitlistOfferEnded(WaitlistEvent):
    """An offer is over. The place in line stays only where a paid order needed the seats."""

    type: ClassVar[str] = "fullhouse.waitlist.offer_ended.v1"

    offer_id: Annotated[UUID, Field(description="the offer")]
    cause: Annotated[str, words_of(OfferEnd, "why it is over")]


class WaitlistLeft(WaitlistEvent):
    """Somebody no longer wants to wait."""

    type: ClassVar[str] = "fullhouse.waitlist.left.v1"
