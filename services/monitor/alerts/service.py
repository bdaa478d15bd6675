"""Use cases of the alerts: each writes the alert, its history and its event in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable
from random import Random, SystemRandom
from typing import Any, Final
from uuid import UUID

from chassis.clock import Clock
from chassis.database import Reader, Transaction
from chassis.ids import derived_uuid7, uuid7
from config import Config
from eventbus import Outbox
from events import AlertAcknowledged, AlertKind, AlertRaised, AlertResolved, AlertStatus
from monitor.alerts import store
from monitor.alerts.domain import Alert, HistoryEntry, Matter, free_code
from monitor.alerts.errors import AlertAlreadyResolved, UnknownAlert
from monitor.alerts.store import AlertFilter

_OPEN: Final = (AlertStatus.FIRING.value, AlertStatus.ACKNOWLEDGED.value)
NOTICE_OVER = "A notice: there is nothing to mend."


class AlertService:
    """`config` gives what is in force now: an alert keeps the people and channels of the moment in which it fired."""

    def __init__(
        self, outbox: Outbox, *, config: Callable[[], Config], clock: Clock, rng: Random | None = None
    ) -> None:
        self._outbox = outbox
        self._config = config
        self._clock = clock
        self._rng = rng or SystemRandom()

    async def raise_(
        self, tx: Transaction, matter: Matter, *, by: str = "", way: str, cause: UUID | None = None
    ) -> tuple[Alert, bool]:
        """Raises an alert unless one of its fingerprint is open; gives it and whether it is new. A notice ends at once.

        `cause`: the event that it follows from, which raises it once, also when a restored database reads it again.
        """
        await store.alone(tx)
        if known := await store.open_of(tx, matter.fingerprint):
            return known, False
        alert_id = derived_uuid7(cause, matter.fingerprint) if cause else uuid7()
        if known := await store.locked(tx, alert_id):
            return known, False
        alert = await self._new(tx, matter, alert_id)
        await store.insert(tx, alert)
        await self._note(tx, alert, by=by, way=way, note=matter.summary)
        told = AlertRaised(**_state(alert), roles=alert.roles, channels=alert.channels, evidence=alert.matter.evidence)
        await self._outbox.publish(tx, told)
        if matter.kind is AlertKind.NOTICE:
            alert = await self._resolve(tx, alert, by="", way=way, reason=NOTICE_OVER)
        return alert, True

    async def acknowledge(self, tx: Transaction, alert_id: UUID, *, by: str, way: str) -> Alert:
        """Somebody takes an alert; a second time changes nothing. Raises UnknownAlert, AlertAlreadyResolved."""
        alert = await self._locked(tx, alert_id)
        if alert.status is AlertStatus.ACKNOWLEDGED:
            return alert
        if alert.status is AlertStatus.RESOLVED:
            raise AlertAlreadyResolved
        taken = alert.acknowledged(by=by, at=self._clock.now())
        await store.update(tx, taken)
        await self._note(tx, taken, by=by, way=way, note="")
        await self._outbox.publish(tx, AlertAcknowledged(**_state(taken), by=by, way=way))
        return taken

    async def resolve(
        self, tx: Transaction, alert_id: UUID, *, by: str = "", way: str, reason: str, summary: str = ""
    ) -> Alert:
        """Ends an alert; a second time changes nothing. Raises UnknownAlert.

        `summary`: what people are told of now, where what the alert said is not true any more.
        """
        alert = await self._locked(tx, alert_id)
        if not alert.open:
            return alert
        return await self._resolve(tx, alert, by=by, way=way, reason=reason, summary=summary)

    async def _resolve(
        self, tx: Transaction, alert: Alert, *, by: str, way: str, reason: str, summary: str = ""
    ) -> Alert:
        over = alert.resolved(at=self._clock.now())
        await store.update(tx, over)
        await self._note(tx, over, by=by, way=way, note=reason)
        told = _state(over) | ({"summary": summary} if summary else {})
        await self._outbox.publish(tx, AlertResolved(**told, by=by, reason=reason))
        return over

    async def _locked(self, tx: Transaction, alert_id: UUID) -> Alert:
        alert = await store.locked(tx, alert_id)
        if alert is None:
            raise UnknownAlert
        return alert

    async def _new(self, tx: Transaction, matter: Matter, alert_id: UUID) -> Alert:
        config, now = self._config(), self._clock.now()
        return Alert(
            id=alert_id,
            version=1,
            matter=matter,
            roles=config.alert_rules.first_step(matter.severity, matter.category),
            channels=config.routing.channels(matter.severity, matter.kind),
            code=free_code(await store.open_codes(tx), self._rng.random()),
            status=AlertStatus.FIRING,
            triggered_at=now,
            changed_at=now,
        )

    async def _note(self, tx: Transaction, alert: Alert, *, by: str, way: str, note: str) -> None:
        entry = HistoryEntry(version=alert.version, status=alert.status, at=alert.changed_at, by=by, way=way, note=note)
        await store.note(tx, alert, entry)


def _state(alert: Alert) -> dict[str, Any]:
    """What every event of an alert carries."""
    matter = alert.matter
    return {
        "alert_id": alert.id,
        "fingerprint": matter.fingerprint,
        "version": alert.version,
        "rule": matter.rule,
        "kind": matter.kind,
        "severity": matter.severity,
        "category": matter.category,
        "labels": dict(matter.labels),
        "summary": matter.summary,
        "value": matter.value,
        "unit": matter.unit,
        "limit": matter.limit,
        "status": alert.status,
        "code": alert.code,
        "runbook": matter.runbook,
        "triggered_at": alert.triggered_at,
        "occurred_at": alert.changed_at,
    }


async def open_alert(reader: Reader, alert_id: UUID) -> Alert | None:
    """The alert, while it is firing or acknowledged."""
    found = await store.get(reader, alert_id)
    return found if found and found.status in _OPEN else None


async def open_alerts(reader: Reader, *, most: int) -> list[Alert]:
    """Alerts that are firing or acknowledged, the newest first."""
    return await store.find(reader, AlertFilter(statuses=_OPEN), limit=most)
