"""Ends tasks that are still at work."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

# Between two cancellations of a task that goes on.
AGAIN_SECONDS: Final = 1.0


async def cancel(task: asyncio.Future[Any]) -> None:
    """Cancels the task until it has ended; what it ended with is the caller's to ask for.

    Libraries lose a cancellation at times (before Python 3.12 `asyncio.wait_for` does): one is not enough.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN_SECONDS)
    if not task.cancelled():
        task.exception()  # asked for, so that asyncio doesn't say that nobody did


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Does `work` to its end also when the caller is cancelled meanwhile, who is cancelled then."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        raise
