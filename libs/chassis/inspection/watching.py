"""Lets a look last, and ends it when the process can't bear it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from chassis.process import leaving

_STEP: Final = 0.25
# The loop comes back so late only when requests wait just as long.
_TOO_LATE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Watched:
    """How a look went.

    seconds: how long it lasted
    early: whether it ended before its time
    """

    seconds: float
    early: bool


async def watch(seconds: float, *, enough: Callable[[], bool] = lambda: False) -> Watched:
    """Returns after so many seconds; earlier when there is `enough`, the loop falls behind, or the process stops."""
    began = perf_counter()
    while (left := began + seconds - perf_counter()) > 0:
        step, before = min(_STEP, left), perf_counter()
        await asyncio.sleep(step)
        if enough() or leaving() or perf_counter() - before > step + _TOO_LATE:
            return Watched(perf_counter() - began, early=True)
    return Watched(perf_counter() - began, early=False)
