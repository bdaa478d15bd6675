"""A task that loses a cancellation is cancelled again."""

from __future__ import annotations

import asyncio

import pytest

from chassis.background import Background
from chassis.cancelling import cancel, to_the_end

pytestmark = pytest.mark.asyncio


class Deaf:
    """Loses the first cancellations that it is told of."""

    def __init__(self, losses: int = 1) -> None:
        self.losses = losses

    async def work(self) -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if not self.losses:
                    raise
                self.losses -= 1


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.cancelling.AGAIN_SECONDS", 0.01)


async def test_it_ends_however_often_a_cancellation_is_lost() -> None:
    task = asyncio.create_task(Deaf(losses=3).work())
    await asyncio.sleep(0)
    await cancel(task)
    assert task.cancelled()


async def test_what_it_ended_with_is_kept() -> None:
    async def failing() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("while it ended")

    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    await cancel(task)
    assert str(task.exception()) == "while it ended"


async def test_one_that_has_ended_is_left_alone() -> None:
    task = asyncio.create_task(asyncio.sleep(0, result=3))
    assert await task == 3
    await cancel(task)
    assert task.result() == 3


async def test_a_service_stops_though_a_task_of_it_is_deaf() -> None:
    background = Background()
    await background.start()
    background.run("deaf", Deaf().work)
    await asyncio.sleep(0)
    await background.stop()


async def test_what_must_be_done_is_done_though_its_caller_is_cancelled_again_and_again() -> None:
    goes_on, done = asyncio.Event(), []

    async def work() -> None:
        await goes_on.wait()
        done.append(1)

    caller = asyncio.create_task(to_the_end(work()))
    for _ in range(3):
        await asyncio.sleep(0)
        caller.cancel()
    await asyncio.sleep(0.01)
    assert not caller.done()
    goes_on.set()
    await asyncio.wait([caller])
    assert caller.cancelled()
    assert done


async def test_what_must_be_done_and_fails_tells_its_caller() -> None:
    async def work() -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 it is ours
        await to_the_end(work())
