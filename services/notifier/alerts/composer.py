"""Makes the messages about alerts, at the moment they are sent: by what has become of the alert until then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from chassis.clock import Clock
from chassis.database import Database
from events import AlertAcknowledged, AlertEvent, AlertKind, AlertRaised, AlertResolved, AlertStatus, Channel
from notifier.alerts.domain import ALERT, ALERT_ACKNOWLEDGED, ALERT_RESOLVED, AlertRoutes
from notifier.alerts.links import Links
from notifier.alerts.wording import (
    AlertWords,
    alert_words,
    page_key,
    page_payload,
    page_severity,
    slack_blocks,
    slack_line,
)
from notifier.channels.domain import ChatMessage, EmailMessage, Message, PageAction, PageMessage, SmsMessage
from notifier.deliveries import store as deliveries_store
from notifier.deliveries.composing import NotNeeded, NotYet
from notifier.deliveries.domain import Delivery, Reason, State
from notifier.deliveries.store import Claimable
from notifier.messages import gsm7
from notifier.messages.composer import Installation
from notifier.messages.templates import BrandWords, Templates

# What a message follows, and must not overtake.
_BEFORE: Final = {ALERT_ACKNOWLEDGED: (ALERT,), ALERT_RESOLVED: (ALERT, ALERT_ACKNOWLEDGED)}
_LEAVING: Final = frozenset({State.SENDING, State.UNKNOWN})
_UNDER_WAY: Final = frozenset({State.QUEUED, State.SENDING, State.UNKNOWN})
_MODELS: Final[dict[AlertStatus, type[AlertEvent]]] = {
    AlertStatus.FIRING: AlertRaised,
    AlertStatus.ACKNOWLEDGED: AlertAcknowledged,
    AlertStatus.RESOLVED: AlertResolved,
}
_ACTIONS: Final = {
    AlertStatus.FIRING: PageAction.TRIGGER,
    AlertStatus.ACKNOWLEDGED: PageAction.ACKNOWLEDGE,
    AlertStatus.RESOLVED: PageAction.RESOLVE,
}


class AlertComposer:
    """`buttons`: whether Slack's messages have a button whose press we can check; else they carry a link."""

    def __init__(
        self,
        *,
        database: Database,
        routes: AlertRoutes,
        templates: Templates,
        installation: Installation,
        links: Links,
        clock: Clock,
        buttons: bool,
        updates: bool,
    ) -> None:
        self._database = database
        self._routes = routes
        self._templates = templates
        self._installation = installation
        self._links = links
        self._clock = clock
        self._buttons = buttons
        self._updates = updates

    async def compose(self, claimed: Claimable) -> Message:
        """Raises NotYet while the message that this one follows is under way, NotNeeded when nobody got that one."""
        delivery, alert = claimed.delivery, parsed(claimed.content)
        original = await self._original(delivery) if delivery.kind != ALERT else None
        if delivery.channel is Channel.PAGERDUTY:
            return self._page(delivery, alert)
        words = self._words(alert)
        if delivery.channel is Channel.SMS:
            return self._sms(delivery, words)
        if delivery.channel is Channel.EMAIL:
            return self._mail(delivery, alert, words)
        return self._chat(delivery, alert, words, original)

    def marker(self, _kind: str, content: dict[str, Any]) -> str:
        """The whole text: with its code it is like no other."""
        return sms_text(self._templates, self._words(parsed(content)))

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

    def _words(self, alert: AlertEvent) -> AlertWords:
        route = self._routes.routing.severities[alert.severity]
        return alert_words(alert, route, zone=self._installation.zone, contacts=self._routes.contacts)

    def _sms(self, delivery: Delivery, words: AlertWords) -> SmsMessage:
        text = sms_text(self._templates, words)
        left = delivery.expires_at - self._clock.now() if delivery.expires_at else None
        return SmsMessage(
            delivery_id=delivery.id,
            to=delivery.recipient,
            text=text,
            segments=gsm7.segments(text),
            marker=text,
            valid_for=left,
        )

    def _mail(self, delivery: Delivery, alert: AlertEvent, words: AlertWords) -> EmailMessage:
        label = "RESOLVED" if words.resolved else words.severity
        subject = f"{words.icon} {label}: {words.summary}"
        values: dict[str, object] = {
            "brand": BrandWords.of(self._installation.brand()),
            "alert": words,
            "headline": words.summary,
            "title": subject,
            "preview": words.status or f"{words.severity.capitalize()} alert",
            "band": words.colour,
            "on_band": words.on_colour,
            "link": self._link(delivery, alert),
        }
        return EmailMessage(
            delivery_id=delivery.id,
            to=delivery.recipient,
            to_name="",
            subject=subject,
            text=self._templates.text("alert", **values),
            html=self._templates.html("alert", **values),
        )

    def _chat(self, delivery: Delivery, alert: AlertEvent, words: AlertWords, original: Delivery | None) -> ChatMessage:
        route = self._routes.routing.severities[alert.severity]
        asks = alert.kind == AlertKind.CONDITION and alert.status == AlertStatus.FIRING
        link = None if self._buttons else self._link(delivery, alert)
        return ChatMessage(
            delivery_id=delivery.id,
            to=delivery.recipient,
            hook=self._routes.routing.slack_channel(alert.severity, alert.category),
            text=slack_line(words),
            colour=words.colour,
            blocks=slack_blocks(words, link=link),
            mentions=self._routes.routing.slack.mentions if asks and route.slack.mention else (),
            acknowledge=str(delivery.id) if asks and self._buttons else None,
            replaces=original.provider_id or None if original and self._updates else None,
        )

    def _page(self, delivery: Delivery, alert: AlertEvent) -> PageMessage:
        action = _ACTIONS[AlertStatus(alert.status)] if delivery.kind != ALERT else PageAction.TRIGGER
        return PageMessage(
            delivery_id=delivery.id,
            key=page_severity(alert.severity),
            action=action,
            dedup_key=page_key(alert.fingerprint),
            payload=page_payload(alert, source=self._installation.public_url) if action is PageAction.TRIGGER else None,
            link=self._link(delivery, alert) if action is PageAction.TRIGGER else None,
        )

    def _link(self, delivery: Delivery, alert: AlertEvent) -> str | None:
        """Nobody need acknowledge a notice, nor what has ended."""
        if alert.kind == AlertKind.NOTICE or alert.status != AlertStatus.FIRING:
            return None
        return self._links.url(delivery.id, now=self._clock.now())


def sms_text(templates: Templates, words: AlertWords) -> str:
    """One SMS: the summary gives way, never the code."""
    text = gsm7.plain(templates.sms("alert", alert=words))
    if gsm7.fits(text):
        return text
    over = (gsm7.septets(text) or 0) - gsm7.ONE
    shorter = replace(words, summary=gsm7.cut(words.summary, by=over))
    return gsm7.plain(templates.sms("alert", alert=shorter))


def _told(original: Delivery) -> Delivery:
    if original.state in _UNDER_WAY:
        raise NotYet("The alert itself is still under way there.")
    if original.state in {State.SENT, State.DELIVERED} or original.channel is Channel.PAGERDUTY:
        return original
    raise NotNeeded(Reason.NOT_TOLD)


def parsed(content: dict[str, Any]) -> AlertEvent:
    """An alert's event from its stored JSON, by the status that it left."""
    return _MODELS[AlertStatus(content["status"])].model_validate(content)
