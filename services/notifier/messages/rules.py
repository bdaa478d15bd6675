"""Whom messages about orders reach, and how each kind is sent, as configuration says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from config import Contacts, Lane, MessageKind, Messages
from config.messages import CUSTOMER
from events import (
    Channel,
    OrderCustomerChanged,
    OrderEvent,
    OrderSeatsMoved,
    OrderTicketsReplaced,
    OrderTicketsRequested,
)
from notifier.contacts.service import reachable
from notifier.deliveries.notices import KindPolicy

REISSUED: Final[Mapping[type[OrderEvent], MessageKind]] = {
    OrderSeatsMoved: MessageKind.SEATS_MOVED,
    OrderTicketsReplaced: MessageKind.TICKETS_REPLACED,
    OrderTicketsRequested: MessageKind.TICKETS_AGAIN,
    OrderCustomerChanged: MessageKind.CUSTOMER_CHANGED,
}
_LANES = {lane: number for number, lane in enumerate(Lane)}
# N-3: sent again when nobody can tell whether it arrived. A ticket twice is better than none; of a sale the owners
# have the dashboards, and a second SMS would tell of a second sale.
_CRITICAL = frozenset(
    {
        MessageKind.CONFIRMATION,
        MessageKind.PASS_GRANTED,
        MessageKind.SEAT_FOUND,
        MessageKind.TICKET_GIVEN,
        *REISSUED.values(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRules:
    """Whom messages about orders reach, as configuration says at a moment.

    messages: which kinds are sent, and how
    contacts: the people and roles
    owners: their numbers, in E.164
    """

    messages: Messages
    contacts: Contacts
    owners: tuple[str, ...]

    def policy(self, kind: MessageKind) -> KindPolicy:
        settings = self.messages.kinds[kind]
        return KindPolicy(
            kind=kind.value,
            enabled=settings.enabled,
            lane=_LANES[settings.lane],
            time_to_live=settings.time_to_live,
            critical=kind in _CRITICAL,
        )

    def recipients(self, kind: MessageKind, channel: Channel, *, customer: str | None = None) -> tuple[str, ...]:
        """Numbers or addresses of those whom configuration names for the kind; who has none is left out."""
        found: list[str] = []
        for name in self.messages.kinds[kind].recipients:
            if name == CUSTOMER:
                found += [customer] if customer else []
            else:
                found += reachable(self.contacts, name, channel, owners=self.owners)
        return tuple(dict.fromkeys(found))
