"""What the list of appointments says, and how what somebody types into its search is meant (P-11). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from chassis import formats
from chassis.tokens import Role
from checkout.appointments.domain import Appointment, AppointmentState
from checkout.appointments.list_store import AppointmentFilter
from checkout.appointments.schemas import customer_email_for
from checkout.providers.domain import MOST_ID
from checkout.staff.event_views import Marked
from checkout.staff.money_views import StateChoice
from checkout.staff.order_list_views import money_text
from checkout.staff.own_pages import APPOINTMENTS, appointment_address

APPOINTMENT_STATES: Final[Mapping[AppointmentState, Marked]] = MappingProxyType(
    {
        AppointmentState.BOOKED: ("waiting", "Booked"),
        AppointmentState.PAID: ("ok", "Paid"),
        AppointmentState.CANCELLED: ("off", "Cancelled"),
        AppointmentState.DONE: ("ok", "Done"),
    }
)
# No appointment has it.
_NO_NUMBER: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentSearch:
    """What somebody looks for.

    text: a number or an e-mail address; empty for none
    state: where the appointments stand; None for any
    provider: the number of who it is with; empty for anybody
    """

    text: str = ""
    state: AppointmentState | None = None
    provider: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.text or self.state or self.provider)

    def filters(self, scope: int | None) -> AppointmentFilter:
        """A text with an @ is an address, and any other a number; `scope`: the provider that sees its own only."""
        wanted = _number(self.provider) if self.provider else None
        found = AppointmentFilter(provider_id=wanted if scope is None else scope, state=self.state)
        if "@" in self.text:
            return replace(found, email=self.text)
        return replace(found, number=_number(self.text)) if self.text else found

    def address(self, *, before: str | None = None) -> str:
        """The page with this search, at this place."""
        query = {"text": self.text, "provider": self.provider, "state": self.state, "before": before}
        given = {name: value for name, value in query.items() if value}
        return f"{APPOINTMENTS}?{urlencode(given)}" if given else APPOINTMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRow:
    """An appointment, as the list shows it.

    href, number: its page, and its number
    provider: with whom
    starts: when
    mark, state: where it stands
    price: what it costs
    customer: for whom
    """

    href: str
    number: int
    provider: int
    starts: str
    mark: str
    state: str
    price: str
    customer: str


def appointment_choices(search: AppointmentSearch) -> Sequence[StateChoice]:
    """All, and each state."""
    words: list[tuple[AppointmentState | None, str]] = [
        (None, "All"),
        *((state, word) for state, (_, word) in APPOINTMENT_STATES.items()),
    ]
    return [
        StateChoice(name=word, href=replace(search, state=state).address(), here=search.state is state)
        for state, word in words
    ]


def appointment_rows(found: Iterable[Appointment], *, role: Role, zone: ZoneInfo) -> Sequence[AppointmentRow]:
    """The list, in its order, as this role may see it."""
    return [_row(each, role, zone) for each in found]


def _row(each: Appointment, role: Role, zone: ZoneInfo) -> AppointmentRow:
    mark, state = APPOINTMENT_STATES[each.state]
    return AppointmentRow(
        href=appointment_address(each.appointment_id),
        number=each.appointment_id,
        provider=each.provider_id,
        starts=formats.day_and_zoned_time(each.starts, zone.key),
        mark=mark,
        state=state,
        price=money_text(each.price, each.currency),
        customer=customer_email_for(role, each),
    )


def _number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else _NO_NUMBER
    return number if number <= MOST_ID else _NO_NUMBER
