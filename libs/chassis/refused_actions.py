"""Keeps what people tried to do without the right to it: told as a security event, and in the audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from chassis import audit
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.refusals import RefusalReports
from events import SecurityActionRefused

ACTION: Final = "action_refused"
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class RefusedActions:
    """Takes refusals of one process.

    reports: tells of them, each kind once in a while
    database: the service's own, which has its audit
    """

    reports: RefusalReports
    database: Database

    async def note(self, *, subject: str, email: str, method: str, route: str, reason: str, code: str) -> bool:
        """Whether it is told at once; a flood of one kind is told together and has one entry in the audit.

        Looking at something is no deed. While the database is away the event alone has to do.
        """
        what = f"{method} {route}"
        told = self.reports.report(SecurityActionRefused, actor=subject, what=what, code=code)
        if told and method not in _READING:
            await self._record(what, actor=email, reason=reason)
        return told

    async def _record(self, what: str, *, actor: str, reason: str) -> None:
        try:
            async with self.database.transaction() as tx:
                await audit.record(tx, ACTION, actor=actor, target=audit.target("route", what), detail=reason)
        except Unavailable:
            return
