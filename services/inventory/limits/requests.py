"""What people ask of limits, by whichever way in: once for each key, however often it is asked (I-8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from chassis.app import Out
from chassis.database import Database, Transaction
from chassis.http.repeats import IdempotencyKeyReused
from inventory.limits import store
from inventory.pools.mirror import Mirror
from inventory.pools.restore import Restore
from inventory.pools.service import Saved

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
            if key is not None and not await store.claim(tx, key, asked=asked):
                return await _first(tx, key, asked, kind)
            saved, answer = await do(tx)
            if key is not None:
                await store.keep(tx, key, answer=answer.model_dump(mode="json"))
        self._mirror.committed(saved)
        return answer


async def _first(tx: Transaction, key: str, asked: Mapping[str, Any], kind: type[OutT]) -> OutT:
    found = await store.first_of(tx, key)
    if found is None:
        raise RuntimeError("a claimed key has gone")
    before, answer = found
    if before != asked:
        raise IdempotencyKeyReused
    return kind.model_validate(answer)
