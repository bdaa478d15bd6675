"""Does something while something else waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def meanwhile(waiting: Coroutine[Any, Any, None], work: Callable[[], T]) -> T:
    """Does `work` while another process, such as the database, is at what `waiting` has sent it.

    Both have ended when this returns; an error of `waiting` comes before one of `work`.
    """
    task = asyncio.create_task(waiting)
    await asyncio.sleep(0)  # it sends what it has to send
    try:
        return work()
    finally:
        await task
