"""The registration form as it came, and the words for what is not right yet.

The checks here are for the page; a purchase checks everything again, as `POST /api/create-checkout-session` (C-1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from pydantic import ValidationError

from chassis.emails import normal_email
from chassis.errors import InvalidRequest
from chassis.phones import readable_phone
from chassis.texts import visible
from checkout.catalogue.domain import Selection
from checkout.purchases.wish import Wish
from languages import gettext_noop, translate

_LONGEST: Final = 200
_LONGEST_AMOUNT: Final = 15
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

FIRST_NAME: Final = gettext_noop("Write your first name.")
LAST_NAME: Final = gettext_noop("Write your last name.")
ON_THE_TICKET: Final = gettext_noop("It goes on the ticket.")
EMAIL_MISSING: Final = gettext_noop("Write your email address.")
EMAIL_NO_AT: Final = gettext_noop("The address has no @. Write it like name@example.com.")
EMAIL_NO_NAME: Final = gettext_noop("The part before @ is missing. Write it like name@example.com.")
EMAIL_NO_ENDING: Final = gettext_noop("The part after @ has no ending. Write it like name@example.com.")
TICKETS_GO_THERE: Final = gettext_noop("Your tickets go there.")
EMAIL_ODD: Final = gettext_noop(
    "The address has a character or a space that emails can’t have. Write it like name@example.com."
)
PHONE: Final = gettext_noop("Only for changes on the day.")
PHONE_UNREADABLE: Final = gettext_noop(
    "We can’t read this number, and can’t call it. Write it like +1 214 555 0137, or leave it."
)
BUSINESS_TYPE: Final = gettext_noop("Choose what you do.")
NOT_A_MEMBER: Final = gettext_noop(
    "That email is not on the member list. You pay the full price, or use your member email."
)
MEMBER: Final = gettext_noop("On the member list. Tickets go here.")
TIER: Final = gettext_noop("Choose a ticket.")
QUANTITY: Final = gettext_noop("Choose how many seats again: that was not a number we can sell in one order.")

Action = Literal["price", "pay"]


@dataclass(frozen=True, slots=True)
class RegisterForm:
    """What was typed, trimmed and bounded; kept as it is when the page comes back. `attempt` is the idempotency key,
    `place` the place in line whose offer is taken, `payment_option` the way by which the buyer wants to pay.

    `expected` is the amount that the page showed, in minor units; None when it showed none.
    `quantity` is the nearest number that can be sold; `quantity_meant` says whether that is what was typed.
    """

    city_id: str
    tier: str = ""
    quantity: int = 1
    quantity_meant: bool = True
    member: bool = False
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    business_type: str = ""
    code: str = ""
    place: str = ""
    payment_option: str = ""
    attempt: str = ""
    expected: int | None = None

    def selection(self) -> Selection:
        """What is to be priced."""
        return Selection(
            city_id=self.city_id,
            tier=self.tier,
            quantity=self.quantity,
            member=self.member,
            code=self.code,
            email=self.email,
        )

    def wish(self) -> Wish:
        """What is to be bought; raises InvalidRequest with C-1's names of the fields."""
        customer = {
            "firstName": self.first_name,
            "lastName": self.last_name,
            "email": self.email,
            "phone": self.phone or None,
            "businessType": self.business_type,
        }
        body = {
            "ticketType": self.tier,
            "quantity": self.quantity,
            "isSixFBMember": self.member,
            "cityId": self.city_id,
            "discountCode": self.code or None,
            "waitlistPlace": self.place or None,
            "expectedAmount": self.expected,
            "paymentOption": self.payment_option or None,
            "customerData": customer,
        }
        try:
            return Wish.model_validate(body)
        except ValidationError as error:
            raise InvalidRequest(fields=_faults(error)) from None


@dataclass(frozen=True, slots=True)
class Problems:
    """What stands in the way: a sentence for the summary and one for each field, by the field's name in the form."""

    summary: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __bool__(self) -> bool:
        return bool(self.summary or self.fields)


