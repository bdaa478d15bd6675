"""Events of customers: whoever has bought something, by e-mail address (W-1)."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.base import Event, PersonalText, SecretText
from events.topics import Topic


class CustomerPurchasesRequested(Event):
    """Somebody looks for the purchases of an address that has some: the link to them goes to that address."""

    type: ClassVar[str] = "fullhouse.customer.purchases_requested.v1"
    topic: ClassVar[Topic] = Topic.CUSTOMERS

    customer_id: Annotated[UUID, Field(description="stands for the address")]
    email: Annotated[PersonalText, Field(description="the address, as the newest order has it")]
    first_name: Annotated[PersonalText, Field(description="how the customer is addressed")]
    link: Annotated[SecretText, Field(description="shows the purchases of the address until it ends")]
    ends_at: Annotated[AwareDatetime, Field(description="when the link ends")]
    occurred_at: Annotated[AwareDatetime, Field(description="when it was asked for")]

    @property
    def key(self) -> str:
        return str(self.customer_id)
