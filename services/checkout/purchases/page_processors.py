"""The processor of each payment page: our own account, or a provider's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, Protocol

from chassis.clock import Clock
from chassis.database import Database
from checkout.payments.domain import Attempt, Session
from checkout.payments.processors.port import (
    Processor,
    ProcessorRefused,
    ProcessorUncertain,
    Turn,
)
from checkout.purchases.connection_pages import ConnectionPages
from checkout.routing.reaching import WayProcessors

# A buyer waits for each account of a provider's at most so long, and then for its page to be closed.
_LONGEST: Final = timedelta(seconds=6)


class PageProcessor(Protocol):
    """What is asked about one page, by the words of `payments/processors/port.py`."""

    async def create_session(
        self, parameters: str, *, idempotency_key: str, deadline: timedelta, turn: Turn | None = None
    ) -> Session: ...

    async def expire_session(self, session_id: str, *, deadline: timedelta) -> Session: ...

    async def read_session(self, session_id: str, *, deadline: timedelta) -> Session: ...


class PageProcessors:
    """Finds it, and ends pages there. No transaction is open meanwhile; calls raise a ProcessorFailure."""

    def __init__(
        self,
        own: Sequence[Processor],
        *,
        database: Database,
        reach: WayProcessors,
        live_mode: bool,
        clock: Clock,
        longest: timedelta = _LONGEST,
    ) -> None:
        """`longest`: how long a call to an account of a provider's may take."""
        self._own = {each.name: each for each in own}
        self._database = database
        self._reach = reach
        self._live_mode = live_mode
        self._clock = clock
        self._longest = longest

    def of(self, attempt: Attempt) -> PageProcessor:
        """The processor of the attempt's page."""
        return self._own[attempt.processor] if attempt.connection_id is None else self._connection(attempt)

    async def end(self, attempt: Attempt, *, deadline: timedelta) -> Session:
        """An open page is ended; one that can't be has been paid, is pending, or has ended already."""
        processor, session_id = self.of(attempt), attempt.session_id or ""
        try:
            return await processor.expire_session(session_id, deadline=deadline)
        except ProcessorRefused:
            session = await processor.read_session(session_id, deadline=deadline)
        if session.status == "open":
            raise ProcessorUncertain("the session is open and can't be expired")
        return session

    async def end_unknown(self, attempt: Attempt, *, deadline: timedelta) -> Session:
        """The same of the page that a call without an answer may have opened: by its key."""
        if attempt.connection_id is not None:
            return await self._connection(attempt).expire_unknown(attempt.parameters, deadline=deadline)
        session = await self.of(attempt).create_session(
            attempt.parameters, idempotency_key=attempt.idempotency_key, deadline=deadline
        )
        return await self.end(replace(attempt, session_id=session.session_id), deadline=deadline)

    def _connection(self, attempt: Attempt) -> ConnectionPages:
        return ConnectionPages(
            attempt,
            database=self._database,
            reach=self._reach,
            live_mode=self._live_mode,
            longest=self._longest,
            clock=self._clock,
        )