# The names of C-1's body → the names of the form's fields.
FORM_NAMES: Final = MappingProxyType(
    {
        "ticketType": "tier",
        "quantity": "quantity",
        "isSixFBMember": "member",
        "customerData.firstName": "first_name",
        "customerData.lastName": "last_name",
        "customerData.email": "email",
        "customerData.phone": "phone",
        "customerData.businessType": "business_type",
        "discountCode": "code",
        "paymentOption": "ways",
    }
)


def read_form(data: Mapping[str, object], *, max_quantity: int) -> RegisterForm:
    """The form from its fields; what is missing or not a text counts as empty."""
    typed = _text(data, "quantity")
    quantity = _quantity(typed, max_quantity)
    return RegisterForm(
        city_id=_text(data, "city"),
        tier=_text(data, "tier").lower(),
        quantity=quantity,
        quantity_meant=typed in ("", str(quantity)),
        member=bool(_text(data, "member")),
        first_name=_text(data, "first_name"),
        last_name=_text(data, "last_name"),
        email=normal_email(_text(data, "email")),
        phone=_text(data, "phone"),
        business_type=_text(data, "business_type"),
        code=_text(data, "code"),
        place=_text(data, "place"),
        payment_option=_text(data, "payment_option").lower(),
        attempt=_text(data, "attempt"),
        expected=_whole(_text(data, "expected")),
    )


def check_form(form: RegisterForm, *, business_types: frozenset[str]) -> dict[str, str]:
    """What is missing before payment, by field, in the order of the page."""
    return dict(_problems(form, business_types))


def _problems(form: RegisterForm, business_types: frozenset[str]) -> Iterator[tuple[str, str]]:
    if not form.tier:
        yield "tier", translate(TIER)
    if not form.quantity_meant:
        yield "quantity", translate(QUANTITY)
    if not form.first_name:
        yield "first_name", sentences(FIRST_NAME, ON_THE_TICKET)
    if not form.last_name:
        yield "last_name", sentences(LAST_NAME, ON_THE_TICKET)
    if problem := email_problem(form.email):
        yield "email", problem
    if form.business_type not in business_types:
        yield "business_type", translate(BUSINESS_TYPE)


def phone_hint(phone: str, *, region: str) -> str:
    """What stands below the number. One that can't be read is asked about, and never in the way of a purchase."""
    unread = bool(phone) and readable_phone(phone, region=region) is None
    return translate(PHONE_UNREADABLE if unread else PHONE)


def email_problem(address: str, purpose: str = TICKETS_GO_THERE) -> str | None:
    """Why an address can't be written to, and what it is for, in words; None for one that can.

    The same steps are in `register.js`.
    """
    fault = _email_fault(address)
    return None if fault is None else translate(fault) if fault == EMAIL_ODD else sentences(fault, purpose)


def sentences(*marked: str) -> str:
    """These texts, one after the other."""
    return " ".join(translate(each) for each in marked)


def _email_fault(address: str) -> str | None:
    if not address:
        return EMAIL_MISSING
    name, at, domain = address.rpartition("@")
    if not at:
        return EMAIL_NO_AT
    if not name:
        return EMAIL_NO_NAME
    if not re.fullmatch(r"[^.].*\.[^.\d]{2,}", domain):
        return EMAIL_NO_ENDING
    return EMAIL_ODD if re.search(r"[\s@,;:<>()\[\]\"\\]|\.\.", name + domain) else None


def _faults(error: ValidationError) -> dict[str, str]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return {
        ".".join(map(str, one["loc"])): translate(one["msg"].removeprefix("Value error, ").rstrip(".") + ".")
        for one in found
    }


def _quantity(text: str, most: int) -> int:
    return min(max(int(text), 1), most) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_AMOUNT else None


def _text(data: Mapping[str, object], name: str) -> str:
    value = data.get(name, "")
    return visible(_CONTROL.sub("", value)).strip()[:_LONGEST] if isinstance(value, str) else ""
