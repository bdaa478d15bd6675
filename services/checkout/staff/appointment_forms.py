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

    DONE = "done"
    REFUND = "refund"
    CANCEL = "cancel"

    @property
    def role(self) -> Role:
        """Who of the platform's staff may; the appointment's provider always may."""
        return Role.ADMIN if self is AppointmentWay.REFUND else Role.OPERATOR

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


class AppointmentDoneForm(Body):
    """An appointment that took place. `reason`: what there is to say of it; nothing has to be."""

    reason: Words | Literal[""] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedAppointmentDeed:
    """What somebody typed, whatever it is.

    amount, reason: in their words
    money: what becomes of what was paid for one that is cancelled: back, keep or nothing
    """

    amount: PlainText = ""
    money: PlainText = ""
    reason: str = ""

    def problems(self, way: AppointmentWay, currency: str) -> Mapping[str, str]:
        """A sentence for each field that can't be read."""
        unsaid = way is AppointmentWay.DONE and not self.reason
        found = {} if unsaid or in_words(self.reason) else {"reason": NOT_IN_WORDS}
        if self.amount and not self.minor(currency):
            found["amount"] = f"Write an amount in {currency}, such as 49.90."
        return found

    def minor(self, currency: str) -> int | None:
        """The amount in minor units; None where there is none to read."""
        return minor_units(self.amount, currency) if self.amount else None
