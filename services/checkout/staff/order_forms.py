"""What people fill in about an order, as they typed it, and as it is done (C-7, I-3, I-11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from chassis.app import Body, Out, PlainText, Words
from chassis.emails import EmailAddress, is_email, normal_email
from chassis.money import minor_units
from chassis.tokens import Role
from checkout.customers.domain import CustomerChange
from checkout.moves.domain import Destination
from checkout.orders.domain import Order
from checkout.orders.holders import Person
from checkout.orders.names import PersonName
from checkout.refunds.domain import Wanted
from checkout.tickets.transfers import Transfer

_WORDS: Final[TypeAdapter[str]] = TypeAdapter(Words)
_NAME: Final[TypeAdapter[str]] = TypeAdapter(PersonName)
NOT_IN_WORDS: Final = "Say why, in one line of at most 300 characters."
_BETWEEN: Final = "/"
Key = Annotated[PlainText, Field(min_length=1)]
SeatNumber = Annotated[int, Field(ge=1, le=65_535)]


class OrderWay(StrEnum):
    """What can be done about an order; the last part of the page's address."""

    REFUND = "refund"
    MOVE = "move"
    VOID = "void"
    SEND = "send"
    CUSTOMER = "customer"
    TRANSFER = "transfer"
    CANCEL = "cancel"

    @property
    def role(self) -> Role:
        """Who may."""
        return Role.OPERATOR if self is OrderWay.SEND else Role.ADMIN


class RefundForm(Body):
    """Money that goes back. `key`: the page's own, so that whoever presses twice does it once."""

    amount: int | None = None
    seats: list[SeatNumber] = Field(default_factory=list)
    back: Literal["sale", "keep", ""] = ""
    reason: Words
    key: Key

    def wanted(self) -> Wanted:
        return Wanted(amount=self.amount, seats=tuple(self.seats), return_seats=self.back == "sale", reason=self.reason)


class VoidForm(Body):
    """Tickets that are to be void, all without any."""

    seats: list[SeatNumber] = Field(default_factory=list)
    reason: Words
    key: Key


class SendForm(Body):
    """Tickets that are to be sent once more."""

    reason: Words
    key: Key


class MoveForm(Body):
    """Where seats are to be: a city and a tier of it."""

    place: PlainText
    reason: Words

    def there(self) -> Destination:
        return place_of(self.place)


class CustomerForm(Body):
    """Whose order it is to be."""

    first_name: PersonName = Field(alias="first_name")
    last_name: PersonName = Field(alias="last_name")
    email: EmailAddress
    reason: Words

    def change(self) -> CustomerChange:
        return CustomerChange(first_name=self.first_name, last_name=self.last_name, email=self.email)


class TransferForm(Body):
    """Tickets that go to somebody else."""

    seats: list[SeatNumber] = Field(min_length=1)
    first_name: PersonName = Field(alias="first_name")
    last_name: PersonName = Field(alias="last_name")
    email: EmailAddress
    reason: Words

    def transfer(self) -> Transfer:
        person = Person(first_name=self.first_name, last_name=self.last_name, email=self.email)
        return Transfer(seats=tuple(sorted(set(self.seats))), person=person)


class CancelForm(Body):
    """An order that is to end."""

    reason: Words


class DoneOut(Out):
    """Kept with a form's key, so that it is done once."""

    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedDeed:
    """What somebody typed, whatever it is.

    amount, reason, place, first_name, last_name, email: in their words
    seats: the numbers of the chosen ones
    back: whether seats that end go back on sale: sale, keep or nothing
    """

    amount: str = ""
    seats: tuple[int, ...] = ()
    back: str = ""
    place: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    reason: str = ""

    def problems(self, way: OrderWay, order: Order) -> Mapping[str, str]:
        """A sentence for each field that can't be read."""
        found = {"reason": "" if in_words(self.reason) else NOT_IN_WORDS}
        if way in {OrderWay.CUSTOMER, OrderWay.TRANSFER}:
            found |= self._customer_problems()
        if way is OrderWay.TRANSFER and not self.seats:
            found["seats"] = "Choose at least one ticket."
        if way is OrderWay.REFUND and self.amount and self.seats:
            found["amount"] = "Name an amount or seats, not both."
        elif way is OrderWay.REFUND and self.amount and self.minor(order.currency) is None:
            found["amount"] = f"Write an amount in {order.currency}, such as 49.90."
        if way is OrderWay.MOVE and not self.place:
            found["place"] = "Choose where the seats are to be."
        return {name: sentence for name, sentence in found.items() if sentence}

    def change(self) -> CustomerChange:
        """What it makes of the customer."""
        return CustomerChange(
            first_name=self.first_name.strip(), last_name=self.last_name.strip(), email=normal_email(self.email)
        )

    def transfer(self) -> Transfer:
        """Whom it gives tickets to."""
        person = Person(
            first_name=self.first_name.strip(), last_name=self.last_name.strip(), email=normal_email(self.email)
        )
        return Transfer(seats=self.seats, person=person)

    def _customer_problems(self) -> Mapping[str, str]:
        return {
            "first_name": "" if _fits(_NAME, self.first_name) else "Write the first name, in one line.",
            "last_name": "" if _fits(_NAME, self.last_name) else "Write the last name, in one line.",
            "email": "" if is_email(normal_email(self.email)) else "Write an email address such as name@example.com.",
        }

    def minor(self, currency: str) -> int | None:
        """The amount in minor units; None where there is none to read."""
        return minor_units(self.amount, currency) if self.amount else None

    def wanted(self, currency: str) -> Wanted:
        """The refund that it asks for."""
        return Wanted(
            amount=self.minor(currency), seats=self.seats, return_seats=self.back == "sale", reason=self.reason
        )


def place_name(city_id: str, tier: str) -> str:
    """A city and a tier of it, as the form sends them."""
    return f"{city_id}{_BETWEEN}{tier}"


def place_of(text: str) -> Destination:
    """What `place_name` wrote; anything else is a place that there is not."""
    city_id, _, tier = text.partition(_BETWEEN)
    return Destination(city_id=city_id, tier=tier)


def in_words(text: str) -> bool:
    """Whether it can be kept as a reason."""
    return _fits(_WORDS, text)


def _fits(form: TypeAdapter[str], text: str) -> bool:
    try:
        form.validate_python(text)
    except ValidationError:
        return False
    return True
