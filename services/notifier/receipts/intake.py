"""Stores the vendors' callbacks in micro-batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from chassis.database import Database
from chassis.errors import Unavailable
from chassis.microbatch import MicroBatch, Pending
from notifier.receipts import store
from notifier.receipts.domain import RawReceipt

# SendGrid tells of many receipts in one callback.
_MOST_CALLBACKS: Final = 200

_Callback = Pending[Sequence[RawReceipt], None]


class Intake:
    """Under a flood of callbacks one statement stores many; alone, a callback costs one round trip."""

    def __init__(self, database: Database, *, stored: Callable[[], None]) -> None:
        self._database = database
        self._stored = stored
        self._callbacks: MicroBatch[Sequence[RawReceipt], None] = MicroBatch(self._store, most=_MOST_CALLBACKS)

    async def keep(self, receipts: Sequence[RawReceipt]) -> None:
        """Returns when they are durable; raises what the database raised, so that the vendor tries again."""
        if receipts:
            await self._callbacks.put(receipts)

    async def _store(self, batch: Sequence[_Callback]) -> None:
        try:
            await self._keep(batch)
        except Unavailable:
            raise
        except Exception:
            if len(batch) == 1:
                raise
            for each in batch:
                await self._alone(each)
        self._stored()

    async def _keep(self, batch: Sequence[_Callback]) -> None:
        await store.keep(self._database, [receipt for each in batch for receipt in each.item])
        for each in batch:
            each.resolve(None)

    async def _alone(self, callback: _Callback) -> None:
        """A record that the database refuses spoils nobody else's."""
        try:
            await self._keep([callback])
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 whatever it is, it is this callback's own
            callback.fail(error)
