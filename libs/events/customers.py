"""Events of customers: whoever has bought something, by e-mail address (W-1)."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.base import Event, Language, OrderId, PersonalText, SecretText, Vocabulary, words_of
from events.topics import Topic


class ChangeStep(Vocabulary):
    """Who is asked whether an order is to have another name or address."""

    AGREE = "agree"
    CONFIRM = "confirm"


class CustomerPurchasesRequested(Event):
    """Somebody looks for the purchases of an address that has some: the link to them goes to that address."""

    type: ClassVar[str] = "fullhouse.customer.purchases_requested.v1"
    topic: ClassVar[Topic] = Topic.CUSTOMERS

    customer_id: Annotated[UUID, Field(description="stands for the address")]
    email: Annotated[PersonalText, Field(description="the address, as the newest order has it")]
    first_name: Annotated[PersonalText, Field(description="how the customer is addressed")]
    link: Annotated[SecretText, Field(description="shows the purchases of the address until it ends")]
    ends_at: Annotated[AwareDatetime, Field(description="when the link ends")]
    language: Language = "en"
    occurred_at: Annotated[AwareDatetime, Field(description="when it was asked for")]

    @property
    def key(self) -> str:
        return str(self.customer_id)


class CustomerChangeAsked(Event):
    """A buyer wants another name or address on a paid order: a link goes to whoever must agree, or confirm it next."""

    type: ClassVar[str] = "fullhouse.customer.change_asked.v1"
    topic: ClassVar[Topic] = Topic.CUSTOMERS

    change_id: Annotated[UUID, Field(description="stands for what is wanted")]
    order_id: Annotated[OrderId, Field(description="the order")]
    number: Annotated[str, Field(description="8 characters that people can say and type (C-6)")]
    step: Annotated[
        str, words_of(ChangeStep, "agree: the address that the order has; confirm: the one that it is to have")
    ]
    email: Annotated[PersonalText, Field(description="the address that is asked")]
    first_name: Annotated[PersonalText, Field(description="how whoever is asked is addressed")]
    new_name: Annotated[PersonalText, Field(description="whose order it is to be, first and last name")]
    new_email: Annotated[PersonalText, Field(description="the address that it is to have; may be the present one")]
    link: Annotated[SecretText, Field(description="shows what is wanted, and lets it be agreed to until it ends")]
    ends_at: Annotated[AwareDatetime, Field(description="when the link ends")]
    language: Language = "en"
    occurred_at: Annotated[AwareDatetime, Field(description="when it was asked for")]

    @property
    def key(self) -> str:
        return str(self.order_id)
