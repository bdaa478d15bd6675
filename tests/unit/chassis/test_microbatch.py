"""The micro-batch: shared work, an answer for each item, and nobody left waiting (C-4, I-5, N-8)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from chassis.errors import Unavailable
from chassis.microbatch import MicroBatch, Pending

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("C-4", "I-5", "N-8")]

Batch = Sequence[Pending[int, str]]


class Worker:
    """Works on batches while its gate is open; negative numbers have errors of their own."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None

    async def run(self, batch: Batch) -> None:
        self.batches.append([each.item for each in batch])
        await self.gate.wait()
        for each in batch:
            if each.item < 0:
                each.fail(ValueError(f"{each.item} is negative"))
        if self.failure is not None:
            raise self.failure
        for each in batch:
            each.resolve(f"done {each.item}")


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_queued_while_one_ran_is_the_next_batch() -> None:
    worker = Worker()
    batch = MicroBatch(worker.run, most=100)
    worker.gate.clear()
    first = asyncio.create_task(batch.put(1))
    await settle()
    others = [asyncio.create_task(batch.put(number)) for number in (2, 3, 4)]
    await settle()
    worker.gate.set()
    assert await asyncio.gather(first, *others) == ["done 1", "done 2", "done 3", "done 4"]
    assert worker.batches == [[1], [2, 3, 4]]
    assert await batch.put(5) == "done 5"


async def test_a_batch_is_bounded() -> None:
    worker = Worker()
    batch = MicroBatch(worker.run, most=2)
    await asyncio.gather(*(batch.put(number) for number in range(5)))
    assert worker.batches == [[0, 1], [2, 3], [4]]


async def test_an_item_has_its_own_error_and_the_others_their_results() -> None:
    batch = MicroBatch(Worker().run, most=100)
    results = await asyncio.gather(*(batch.put(number) for number in (1, -2, 3)), return_exceptions=True)
    assert (results[0], results[2]) == ("done 1", "done 3")
    assert str(results[1]) == "-2 is negative"


async def test_a_failed_batch_is_heard_by_each_without_an_answer_and_the_next_one_runs() -> None:
    worker = Worker()
    worker.failure = Unavailable("the database is away")
    batch = MicroBatch(worker.run, most=100)
    results = await asyncio.gather(*(batch.put(number) for number in (1, -2, 3)), return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable, ValueError, Unavailable]
    worker.failure = None
    assert await batch.put(4) == "done 4"


async def test_a_caller_who_has_gone_is_known_and_stops_nobody() -> None:
    worker = Worker()
    seen: list[list[bool]] = []

    async def run(given: Batch) -> None:
        seen.append([each.settled for each in given])
        await worker.run(given)

    batch = MicroBatch(run, most=100)
    worker.gate.clear()
    first = asyncio.create_task(batch.put(1))
    await settle()
    gone, stays = asyncio.create_task(batch.put(2)), asyncio.create_task(batch.put(3))
    await settle()
    gone.cancel()
    await settle()
    worker.gate.set()
    assert [await first, await stays] == ["done 1", "done 3"]
    assert gone.cancelled()
    assert seen == [[False], [True, False]]


async def test_an_item_that_was_forgotten_is_an_error_not_a_wait() -> None:
    async def run(_batch: Batch) -> None:
        return

    with pytest.raises(RuntimeError):
        await MicroBatch(run, most=100).put(1)


async def test_drain_lets_what_was_put_end() -> None:
    worker = Worker()
    batch = MicroBatch(worker.run, most=1)
    await batch.drain()
    worker.gate.clear()
    puts = [asyncio.create_task(batch.put(number)) for number in (1, 2)]
    await settle()
    draining = asyncio.create_task(batch.drain())
    await settle()
    assert not draining.done()
    worker.gate.set()
    await draining
    assert [put.result() for put in puts] == ["done 1", "done 2"]


async def test_when_the_runner_is_cancelled_everybody_hears_of_it() -> None:
    runners: list[asyncio.Task[None] | None] = []
    never = asyncio.Event()

    async def run(_batch: Batch) -> None:
        runners.append(asyncio.current_task())
        await never.wait()

    batch = MicroBatch(run, most=1)
    puts = [asyncio.create_task(batch.put(number)) for number in (1, 2)]
    await settle()
    runner = runners[0]
    assert runner is not None
    runner.cancel()
    results = await asyncio.gather(*puts, return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable, Unavailable]


async def test_a_batch_that_gathers_takes_who_comes_meanwhile() -> None:
    worker = Worker()
    batch = MicroBatch(worker.run, most=100, gather=lambda: 0)
    first = asyncio.create_task(batch.put(1))
    await asyncio.sleep(0)  # the runner is about to begin
    second = asyncio.create_task(batch.put(2))
    assert [await first, await second] == ["done 1", "done 2"]
    assert worker.batches == [[1, 2]]
