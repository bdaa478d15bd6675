"""What people ask of limits, by whichever way in: once for each key, however often it is asked (I-8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from chassis.app import Out
from chassis.database import Database, Transaction
from chassis.http.once import once
from inventory.pools.mirror import Mirror
from inventory.pools.outcomes import Saved
from inventory.pools.restore import Restore

OutT = TypeVar("OutT", bound=Out)


class LimitRequests:
    """Does what is asked in a transaction of its own, and puts what became of it into the memory copy."""

    def __init__(self, database: Database, mirror: Mirror, restore: Restore) -> None:
        self._database = database
        self._mirror = mirror
        self._restore = restore

    async def once(
        self,
        key: str | None,
        asked: Mapping[str, Any],
        kind: type[OutT],
        do: Callable[[Transaction], Awaitable[tuple[Saved, OutT]]],
    ) -> OutT:
        """Who clicks twice, or never got the answer, gets that of the first time; without a key it is done each time.

        Raises IdempotencyKeyReused when something else was asked with the key, and Unavailable during a restore.
        """
        self._restore.require_done()
        async with self._database.transaction() as tx:

            async def show() -> OutT:
                saved, answer = await do(tx)
                tx.after_commit(partial(self._mirror.committed, saved))
                return answer

            return await once(tx, key, asked=asked, kind=kind, do=show)
