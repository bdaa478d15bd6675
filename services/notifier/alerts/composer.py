"""Makes the messages about alerts, at the moment they are sent: by what has become of the alert until then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from chassis.clock import Clock
from chassis.database import Database
from events import AlertAcknowledged, AlertEvent, AlertKind, AlertRaised, AlertResolved, AlertStatus, Channel
from notifier.alerts.domain import ALERT, ALERT_ACKNOWLEDGED, ALERT_RESOLVED, AlertRoutes
from notifier.alerts.links import Links
from notifier.alerts.wording import alert_words
from notifier.channels.domain import Message
from notifier.channels.provider import Features
from notifier.channels.spec import AlertText, AlertWords
from notifier.channels.table import spec_of
from notifier.deliveries import store as deliveries_store
from notifier.deliveries.composing import NotNeeded, NotYet
from notifier.deliveries.domain import Delivery, Reason, State
from notifier.deliveries.store import Claimable
from notifier.messages.domain import Installation
from notifier.texts.templates import BrandWords, Templates

# What a message follows, and must not overtake.
_BEFORE: Final = {ALERT_ACKNOWLEDGED: (ALERT,), ALERT_RESOLVED: (ALERT, ALERT_ACKNOWLEDGED)}
_LEAVING: Final = frozenset({State.SENDING, State.UNKNOWN})
_UNDER_WAY: Final = frozenset({State.QUEUED, State.SENDING, State.UNKNOWN})
_MODELS: Final[dict[AlertStatus, type[AlertEvent]]] = {
    AlertStatus.FIRING: AlertRaised,
    AlertStatus.ACKNOWLEDGED: AlertAcknowledged,
    AlertStatus.RESOLVED: AlertResolved,
}


class AlertComposer:
    """Composes messages about alerts.

    `routes` is called each time, since configuration may be reloaded. `features`: what each channel's provider can do.
    """

    def __init__(
        self,
        *,
        database: Database,
        routes: Callable[[], AlertRoutes],
        templates: Templates,
        installation: Installation,
        links: Links,
        clock: Clock,
        features: Mapping[Channel, Features],
    ) -> None:
        self._database = database
        self._routes = routes
        self._templates = templates
        self._installation = installation
        self._links = links
        self._clock = clock
        self._features = features

    async def compose(self, claimed: Claimable) -> Message:
        """Raises NotYet while the message that this one follows is under way, NotNeeded when nobody got that one."""
        delivery, alert = claimed.delivery, parsed(claimed.content)
        original = await self._original(delivery) if delivery.kind != ALERT else None
        return spec_of(delivery.channel).compose_alert(self._told(delivery, alert, original), self._templates)

    def marker(self, delivery: Delivery, content: dict[str, Any]) -> str:
        """The text that marks the alert's message on the delivery's channel, by which it is found there."""
        return spec_of(delivery.channel).marker(self._words(parsed(content)), self._templates)

    async def _original(self, delivery: Delivery) -> Delivery:
        if delivery.alert_id is None:
            raise LookupError("a message about no alert")
        original = None
        for each in await deliveries_store.of_alert(self._database, delivery.alert_id, _BEFORE[delivery.kind]):
            if (each.channel, each.recipient) != (delivery.channel, delivery.recipient):
                continue
            if each.kind == ALERT:
                original = each
            elif each.state in _LEAVING:
                raise NotYet("The acknowledgement is still under way there.")
        if original is None:
            raise NotNeeded(Reason.NOT_TOLD)
        return _told(original)

    def _told(self, delivery: Delivery, alert: AlertEvent, original: Delivery | None) -> AlertText:
        now = self._clock.now()
        asks = alert.kind == AlertKind.CONDITION and alert.status == AlertStatus.FIRING
        return AlertText(
            delivery_id=delivery.id,
            to=delivery.recipient,
            alert=alert,
            words=self._words(alert),
            first=delivery.kind == ALERT,
            asks=asks,
            link=self._links.url(delivery.id, now=now) if asks else None,
            replaces=original.provider_id or None if original else None,
            valid_for=delivery.expires_at - now if delivery.expires_at else None,
            routing=self._routes().routing,
            brand=BrandWords.of(self._installation.brand()),
            source=self._installation.public_url,
            features=self._features[delivery.channel],
        )

    def _words(self, alert: AlertEvent) -> AlertWords:
        route = self._routes().routing.severities[alert.severity]
        installation = self._installation
        return alert_words(
            alert,
            route,
            zone=installation.zone,
            contacts=self._routes().contacts,
            vendors=self._routes().vendors,
            public_url=installation.public_url,
        )


def _told(original: Delivery) -> Delivery:
    """Whoever is to hear what became of an alert has heard of it."""
    if original.state in _UNDER_WAY:
        raise NotYet("The alert itself is still under way there.")
    if original.state in {State.SENT, State.DELIVERED} or spec_of(original.channel).repeatable:
        return original
    raise NotNeeded(Reason.NOT_TOLD)


def parsed(content: dict[str, Any]) -> AlertEvent:
    """An alert's event from its stored JSON, by the status that it left."""
    return _MODELS[AlertStatus(content["status"])].model_validate(content)
