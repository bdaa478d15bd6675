"""Makes the collections that are due, each in a transaction of its own (P-7)."""

from __future__ import annotations

from collections.abc import Callable

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from checkout.commission import store
from checkout.commission.domain import Collection, CollectionAction
from checkout.commission.errors import CollectionsNotKnown
from checkout.commission.service import Collections
from checkout.commission.sums import worth_collecting


class Collecting:
    """`wake`: tells the worker that some are due."""

    def __init__(self, collections: Collections, *, database: Database, wake: Callable[[], None], clock: Clock) -> None:
        self._collections = collections
        self._database = database
        self._wake = wake
        self._clock = clock

    async def collect(self, *, provider: int | None = None, actor: Actor | None = None) -> list[Collection]:
        """New ones of all that is in none and can be charged; those that waited for a better account are due, too.

        None is made while it is not known what was collected since a backup that was put back.

        provider: of this one only
        actor: the person who wants it; None: it is time
        """
        found = [] if await store.lost_unread(self._database) else await self._make(provider)
        async with self._database.transaction() as tx:
            await store.make_due(tx, provider=provider)
            if actor is not None:
                numbers = {"collections": [each.collection_id for each in found]}
                await audit.record(tx, CollectionAction.MADE, actor=actor, after=numbers)
        self._wake()
        return found

    async def asked(self, *, provider: int | None, actor: Actor) -> list[Collection]:
        """The same because a person wants it; raises CollectionsNotKnown while none can be made."""
        if await store.lost_unread(self._database):
            raise CollectionsNotKnown
        return await self.collect(provider=provider, actor=actor)

    async def _make(self, provider: int | None) -> list[Collection]:
        until = self._clock.now()
        made = []
        for provider_id, currency, summed, correction in await store.due(
            self._database, until=until, provider=provider
        ):
            if worth_collecting(summed, correction, currency):
                async with self._database.transaction() as tx:
                    made.append(await self._collections.make(tx, provider_id, currency, until=until))
        return [each for each in made if each is not None]
