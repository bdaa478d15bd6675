"""Micro-batches: what queues up while one batch runs is the next batch. Nobody waits for a batch to fill.

Alone, an item costs what it would cost without this; under load many share one transaction. The function that runs a
batch resolves each item, with a result or an error of its own, as soon as it can::

    async def store(batch: Sequence[Pending[Event, None]]) -> None:
        await insert(database, [each.item for each in batch])
        for each in batch:
            each.resolve(None)

    events = MicroBatch(store, most=200)
    await events.put(event)  # returns when it is stored
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, TypeVar

from chassis.errors import Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")


class Pending(Generic[Item, Result]):
    """An item that waits for its result; the first result or error counts."""

    __slots__ = ("future", "item")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

    @property
    def settled(self) -> bool:
        """Whether it has its result, or its caller was cancelled."""
        return self.future.done()

    def resolve(self, result: Result) -> None:
        """Gives the item its result."""
        if not self.future.done():
            self.future.set_result(result)

    def fail(self, error: Exception) -> None:
        """Gives the item an error."""
        if not self.future.done():
            self.future.set_exception(error)


class MicroBatch(Generic[Item, Result]):
    """Hands waiting items to `run`, in their order and at most `most` at once; one batch runs at a time.

    An error of `run` becomes the error of every item without a result. An item whose caller was cancelled is in the
    batch all the same; `Pending.settled` tells. When `run` is cancelled, all callers get Unavailable. `gather` is for
    costly work without hurry: how long a batch waits for more items before it is formed.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Pending[Item, Result]]], Awaitable[None]],
        *,
        most: int,
        gather: Callable[[], float] | None = None,
    ) -> None:
        self._run = run
        self._most = most
        self._gather = gather
        self._waiting: deque[Pending[Item, Result]] = deque()
        self._runner: asyncio.Task[None] | None = None

    async def put(self, item: Item) -> Result:
        """The item's result; raises its error, or its batch's."""
        one: Pending[Item, Result] = Pending(item)
        self._waiting.append(one)
        if self._runner is None:
            self._runner = asyncio.create_task(self._run_all())
        return await one.future

    @property
    def waiting(self) -> int:
        """The number of items that are in no batch yet."""
        return len(self._waiting)

    async def drain(self) -> None:
        """Returns when every item that was put has its result; for a stop."""
        if self._runner is not None:
            await asyncio.wait({self._runner})

    async def _run_all(self) -> None:
        try:
            while self._waiting:
                if self._gather is not None:
                    await asyncio.sleep(self._gather())
                await self._resolved([self._waiting.popleft() for _ in range(min(len(self._waiting), self._most))])
        finally:
            self._runner = None
            _fail(self._waiting, Unavailable("the service is stopping"))
            self._waiting.clear()

    async def _resolved(self, batch: Sequence[Pending[Item, Result]]) -> None:
        try:
            await self._run(batch)
        except Exception as error:  # noqa: BLE001 whatever it was, it is the batch's: each of them hears of it
            _fail(batch, error)
        except BaseException:
            _fail(batch, Unavailable("the service is stopping"))
            raise
        if not all(one.future.done() for one in batch):
            _fail(batch, RuntimeError("the batch ended without a result for this item"))


def _fail(batch: Iterable[Pending[Item, Result]], error: Exception) -> None:
    for one in batch:
        one.fail(error)
