"""`/api/alerts`: what is open, what was, and what people do about it (M-8). Viewers read, operators act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import JSONResponse, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from chassis.app import known_filters
from chassis.tokens import Principal, Role, require
from events import AlertStatus, Severity
from monitor.alerts.answers import alert_answer, read_cursor
from monitor.alerts.desk import BY_HAND, AlertDesk
from monitor.alerts.errors import UnknownAlert
from monitor.alerts.store import AlertFilter

_Word = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Words = Annotated[list[_Word] | None, Query(max_length=50)]


def _one_line(text: str) -> str:
    """Control characters, and signs that turn the direction of text, would make an alert look like another."""
    if not text.isprintable():
        raise ValueError("must be one line of printable characters")
    return text


_Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(_one_line)
]
_NO_STORE = {"Cache-Control": "no-store"}
Viewer = Annotated[Principal, Depends(require(Role.VIEWER))]
Operator = Annotated[Principal, Depends(require(Role.OPERATOR))]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ManualAlertIn(_Model):
    """`category` decides who is told first and which channel it goes to."""

    severity: Severity
    category: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", max_length=60)]
    summary: _Line


class ResolutionIn(_Model):
    reason: Annotated[_Line, Field(description="what was done; shown in the alert's history")] = BY_HAND


def alerts_router(desk: Callable[[], AlertDesk]) -> APIRouter:
    router = APIRouter(prefix="/api/alerts", tags=["alerts"])

    @router.get("", response_model=None, dependencies=[Depends(known_filters)])
    async def list_alerts(
        _viewer: Viewer,
        status: Annotated[list[AlertStatus] | None, Query()] = None,
        severity: Annotated[list[Severity] | None, Query()] = None,
        category: _Words = None,
        rule: _Words = None,
        city: _Words = None,
        cursor: Annotated[str | None, Query(max_length=300)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Response:
        """Alerts, newest first; each filter may be given several times (X-3)."""
        wanted = AlertFilter(
            statuses=tuple(status or ()),
            severities=tuple(severity or ()),
            categories=tuple(category or ()),
            rules=tuple(rule or ()),
            cities=tuple(city or ()),
            before=read_cursor(cursor) if cursor else None,
        )
        return _json(await desk().find(wanted, limit=limit))

    @router.get("/{alert_id}", response_model=None)
    async def get_alert(_viewer: Viewer, alert_id: str) -> Response:
        """One alert with its history."""
        return _json(await desk().one(_id(alert_id)))

    @router.post("", response_model=None, status_code=201, responses={200: {"description": "One is open already"}})
    async def raise_alert(operator: Operator, wish: ManualAlertIn) -> Response:
        """Raises an alert by hand: 201, or 200 with the open one that says the same."""
        alert, new = await desk().raise_by_hand(
            severity=wish.severity, category=wish.category, summary=wish.summary, by=operator.email
        )
        return _json(alert_answer(alert), status_code=201 if new else 200)

    @router.post("/{alert_id}/ack", response_model=None)
    async def acknowledge(operator: Operator, alert_id: str) -> Response:
        """Takes an alert: what is still unsent about it stays unsent. A second time changes nothing."""
        return _json(alert_answer(await desk().acknowledge(_id(alert_id), by=operator.email)))

    @router.post("/{alert_id}/resolve", response_model=None)
    async def resolve(
        operator: Operator, alert_id: str, resolution: Annotated[ResolutionIn | None, Body()] = None
    ) -> Response:
        """Ends an alert. A second time changes nothing; while its condition holds, its rule raises the next."""
        reason = resolution.reason if resolution else BY_HAND
        return _json(alert_answer(await desk().resolve(_id(alert_id), by=operator.email, reason=reason)))

    return router


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UnknownAlert from None


def _json(document: dict[str, Any], *, status_code: int = 200) -> Response:
    return JSONResponse(document, status_code=status_code, headers=_NO_STORE)
