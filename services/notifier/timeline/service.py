"""Puts a timeline together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Database
from config import Contacts
from events import Channel
from notifier.acknowledgements import store as acknowledgements
from notifier.alerts import store as alerts
from notifier.alerts.domain import KINDS
from notifier.contacts.service import person_at
from notifier.deliveries import store as deliveries
from notifier.timeline.domain import Line, in_order, message_line, moment_line
from notifier.timeline.errors import UnknownAlert, UnknownOrder


@dataclass(frozen=True, slots=True)
class Timelines:
    """Reads the timelines of alerts.

    database: the notifier's own
    contacts: gives the contact book; it is called each time, since configuration may be reloaded
    """

    database: Database
    contacts: Callable[[], Contacts]

    async def of_alert(self, alert_id: UUID) -> list[Line]:
        """Raises UnknownAlert for one that the notifier has never heard of."""
        moments = await alerts.moments(self.database, alert_id)
        if not moments:
            raise UnknownAlert
        given = [
            Line(at=each.acknowledged_at, what="answered", by=each.actor, way=each.way, delivery_id=each.delivery_id)
            for each in await acknowledgements.of_alert(self.database, alert_id)
        ]
        sent = await deliveries.of_alert(self.database, alert_id, KINDS)
        messages = [message_line(each, person=self._person) for each in sent]
        return in_order([*map(moment_line, moments), *given, *messages])

    async def of_order(self, order_id: UUID) -> list[Line]:
        """Raises UnknownOrder for an order of which nothing was said, or that is not known here."""
        sent = await deliveries.of_order(self.database, order_id)
        if not sent:
            raise UnknownOrder
        return in_order(message_line(each, person=self._person) for each in sent)

    def _person(self, channel: Channel, recipient: str) -> str | None:
        return person_at(self.contacts(), channel, recipient)
