"""Decides whom an alert reaches, by which channels, and which of its messages are outdated. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from config import BusinessHours, Contacts, Lane, Routing
from config.vendors import Vendors
from events import AlertEvent, AlertKind, AlertStatus, Channel, Severity
from notifier.channels.table import CHANNELS, spec_of
from notifier.contacts.service import reachable
from notifier.deliveries.domain import Delivery, Reason, State
from notifier.deliveries.notices import AboutAlert, KindPolicy

ALERT: Final = "alert"
ALERT_ACKNOWLEDGED: Final = "alert_acknowledged"
ALERT_RESOLVED: Final = "alert_resolved"
KINDS: Final = (ALERT, ALERT_ACKNOWLEDGED, ALERT_RESOLVED)
# What shows the alert until it hears of its end must not miss that because of an outage.
_END_WAITS: Final = timedelta(hours=24)
_URGENT: Final = frozenset({Severity.CRITICAL, Severity.HIGH})
_LANES: Final = {lane: number for number, lane in enumerate(Lane)}
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest version that the notifier knows of an alert.

    alert_id: the alert
    fingerprint: its rule with labels
    version: grows with each change
    kind, status: the event's words, which this release may not know
    code: what people type to acknowledge it
    """

    alert_id: UUID
    fingerprint: str
    version: int
    kind: str
    status: str
    code: str

    @property
    def about(self) -> AboutAlert:
        """The alert, as deliveries refer to it."""
        return AboutAlert(self.alert_id, self.fingerprint)

    @property
    def open(self) -> bool:
        """Whether somebody may still acknowledge it."""
        return self.kind == AlertKind.CONDITION and self.status == AlertStatus.FIRING

    def outdates(self, kind: str) -> Reason | None:
        """Why a message of this kind need not be sent any more; None when it must. A notice is always sent (M-5)."""
        if self.kind == AlertKind.NOTICE:
            return None
        if self.status == AlertStatus.RESOLVED and kind in {ALERT, ALERT_ACKNOWLEDGED}:
            return Reason.RESOLVED
        return Reason.ACKNOWLEDGED if self.status == AlertStatus.ACKNOWLEDGED and kind == ALERT else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRoutes:
    """Whom alerts reach, as configuration says at a moment.

    routing: which ways alerts take, and how they look
    contacts: the people and roles
    owners: their numbers, in E.164
    zone: the business's time zone
    vendors: where each vendor says how it is
    """

    routing: Routing
    contacts: Contacts
    owners: tuple[str, ...]
    zone: ZoneInfo
    vendors: Vendors

    def policy(self, kind: str, alert: AlertEvent, channel: Channel) -> KindPolicy:
        """How a message of this kind about the alert is sent on the channel."""
        waits = kind != ALERT and spec_of(channel).shows_alerts
        return KindPolicy(
            kind=kind,
            enabled=self.routing.alerts.enabled,
            lane=_LANES[self.routing.severities[alert.severity].lane],
            time_to_live=_END_WAITS if waits else self.routing.alerts.time_to_live,
            critical=alert.severity in _URGENT or waits,
        )

    def tells_end_by(self, channel: Channel) -> bool:
        """Whether people are told on this channel what became of an alert."""
        return spec_of(channel).shows_alerts or channel in self.routing.alerts.tell_resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Those whom an alert reaches on one channel.

    channel: the way
    recipients: numbers, addresses, or the place where alerts go
    not_before: when the channel opens, for alerts that wait for business hours
    """

    channel: Channel
    recipients: tuple[str, ...]
    not_before: datetime | None = None


class Routed(Protocol):
    """What decides whom an alert reaches; `AlertRaised` has it."""

    @property
    def severity(self) -> Severity: ...
    @property
    def category(self) -> str: ...
    @property
    def roles(self) -> tuple[str, ...]: ...
    @property
    def channels(self) -> tuple[str, ...]: ...


def targets(alert: Routed, routes: AlertRoutes, *, now: datetime) -> list[Target]:
    """The recipients on each channel that the alert names; channels without recipients are left out."""
    route = routes.routing.severities[alert.severity]
    found = []
    for channel in _known(alert.channels):
        recipients = _recipients(alert, channel, routes)
        waits = spec_of(channel).opens_with_business(route)
        opening = next_opening(routes.contacts.business_hours, routes.zone, now) if waits else now
        if recipients:
            found.append(Target(channel=channel, recipients=recipients, not_before=opening if opening > now else None))
    return found


def next_opening(hours: BusinessHours, zone: ZoneInfo, now: datetime) -> datetime:
    """`now` within business hours, else their next beginning (N-7)."""
    local = now.astimezone(zone)
    if _DAYS[local.weekday()] in hours.days and hours.begin <= local.time() < hours.end:
        return now
    for ahead in range(8):
        day = local.date() + timedelta(days=ahead)
        opening = datetime.combine(day, hours.begin, zone)
        if _DAYS[day.weekday()] in hours.days and opening > now:
            return opening
    return now


def told(originals: Iterable[Delivery], wanted: Callable[[Channel], bool]) -> dict[Channel, tuple[str, ...]]:
    """By channel, the recipients who have the alert or may have it; they are told what became of it."""
    found: dict[Channel, list[str]] = {}
    for each in originals:
        if wanted(each.channel) and may_have_it(each):
            found.setdefault(each.channel, []).append(each.recipient)
    return {channel: tuple(recipients) for channel, recipients in found.items()}


def may_have_it(original: Delivery) -> bool:
    """Whether the vendor has the message or may have it."""
    if original.state in {State.SENDING, State.UNKNOWN, State.SENT, State.DELIVERED}:
        return True
    # A lost response may hide an open incident.
    unanswered = original.response_ms is not None and original.error_code is None
    return spec_of(original.channel).repeatable and (original.attempts > 0 or original.deaths > 0 or unanswered)


def _known(names: Iterable[str]) -> list[Channel]:
    return [channel for channel in CHANNELS if channel.value in set(names)]


def _recipients(alert: Routed, channel: Channel, routes: AlertRoutes) -> tuple[str, ...]:
    place_of = spec_of(channel).place_of
    if place_of is not None:
        return (place_of(routes.routing, alert.severity, alert.category),)
    roles = _roles(alert, routes.routing)
    found = (reachable(routes.contacts, role, channel, owners=routes.owners) for role in roles)
    return tuple(dict.fromkeys(chain.from_iterable(found)))


def _roles(alert: Routed, routing: Routing) -> tuple[str, ...]:
    configured = (*routing.also_tell.get(alert.severity.value, ()), *routing.also_tell.get(alert.category, ()))
    return tuple(dict.fromkeys((*alert.roles, *configured)))
