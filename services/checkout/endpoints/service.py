"""Gathers what is judged: of the processor, of our own door, and of our store. Calls out, so no transaction is open."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from chassis.telemetry import get_logger
from checkout.endpoints.checking import checked
from checkout.endpoints.diagnosing import diagnosed
from checkout.endpoints.domain import (
    LOOKED_BACK,
    AccountsSeen,
    CheckFacts,
    DiagnosisFacts,
    SetUp,
    Undelivered,
    Unread,
    Verdict,
)
from checkout.endpoints.probing import Door
from checkout.payments.processors.port import Account, Endpoint, ProcessorDesk, ProcessorFailure, Stretch
from checkout.webhooks import refusal_store, secret_store, store
from checkout.webhooks.domain import RawWebhook, RefusedRequests

log = get_logger()

_DEADLINE: Final = timedelta(seconds=15)
# How many pages of a list one look reads, so that buyers' own calls are not kept waiting.
_PAGES: Final = 10
_REFUSED: Final = 500
_STUCK: Final = 200
_AT_ONCE: Final = 4


class Examination:
    """Looks at one processor's webhooks: its own word, and ours."""

    def __init__(self, *, database: Database, desk: ProcessorDesk, door: Door, setup: SetUp, clock: Clock) -> None:
        self._database = database
        self._desk = desk
        self._door = door
        self._setup = setup
        self._clock = clock

    async def check(self) -> Verdict:
        """How endpoints are set up."""
        accounts = await self._accounts()
        endpoints, trouble = await self._endpoints()
        facts = CheckFacts(
            now=self._clock.now(),
            setup=self._setup,
            accounts=AccountsSeen(accounts=accounts.accounts, unread=(*accounts.unread, *trouble)),
            endpoints=endpoints,
            used=await secret_store.of_processor(self._database, self._desk.name),
            refused=await self._refused(),
        )
        return self._told("check", checked(facts))

    async def diagnose(self) -> Verdict:
        """Whether webhooks come and are handled. What is refused because of our own knock is not counted."""
        refused, accounts = await self._refused(), await self._accounts()
        seen, trouble = await self._undelivered(accounts.accounts)
        facts = DiagnosisFacts(
            now=self._clock.now(),
            setup=self._setup,
            accounts=AccountsSeen(accounts=accounts.accounts, unread=(*accounts.unread, *trouble)),
            probe=await self._door.knock(),
            undelivered=seen,
            used=await secret_store.of_processor(self._database, self._desk.name),
            refused=refused,
            unfinished={state.value: many for state, many in (await store.unfinished(self._database)).items()},
            stuck=await store.stuck(self._database, limit=_STUCK),
        )
        return self._told("diagnose", diagnosed(facts))

    def _told(self, look: str, verdict: Verdict) -> Verdict:
        wrong = [each.subject for each in verdict.findings if each.state in {"wrong", "unread"}]
        log.info("webhooks_examined", operation=look, findings=wrong)
        return verdict

    async def _refused(self) -> Sequence[RefusedRequests]:
        return await refusal_store.newest(self._database, since=self._clock.now() - LOOKED_BACK, limit=_REFUSED)

    async def _accounts(self) -> AccountsSeen:
        """Our own and all that are connected to it; what can't be read is named and keeps nothing else from being."""
        found: list[Account] = []
        unread: list[Unread] = []
        try:
            found.append(await self._desk.own_account(deadline=_DEADLINE))
        except ProcessorFailure as failure:
            unread.append(Unread(what="our own account", reason=str(failure)))
        try:
            found.extend(await self._connected())
        except ProcessorFailure as failure:
            unread.append(Unread(what="the list of connected accounts", reason=str(failure)))
        return AccountsSeen(accounts=tuple(found), unread=tuple(unread))

    async def _connected(self) -> list[Account]:
        found: list[Account] = []
        after: str | None = None
        while True:
            page = await self._desk.connected_accounts(after=after, deadline=_DEADLINE)
            found.extend(page.items)
            if (after := page.after) is None:
                return found

    async def _endpoints(self) -> tuple[Sequence[Endpoint] | None, tuple[Unread, ...]]:
        try:
            return await self._desk.endpoints(deadline=_DEADLINE), ()
        except ProcessorFailure as failure:
            return None, (Unread(what="the list of webhook endpoints", reason=str(failure)),)

    async def _undelivered(self, accounts: Sequence[Account]) -> tuple[list[Undelivered], list[Unread]]:
        """Of each account; a few at a time."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(account: Account) -> Undelivered | Unread:
            async with gate:
                try:
                    return await self._undelivered_of(account)
                except ProcessorFailure as failure:
                    return Unread(what=f"events of account {account.account_id}", reason=str(failure))

        found = await asyncio.gather(*map(one, accounts))
        return [each for each in found if isinstance(each, Undelivered)], [
            each for each in found if isinstance(each, Unread)
        ]

    async def _undelivered_of(self, account: Account) -> Undelivered:
        now, after = self._clock.now(), None
        events: list[RawWebhook] = []
        for _ in range(_PAGES):
            page = await self._desk.events(
                Stretch(since=now - LOOKED_BACK, until=now),
                undelivered=True,
                account=account.account_id if account.connected else None,
                after=after,
                deadline=_DEADLINE,
            )
            events.extend(page.items)
            if (after := page.after) is None:
                break
        here = await store.standing(self._database, self._desk.name, [each.occasion for each in events])
        return Undelivered(account=account, events=tuple(events), more=after is not None, here=frozenset(here))
