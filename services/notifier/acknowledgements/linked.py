"""Finds what the link of a message is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from chassis.clock import Clock
from chassis.database import Database
from config import Config
from notifier.acknowledgements import store
from notifier.alerts import store as alerts
from notifier.alerts.composer import parsed
from notifier.alerts.links import Links
from notifier.alerts.wording import alert_words
from notifier.channels.spec import AlertWords
from notifier.deliveries import store as deliveries_store
from notifier.deliveries.domain import Delivery


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as the page shows it.

    words: the alert in words
    taken_by: who has acknowledged it
    asks: whether the button is there
    """

    words: AlertWords
    taken_by: str | None
    asks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedAlerts:
    """Finds the alert behind a link.

    database: the notifier's own
    links: checks links
    config: gives the configuration; it is called each time, since it may be reloaded
    zone: the business's time zone
    public_url: the gateway's address
    clock: gives the time
    """

    database: Database
    links: Links
    config: Callable[[], Config]
    zone: ZoneInfo
    public_url: str
    clock: Clock

    async def delivery(self, token: str) -> Delivery | None:
        """The message that the link was in; None for a link that is not ours or has ended."""
        delivery_id = self.links.delivery(token, now=self.clock.now())
        if delivery_id is None:
            return None
        return await deliveries_store.read(self.database, delivery_id)

    async def view(self, delivery: Delivery) -> AlertView | None:
        """The alert as it is now; None for a message about none."""
        if delivery.alert_id is None:
            return None
        standing = (await alerts.standings(self.database, [delivery.alert_id])).get(delivery.alert_id)
        event = await alerts.newest_event(self.database, delivery.alert_id)
        if standing is None or event is None:
            return None
        alert = parsed(event)
        config = self.config()
        contacts = config.contacts
        words = alert_words(
            alert,
            config.routing.severities[alert.severity],
            zone=self.zone,
            contacts=contacts,
            vendors=config.vendors,
            public_url=self.public_url,
        )
        by = await store.acknowledged_by(self.database, standing)
        shown = contacts.name_of(by) if by is not None else None
        return AlertView(words=words, taken_by=shown, asks=standing.open and by is None)
