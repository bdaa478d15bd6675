"""What a buyer asks for, as C-1's body says it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt
from pydantic.alias_generators import to_camel

from chassis.emails import EmailAddress
from chassis.texts import visible
from events import Attribution
from languages import gettext_noop

# Half a surrogate pair is no text: JSON can carry it, UTF-8 can't. What turns the direction of writing
# makes a name look like another one.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _text(value: object) -> object:
    if isinstance(value, str):
        value = value.strip()
        if _CONTROL.search(value):
            raise ValueError(gettext_noop("Write this without line breaks or control characters."))
        return visible(value).strip()
    return value


def _given(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _name(value: str) -> str:
    if not any(unicodedata.category(character)[0] in "LNPS" for character in value):
        raise ValueError("This is needed")
    return value


Text = Annotated[str, Field(max_length=200), BeforeValidator(_text)]
Name = Annotated[str, Field(max_length=100), BeforeValidator(_text), AfterValidator(_name)]
Email = Annotated[EmailAddress, BeforeValidator(_text)]
Phone = Annotated[Text | None, BeforeValidator(_given)]


class _Body(BaseModel):
    """A part of the body. Fields that are not known are let pass: older clients send more than we read."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class CustomerData(_Body):
    """Who buys."""

    first_name: Name
    last_name: Name
    email: Email
    phone: Phone = None
    business_type: Text


class AttributionData(_Body):
    """Which campaign brought the buyer."""

    source: Text | None = None
    medium: Text | None = None
    campaign: Text | None = None

    def part(self) -> Attribution:
        """The same as orders and their events carry it."""
        return Attribution(source=self.source, medium=self.medium, campaign=self.campaign)


class Buying(_Body):
    """What somebody wants to buy, seats or a pass."""

    payment_option: Annotated[
        Text | None,
        BeforeValidator(_given),
        Field(description="By which of `my-options` the buyer wants to pay: `platform`, or a processor's name"),
    ] = None

    def body_hash(self) -> bytes:
        """The SHA-256 of the checked body: equal for two bodies that ask for the same, however they were written."""
        return hashlib.sha256(self.model_dump_json(exclude=self._left_out()).encode()).digest()

    def _left_out(self) -> set[str]:
        """A body that does not choose is the same as it was before anybody could."""
        return {"payment_option"} if self.payment_option is None else set()


class PassWish(Buying):
    """A pass that somebody wants to buy: one, for a pass is one person's (C-9). The price is never the client's."""

    pass_id: Text
    member: Annotated[StrictBool, Field(alias="isSixFBMember")] = False
    customer_data: CustomerData
    expected_amount: Annotated[StrictInt | None, Field(description="What the buyer was shown, in minor units")] = None
    attribution: AttributionData | None = None

    @property
    def quantity(self) -> int:
        """How many are bought at once."""
        return 1


class Wish(Buying):
    """C-1's body. `ticket_type` names a tier in any case; its id is lower case. The price is never the client's:
    `expected_amount` is only compared with it.
    """

    ticket_type: Annotated[Text, AfterValidator(str.lower)]
    quantity: Annotated[StrictInt, Field(ge=1, le=1000)]
    member: Annotated[StrictBool, Field(alias="isSixFBMember")] = False
    customer_data: CustomerData
    city_id: Text
    discount_code: Text | None = None
    waitlist_place: Annotated[
        Annotated[Text, Field(max_length=110)] | None,
        Field(description="A place in line whose offer is taken, as its link has it"),
    ] = None
    expected_amount: Annotated[StrictInt | None, Field(description="What the buyer was shown, in minor units")] = None
    attribution: AttributionData | None = None
