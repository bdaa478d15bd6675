"""What people fill in about an appointment, as they typed it, and as it is done (P-11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from chassis.app import Body, PlainText, Words
from chassis.money import minor_units
from chassis.tokens import Role
from checkout.staff.order_forms import NOT_IN_WORDS, Key, in_words


class AppointmentWay(StrEnum):
    """What can be done about an appointment; the last part of the page's address."""

    REFUND = "refund"
    CANCEL = "cancel"

    @property
    def role(self) -> Role:
        """Who of the platform's staff may; the appointment's provider always may."""
        return Role.OPERATOR if self is AppointmentWay.CANCEL else Role.ADMIN

    def may(self, role: Role) -> bool:
        """Whether this role may."""
        return role is Role.PROVIDER or role.allows(self.role)


class AppointmentRefundForm(Body):
    """Money that goes back, in minor units. `key`: the page's own, so that whoever presses twice does it once."""

    amount: int
    reason: Words
    key: Key


class AppointmentCancelForm(Body):
    """An appointment that is to end. `money`: whether what was paid for it goes back."""

    money: Literal["back", "keep", ""] = ""
    reason: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedAppointmentDeed:
    """What somebody typed, whatever it is.

    amount, reason: in their words
    money: what becomes of what was paid for one that is cancelled: back, keep or nothing
    """

    amount: PlainText = ""
    money: PlainText = ""
    reason: str = ""

    def problems(self, currency: str) -> Mapping[str, str]:
        """A sentence for each field that can't be read."""
        found = {} if in_words(self.reason) else {"reason": NOT_IN_WORDS}
        if self.amount and not self.minor(currency):
            found["amount"] = f"Write an amount in {currency}, such as 49.90."
        return found

    def minor(self, currency: str) -> int | None:
        """The amount in minor units; None where there is none to read."""
        return minor_units(self.amount, currency) if self.amount else None
