from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import ManualClock
from chassis.ratelimit import BucketTimeout, TokenBucket

SECOND = timedelta(seconds=1)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_capacity_goes_at_once_and_the_rest_at_the_rate_in_order() -> None:
    clock = ManualClock()
    bucket = TokenBucket(rate=2, capacity=3, clock=clock)
    served: list[int] = []

    async def ask(number: int) -> None:
        await bucket.acquire()
        served.append(number)

    tasks = [asyncio.create_task(ask(number)) for number in range(6)]
    await settle()
    assert served == [0, 1, 2]
    assert bucket.turns_in(bucket.expected_wait()) == 4
    for expected in ([0, 1, 2, 3], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5]):
        clock.advance(SECOND / 2)
        await settle()
        assert served == expected
    await asyncio.gather(*tasks)


@pytest.mark.asyncio
async def test_a_turn_after_the_deadline_is_refused_at_once_and_costs_nothing() -> None:
    clock = ManualClock()
    bucket = TokenBucket(rate=1, clock=clock)
    await bucket.acquire(SECOND)
    with pytest.raises(BucketTimeout) as refused:
        await bucket.acquire(SECOND / 2)
    assert refused.value.wait == SECOND
    assert bucket.expected_wait() == SECOND
    clock.advance(SECOND)
    await bucket.acquire(timedelta(0))


@pytest.mark.asyncio
async def test_a_pause_holds_everybody_back() -> None:
    clock = ManualClock()
    bucket = TokenBucket(rate=10, capacity=5, clock=clock)
    bucket.pause(3 * SECOND)
    assert bucket.expected_wait() == 3 * SECOND
    with pytest.raises(BucketTimeout):
        await bucket.acquire(SECOND)
    clock.advance(3 * SECOND)
    await bucket.acquire(timedelta(0))


@given(rate=st.integers(1, 50), capacity=st.integers(1, 20), pauses=st.lists(st.floats(0, 2), max_size=60))
def test_no_window_ever_holds_more_than_the_limit(rate: int, capacity: int, pauses: list[float]) -> None:
    clock = ManualClock()
    bucket = TokenBucket(rate=rate, capacity=capacity, clock=clock)
    turns: list[float] = []

    async def run() -> None:
        for pause in pauses:
            clock.advance(timedelta(seconds=pause))
            try:
                await bucket.acquire(timedelta(0))
            except BucketTimeout:
                continue
            turns.append(clock.monotonic())

    asyncio.run(run())
    for first, begin in enumerate(turns):
        for last in range(first, len(turns)):
            assert last - first + 1 <= capacity + (turns[last] - begin) * rate + 0.01


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        TokenBucket(rate=0)
