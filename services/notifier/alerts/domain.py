"""Whom an alert reaches, by which way, and what of it is no news any more. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from config import BusinessHours, Contacts, Lane, Routing
from config.messages import OWNERS
from events import AlertEvent, AlertKind, AlertStatus, Channel, Severity
from notifier.contacts.service import reachable
from notifier.deliveries.domain import Delivery, Reason, State
from notifier.deliveries.notices import AboutAlert, KindPolicy

ALERT: Final = "alert"
ALERT_ACKNOWLEDGED: Final = "alert_acknowledged"
ALERT_RESOLVED: Final = "alert_resolved"
KINDS: Final = (ALERT, ALERT_ACKNOWLEDGED, ALERT_RESOLVED)
# A machine that shows the alert must not miss its end because of an outage.
_MACHINES: Final = frozenset({Channel.SLACK, Channel.PAGERDUTY})
_MACHINES_WAIT: Final = timedelta(hours=24)
_URGENT: Final = frozenset({Severity.CRITICAL, Severity.HIGH})
_LANES: Final = {lane: number for number, lane in enumerate(Lane)}
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest that is known of an alert; kind and status are the event's words, which may be new to us."""

    alert_id: UUID
    fingerprint: str
    version: int
    kind: str
    status: str
    code: str

    @property
    def about(self) -> AboutAlert:
        return AboutAlert(self.alert_id, self.fingerprint)

    @property
    def open(self) -> bool:
        """Whether somebody may still acknowledge it."""
        return self.kind == AlertKind.CONDITION and self.status == AlertStatus.FIRING

    def outdates(self, kind: str) -> Reason | None:
        """Why a message of this kind need not be sent any more. A notice closes itself at once and is sent (M-5)."""
        if self.kind == AlertKind.NOTICE:
            return None
        if self.status == AlertStatus.RESOLVED and kind in {ALERT, ALERT_ACKNOWLEDGED}:
            return Reason.RESOLVED
        return Reason.ACKNOWLEDGED if self.status == AlertStatus.ACKNOWLEDGED and kind == ALERT else None


@dataclass(slots=True)
class AlertRoutes:
    """What configuration says now; replaced as a whole when it is reloaded. `owners` in E.164."""

    routing: Routing
    contacts: Contacts
    owners: tuple[str, ...]
    zone: ZoneInfo

    def policy(self, kind: str, alert: AlertEvent, channel: Channel) -> KindPolicy:
        waits = kind != ALERT and channel in _MACHINES
        return KindPolicy(
            kind=kind,
            enabled=self.routing.alerts.enabled,
            lane=_LANES[self.routing.severities[alert.severity].lane],
            time_to_live=_MACHINES_WAIT if waits else self.routing.alerts.time_to_live,
            critical=alert.severity in _URGENT or waits,
        )

    def tells_end_by(self, channel: Channel) -> bool:
        return channel in _MACHINES or channel.value in {each.value for each in self.routing.alerts.tell_resolved}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A channel with those whom it reaches there."""

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
    """The channels that the alert names, each with numbers, addresses, a Slack channel or a PagerDuty severity."""
    route = routes.routing.severities[alert.severity]
    found = []
    for channel in _known(alert.channels):
        recipients = _recipients(alert, channel, routes)
        waits = channel is Channel.SLACK and route.slack.business_hours
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
    """Those who have the alert or may have it, by channel; they hear what became of it."""
    found: dict[Channel, list[str]] = {}
    for each in originals:
        if wanted(each.channel) and may_have_it(each):
            found.setdefault(each.channel, []).append(each.recipient)
    return {channel: tuple(recipients) for channel, recipients in found.items()}


def may_have_it(original: Delivery) -> bool:
    if original.state in {State.SENDING, State.UNKNOWN, State.SENT, State.DELIVERED}:
        return True
    # A lost answer may hide an open incident; closing one that isn't there does no harm.
    unanswered = original.response_ms is not None and original.error_code is None
    return original.channel is Channel.PAGERDUTY and (original.attempts > 0 or original.deaths > 0 or unanswered)


def _known(names: Iterable[str]) -> list[Channel]:
    return [channel for channel in Channel if channel.value in set(names)]


def _recipients(alert: Routed, channel: Channel, routes: AlertRoutes) -> tuple[str, ...]:
    if channel is Channel.SLACK:
        return (routes.routing.slack.channels[routes.routing.slack_channel(alert.severity, alert.category)],)
    if channel is Channel.PAGERDUTY:
        return (alert.severity.value,)
    found: list[str] = []
    for role in _roles(alert, routes.routing):
        if role == OWNERS and channel is Channel.SMS:
            found += routes.owners
        found += reachable(routes.contacts, role, channel)
    return tuple(dict.fromkeys(found))


def _roles(alert: Routed, routing: Routing) -> tuple[str, ...]:
    configured = (*routing.also_tell.get(alert.severity.value, ()), *routing.also_tell.get(alert.category, ()))
    return tuple(dict.fromkeys((*alert.roles, *configured)))
