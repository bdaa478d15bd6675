"""`/api/alerts`: what is open, what was, and what people do about it (M-8). Viewers read, operators act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field, StringConstraints

from chassis.app import Body, Page, Words, conditions, known_filters, read_place, write_cursor
from chassis.audit import Actor
from chassis.database import Database
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from events import AlertStatus, Severity
from monitor.alerts import store
from monitor.alerts.deeds import AlertDeeds
from monitor.alerts.domain import BY_HAND, Alert, AlertAction, manual_matter
from monitor.alerts.errors import AlertAlreadyResolved, UnknownAlert
from monitor.alerts.schemas import AlertDetailOut, AlertOut
from monitor.alerts.store import AlertFilter

WAY = "api"
_Word = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Words = Annotated[list[_Word] | None, Query(max_length=50)]


router = APIRouter(prefix="/api/alerts", tags=["alerts"])


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDeps:
    """What the routes work with.

    database: the monitor's
    deeds: what people do about alerts
    """

    database: Database
    deeds: AlertDeeds


Deps = Annotated[AlertDeps, provided(AlertDeps)]
Viewer = Annotated[Principal, Depends(require(Role.VIEWER))]
Raiser = Annotated[Actor, deed(AlertAction.RAISED, Role.OPERATOR)]
Taker = Annotated[Actor, deed(AlertAction.ACKNOWLEDGED, Role.OPERATOR, target="alert:{alert_id}")]
Resolver = Annotated[Actor, deed(AlertAction.RESOLVED, Role.OPERATOR, target="alert:{alert_id}")]


class ManualAlertIn(Body):
    """An alert that a person raises."""

    severity: Severity
    category: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", max_length=60)] = Field(
        description="decides who is told first and which channel it goes to"
    )
    summary: Words


class ResolutionIn(Body):
    """Why an alert is over."""

    reason: Annotated[Words, Field(description="what was done; shown in the alert's history")] = BY_HAND


@router.get("", dependencies=[Depends(known_filters)])
async def list_alerts(
    _viewer: Viewer,
    deps: Deps,
    status: Annotated[list[AlertStatus] | None, Query()] = None,
    severity: Annotated[list[Severity] | None, Query()] = None,
    category: _Words = None,
    rule: _Words = None,
    city: _Words = None,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Page[AlertOut]:
    """Alerts, newest first; each filter may be given several times (X-3)."""
    wanted = AlertFilter(
        statuses=tuple(status or ()),
        severities=tuple(severity or ()),
        categories=tuple(category or ()),
        rules=tuple(rule or ()),
        cities=tuple(city or ()),
        before=read_place(cursor) if cursor else None,
    )
    shown, following = await page_of(
        lambda most: store.find(deps.database, wanted, limit=most), limit=limit, cursor=_cursor
    )
    return Page(data=[AlertOut.of(alert) for alert in shown], next_cursor=following)


@router.get("/{alert_id}", responses=conditions(UnknownAlert))
async def get_alert(_viewer: Viewer, deps: Deps, alert_id: str) -> AlertDetailOut:
    """One alert with its history."""
    found = await store.get(deps.database, _id(alert_id))
    if found is None:
        raise UnknownAlert
    return AlertDetailOut.with_history(found, await store.history(deps.database, found.id))


@router.post("", status_code=201, responses={200: {"model": AlertOut, "description": "One is open already"}})
async def raise_alert(actor: Raiser, deps: Deps, asked: ManualAlertIn, response: Response) -> AlertOut:
    """Raises an alert by hand: 201, or 200 with the open one that says the same."""
    matter = manual_matter(severity=asked.severity, category=asked.category, summary=asked.summary)
    async with deps.database.transaction() as tx:
        alert, new = await deps.deeds.raise_(tx, matter, actor=actor, way=WAY)
    if not new:
        response.status_code = 200
    return AlertOut.of(alert)


@router.post("/{alert_id}/ack", responses=conditions(UnknownAlert, AlertAlreadyResolved))
async def acknowledge(actor: Taker, deps: Deps, alert_id: str) -> AlertOut:
    """Takes an alert: what is still unsent about it stays unsent. A second time changes nothing."""
    async with deps.database.transaction() as tx:
        taken = await deps.deeds.acknowledge(tx, _id(alert_id), actor=actor, way=WAY)
    return AlertOut.of(taken)


@router.post("/{alert_id}/resolve", responses=conditions(UnknownAlert))
async def resolve(actor: Resolver, deps: Deps, alert_id: str, resolution: ResolutionIn | None = None) -> AlertOut:
    """Ends an alert. A second time changes nothing; while its condition holds, its rule raises the next."""
    reason = resolution.reason if resolution else BY_HAND
    async with deps.database.transaction() as tx:
        over = await deps.deeds.resolve(tx, _id(alert_id), actor=actor, way=WAY, reason=reason)
    return AlertOut.of(over)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UnknownAlert from None


def _cursor(alert: Alert) -> str:
    return write_cursor(alert.triggered_at, alert.id)
