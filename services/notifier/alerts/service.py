"""Queues the messages that follow from an alert's events, and drops those that are no news any more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from uuid import UUID

from chassis.database import Transaction
from eventbus import Received
from events import AlertAcknowledged, AlertEvent, AlertKind, AlertRaised, AlertResolved, AlertStatus, Channel
from notifier.alerts import store
from notifier.alerts.domain import (
    ALERT,
    ALERT_ACKNOWLEDGED,
    ALERT_RESOLVED,
    AlertRoutes,
    Standing,
    targets,
    told,
)
from notifier.alerts.store import Moment
from notifier.channels.table import spec_of
from notifier.deliveries import store as deliveries_store
from notifier.deliveries.domain import Delivery, Reason
from notifier.deliveries.notices import Notice
from notifier.deliveries.service import Deliveries


class Alerting:
    """Each method takes the fresh events of a batch; whatever their order and number, everything is said once.

    `routes` is asked each time: configuration may be reloaded. `updating`: the channels on which what became of an
    alert can be shown in place.
    """

    def __init__(
        self, deliveries: Deliveries, routes: Callable[[], AlertRoutes], *, updating: Collection[Channel]
    ) -> None:
        self._deliveries = deliveries
        self._routes = routes
        self._updating = updating

    async def raised(self, tx: Transaction, batch: Sequence[Received[AlertRaised]]) -> None:
        now, routes = await deliveries_store.now(tx), self._routes()
        for received in batch:
            alert = received.event
            moment = Moment(what="raised", actor="", way=None, reason=alert.summary, occurred_at=alert.occurred_at)
            standing = await store.note(tx, alert, moment)
            notices = [
                Notice(
                    policy=routes.policy(ALERT, alert, target.channel),
                    channel=target.channel,
                    recipients=target.recipients,
                    content=_json(alert),
                    alert=standing.about,
                    since=alert.occurred_at,
                    not_before=target.not_before,
                    dropped=standing.outdates(ALERT),
                    cause=received.event_id,
                    traceparent=received.envelope.traceparent,
                )
                for target in targets(alert, routes, now=now)
            ]
            await self._deliveries.queue(tx, notices)

    async def acknowledged(self, tx: Transaction, batch: Sequence[Received[AlertAcknowledged]]) -> None:
        """Nobody else is disturbed; where it can be seen who has taken it, it is shown."""
        for received in batch:
            alert = received.event
            moment = Moment(
                what="acknowledged", actor=alert.by, way=alert.way, reason=None, occurred_at=alert.occurred_at
            )
            standing = await store.note(tx, alert, moment)
            if standing.status == AlertStatus.ACKNOWLEDGED:
                await self._follow(tx, received, standing, ALERT_ACKNOWLEDGED, wanted=self._shows)

    async def resolved(self, tx: Transaction, batch: Sequence[Received[AlertResolved]]) -> None:
        """Those who were told hear of the end; of a notice's end nobody does (E-11)."""
        for received in batch:
            alert = received.event
            moment = Moment(
                what="resolved", actor=alert.by, way=None, reason=alert.reason, occurred_at=alert.occurred_at
            )
            standing = await store.note(tx, alert, moment)
            if standing.status == AlertStatus.RESOLVED:
                await self._follow(tx, received, standing, ALERT_RESOLVED, wanted=self._routes().tells_end_by)

    async def _follow(
        self,
        tx: Transaction,
        received: Received[AlertAcknowledged] | Received[AlertResolved],
        standing: Standing,
        kind: str,
        *,
        wanted: Callable[[Channel], bool],
    ) -> None:
        """Drops what is unsent, and tells those who know of the alert what became of it."""
        if standing.kind == AlertKind.NOTICE:
            return
        reason = Reason.RESOLVED if kind == ALERT_RESOLVED else Reason.ACKNOWLEDGED
        kinds = [each for each in (ALERT, ALERT_ACKNOWLEDGED) if standing.outdates(each)]
        await self._deliveries.drop(tx, standing.alert_id, kinds=kinds, reason=reason)
        routes = self._routes()
        originals = await self._deliveries.of_alert(tx, standing.alert_id, kind=ALERT)
        notices = [
            Notice(
                policy=routes.policy(kind, received.event, channel),
                channel=channel,
                recipients=recipients,
                content=_json(received.event),
                alert=standing.about,
                since=received.event.occurred_at,
                cause=received.event_id,
                traceparent=received.envelope.traceparent,
            )
            for channel, recipients in told(originals, wanted).items()
        ]
        await self._deliveries.queue(tx, notices)

    def _shows(self, channel: Channel) -> bool:
        return spec_of(channel).shows_alerts and channel in self._updating


async def outdated(tx: Transaction, due: Sequence[Delivery]) -> Mapping[UUID, Reason]:
    """Which of those due are no news any more: asked at the last moment before sending."""
    alerts = {each.alert_id for each in due if each.alert_id is not None}
    known = await store.standings(tx, alerts) if alerts else {}
    return {
        each.id: reason
        for each in due
        if each.alert_id in known and (reason := known[each.alert_id].outdates(each.kind)) is not None
    }


def _json(alert: AlertEvent) -> dict[str, object]:
    return alert.model_dump(mode="json", by_alias=True)
