"""`GET /api/admin/{service}/audit-log`: what people did at a service, and what they were refused (C-12).

The route is part of what every service has below `/api/admin/{service}` (`eventbus.admin`); its host gives the deps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.audit import store
from chassis.audit.domain import AuditFilter, Outcome
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.http.lists import Moment, PlainText, known_filters, no_cursor, read_cursor, write_cursor
from chassis.http.models import Out, Page
from chassis.paging import page_of
from chassis.tokens import Role

_LONGEST_ID: Final = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditDeps:
    """What the route works with: the service's own database."""

    database: Database


class AuditEntryOut(Out):
    """One deed, done or refused."""

    id: int = Field(description="Its number at this service")
    at: datetime = Field(description="When")
    actor: str = Field(description="Who: the token's email, a part of the system, or `anonymous`")
    role: str = Field(description="The token's role; empty for what was done without one")
    address: str | None = Field(description="Where the request came from")
    action: str = Field(description="What was done")
    target: str = Field(description="To what, as kind:id; empty for the whole service")
    before: Any = Field(description="What was there, personal data masked")
    after: Any = Field(description="What is there since, personal data masked")
    reason: str = Field(description="The person's own words, or the sentence of the refusal")
    outcome: Outcome
    code: str | None = Field(description="The stable code of the refusal")
    times: int = Field(description="How often, where the same was refused many times within seconds")


def audit_router(root: str) -> APIRouter:
    """Builds the route below `root`."""
    router = APIRouter(prefix=root, tags=["audit"])
    router.add_api_route(
        "/audit-log",
        audit_log,
        dependencies=[Depends(require(Role.ADMIN)), Depends(known_filters)],
        summary="What people did and were refused, newest first",
    )
    return router


async def audit_log(
    deps: Annotated[AuditDeps, provided(AuditDeps)],
    actor: PlainText | None = None,
    action: PlainText | None = None,
    target: PlainText | None = None,
    outcome: Outcome | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Page[AuditEntryOut]:
    """Each filter selects what is exactly so; nothing is ever changed or removed."""
    wanted = AuditFilter(actor=actor, action=action, target=target, outcome=outcome, since=since, until=until)
    before = _place(cursor) if cursor else None
    found, following = await page_of(
        lambda most: store.find(deps.database, wanted, before=before, limit=most),
        limit=limit,
        cursor=lambda entry: write_cursor(entry.at, entry.id),
    )
    return Page(data=[AuditEntryOut.model_validate(entry) for entry in found], next_cursor=following)


def _place(cursor: str) -> tuple[datetime, int]:
    moment, entry_id = read_cursor(cursor)
    if not (entry_id.isascii() and entry_id.isdigit() and len(entry_id) < _LONGEST_ID):
        raise no_cursor()
    return moment, int(entry_id)
