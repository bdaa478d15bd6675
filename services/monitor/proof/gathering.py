"""Looks at everything once: asks the services, and holds what they tell against the rules, piece by piece.

However many orders there were, only one batch of them is in memory beside all ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

from chassis.database import Database
from eventbus.operation.digest_client import DigestClient, NotRead
from eventbus.operation.waiting import OUTBOX, waiting
from invariants import Evidence, Invariant, Violation, violations
from invariants.digest import batches, joined
from monitor.proof import store
from monitor.proof.domain import (
    INVENTORY,
    NOTIFIER,
    OF_ALERTS,
    OF_ALL,
    OF_MESSAGES,
    OF_ORDERS,
    OF_ROUTING,
    OF_SALES,
    OF_STOCK,
    OURSELVES,
    RELOADED,
    SERVICES,
    Look,
    NamedPeople,
    Pace,
    Period,
    at_fault,
    by_owners,
    follow,
    routed,
    unjudged,
)
from monitor.proof.store import Turn

T = TypeVar("T")

_LOOKED_AT: Final = ("orders", "seats", "messages", "pools", "ledger", "alerts")


class Gatherer:
    """Makes one look. `digests`: of the services whose address is known."""

    def __init__(
        self, digests: Mapping[str, DigestClient], *, database: Database, pace: Pace, turn: Turn, now: datetime
    ) -> None:
        self._digests = digests
        self._database = database
        self._pace = pace
        self._before = turn.before
        self._now = now
        self._day = Period.before(now, pace=pace, length=pace.day)
        self._period = self._day if turn.whole_day else Period.before(now, pace=pace, length=pace.recent)
        self._named = turn.before.named if turn.before else NamedPeople()
        self._unread = {service: "its address is not set" for service in SERVICES if service not in digests}
        self._numbers = Counter[str]()
        self._seen: list[Violation] = []

    async def look(self) -> Look:
        """Asks everybody, and gives what was seen."""
        await self._people()
        under_way = await self._standing()
        await self._stock()
        await self._orders()
        await self._alerts()
        look = Look(
            at=self._now,
            period=self._period,
            every=self._pace.every,
            numbers=dict(self._numbers),
            unjudged=unjudged(self._unread, under_way=under_way),
            seen=tuple(self._seen),
            named=self._named,
        )
        return follow(self._before, look)

    async def _people(self) -> None:
        """Notes whom configuration names now, which counts from now on: nobody knows who was named before."""
        named = await self._ask(NOTIFIER, lambda digest: digest.people())
        if named is not None and named.directory != self._named.directory:
            self._named = NamedPeople(directory=named.directory, owners=named.part.owners, since=self._now + RELOADED)

    async def _standing(self) -> bool:
        """Judges what waits, and the sums of the day; says whether events are still on their way."""
        day = self._day.in_minutes()
        async with self._database.snapshot() as tx:
            own = await waiting(tx, OURSELVES, settling=self._pace.settling)
            parts = [Evidence(waiting=own, counted=await store.counted(tx, day))]
        for service in SERVICES:
            part = await self._ask(service, lambda digest: digest.standing(day, settling=self._pace.settling))
            if part is not None:
                parts.append(part)
        evidence = joined(parts)
        self._judge(evidence, (*OF_ALL, *OF_SALES))
        return any(each.what == OUTBOX for each in evidence.waiting)

    async def _stock(self) -> None:
        async def judge(digest: DigestClient) -> None:
            async for part in digest.stock(self._period):
                self._judge(part, OF_STOCK)

        await self._ask(INVENTORY, judge)

    async def _orders(self) -> None:
        """Judges orders to which something happened anywhere, and those that were at fault."""

        async def touched(digest: DigestClient) -> list[str]:
            return [order_id async for page in digest.touched(self._period) for order_id in page]

        ids = at_fault(self._before)
        for service in SERVICES:
            ids.update(await self._ask(service, touched) or ())
        for batch in batches(sorted(ids)):
            await self._batch(batch)

    async def _batch(self, ids: Sequence[str]) -> None:
        parts = [await self._ask(service, lambda digest: digest.of_orders(ids)) for service in SERVICES]
        evidence = joined(part for part in parts if part is not None)
        self._judge(evidence, OF_ORDERS)
        for part in by_owners(evidence, self._named):
            self._seen += violations(part, OF_MESSAGES)

    async def _alerts(self) -> None:
        async with self._database.snapshot() as tx:
            own = await store.alerts(tx, self._day)
        heard = await self._ask(NOTIFIER, lambda digest: digest.of_alerts([alert for _, alert in own.raised]))
        if heard is not None:
            self._judge(joined([own.part, heard.part]), OF_ALERTS)
            known = {alert.alert_id for at, alert in own.raised if self._named.holds(at, heard.directory)}
            self._seen += violations(routed(heard.part, known), OF_ROUTING)

    async def _ask(self, service: str, question: Callable[[DigestClient], Awaitable[T]]) -> T | None:
        """Asks a service; None when it does not answer, and then it is not asked again: its rules are not judged."""
        if service in self._unread:
            return None
        try:
            return await question(self._digests[service])
        except NotRead as silence:
            self._unread[service] = str(silence)
            return None

    def _judge(self, evidence: Evidence, rules: Sequence[Invariant]) -> None:
        self._seen += violations(evidence, rules)
        self._numbers.update({name: len(getattr(evidence, name)) for name in _LOOKED_AT})
