"""What people do about alerts, for the API and the pages alike: it opens the transaction of each act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from chassis.database import Database
from chassis.paging import page_of
from events import AlertKind, Severity
from monitor.alerts import store
from monitor.alerts.answers import alert_answer, cursor_after, with_history
from monitor.alerts.domain import MANUAL, Alert, Matter
from monitor.alerts.errors import UnknownAlert
from monitor.alerts.service import AlertService
from monitor.alerts.store import AlertFilter

WAY: Final = "api"
BY_HAND: Final = "Resolved by hand."


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDesk:
    """Raises UnknownAlert, and what the use cases raise."""

    database: Database
    alerts: AlertService

    async def find(self, wanted: AlertFilter, *, limit: int) -> dict[str, Any]:
        page, following = await page_of(
            lambda most: store.find(self.database, wanted, limit=most), limit=limit, cursor=cursor_after
        )
        return {
            "data": [alert_answer(alert) for alert in page],
            "nextCursor": following,
        }

    async def one(self, alert_id: UUID) -> dict[str, Any]:
        alert = await store.get(self.database, alert_id)
        if alert is None:
            raise UnknownAlert
        return with_history(alert, await store.history(self.database, alert_id))

    async def raise_by_hand(self, *, severity: Severity, category: str, summary: str, by: str) -> tuple[Alert, bool]:
        """The alert, and whether it is new: the same words again are the same alert."""
        matter = Matter(
            rule=MANUAL,
            kind=AlertKind.CONDITION,
            severity=severity,
            category=category,
            labels={"severity": severity.value, "category": category, "summary": summary},
            summary=summary,
        )
        async with self.database.transaction() as tx:
            return await self.alerts.raise_(tx, matter, by=by, way=WAY)

    async def acknowledge(self, alert_id: UUID, *, by: str) -> Alert:
        async with self.database.transaction() as tx:
            return await self.alerts.acknowledge(tx, alert_id, by=by, way=WAY)

    async def resolve(self, alert_id: UUID, *, by: str, reason: str) -> Alert:
        async with self.database.transaction() as tx:
            return await self.alerts.resolve(tx, alert_id, by=by, way=WAY, reason=reason)
