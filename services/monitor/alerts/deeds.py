"""What people do about alerts, by whichever way: the use case and the audit's row, in one transaction."""

from __future__ import annotations

from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.database import Transaction
from monitor.alerts import store
from monitor.alerts.domain import Alert, AlertAction, Matter, audited
from monitor.alerts.errors import UnknownAlert
from monitor.alerts.service import AlertService


class AlertDeeds:
    """Raises, takes and ends alerts for people; `alerts` is what may become of one."""

    def __init__(self, alerts: AlertService) -> None:
        self._alerts = alerts

    async def raise_(self, tx: Transaction, matter: Matter, *, actor: Actor, way: str) -> tuple[Alert, bool]:
        """Raises an alert unless one that says the same is open; gives it and whether it is new."""
        alert, new = await self._alerts.raise_(tx, matter, by=actor.name, way=way)
        before = None if new else alert.standing
        await self._record(tx, AlertAction.RAISED, before, alert, actor=actor, way=way, reason=matter.summary)
        return alert, new

    async def acknowledge(self, tx: Transaction, alert_id: UUID, *, actor: Actor, way: str) -> Alert:
        """Somebody takes an alert; a second time changes nothing. Raises UnknownAlert, AlertAlreadyResolved."""
        before = await self._standing(tx, alert_id)
        taken = await self._alerts.acknowledge(tx, alert_id, by=actor.name, way=way)
        await self._record(tx, AlertAction.ACKNOWLEDGED, before, taken, actor=actor, way=way)
        return taken

    async def resolve(self, tx: Transaction, alert_id: UUID, *, actor: Actor, way: str, reason: str) -> Alert:
        """Somebody ends an alert; a second time changes nothing. Raises UnknownAlert."""
        before = await self._standing(tx, alert_id)
        over = await self._alerts.resolve(tx, alert_id, by=actor.name, way=way, reason=reason)
        await self._record(tx, AlertAction.RESOLVED, before, over, actor=actor, way=way, reason=reason)
        return over

    @staticmethod
    async def _standing(tx: Transaction, alert_id: UUID) -> dict[str, object]:
        alert = await store.locked(tx, alert_id)
        if alert is None:
            raise UnknownAlert
        return alert.standing

    @staticmethod
    async def _record(
        tx: Transaction,
        action: AlertAction,
        before: dict[str, object] | None,
        after: Alert,
        *,
        actor: Actor,
        way: str,
        reason: str = "",
    ) -> None:
        target = audited(after.id)
        left = {**after.standing, "way": way}
        await audit.record(tx, action, actor=actor, target=target, reason=reason, before=before, after=left)
