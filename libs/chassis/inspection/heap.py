"""Which objects grow, counted by objgraph, and where their memory was taken, traced by Python (docs/adr/0017)."""

from __future__ import annotations

import asyncio
import gc
import sys
import tracemalloc
from typing import Final

import objgraph
import psutil

from chassis.inspection.schemas import Allocation, Growth, Heap
from chassis.inspection.watching import Watched, watch

# Deeper stacks say more and cost more: with 6 calls a busy loop takes two to six times as long, with 25 twelve times.
_DEPTH: Final = 6
_MOST_TRACES: Final = 64 * 1024 * 1024
_SHOWN: Final = 25
_OWN: Final = (tracemalloc.__file__, objgraph.__file__, __file__)
# The longest first: packages lie below the standard library.
_ROOTS: Final = tuple(sorted((f"{root}/" for root in sys.path if root), key=len, reverse=True))


async def heap(seconds: float) -> tuple[Heap, Watched]:
    """Compares the objects before and after, and keeps what was allocated between them and is still there."""
    before, resident = await asyncio.to_thread(_counts), _resident()
    tracemalloc.start(_DEPTH)
    try:
        watched = await watch(seconds, enough=lambda: tracemalloc.get_tracemalloc_memory() > _MOST_TRACES)
        snapshot = await asyncio.to_thread(tracemalloc.take_snapshot)
    finally:
        tracemalloc.stop()
    found = Heap(
        seconds=round(watched.seconds, 1),
        resident_before=resident,
        resident_after=_resident(),
        types=await asyncio.to_thread(_grown, before),
        places=await asyncio.to_thread(_places, snapshot),
    )
    return found, watched


def _counts() -> dict[str, int]:
    gc.collect()  # as `growth` does
    return objgraph.typestats(shortnames=False)


def _grown(before: dict[str, int]) -> list[Growth]:
    found = objgraph.growth(limit=_SHOWN, peak_stats=before, shortnames=False)
    return [Growth(type=name, count=count, grown=grown) for name, count, grown in found]


def _places(snapshot: tracemalloc.Snapshot) -> list[Allocation]:
    filters = [tracemalloc.Filter(inclusive=False, filename_pattern=name) for name in _OWN]
    found = snapshot.filter_traces(filters).statistics("traceback")[:_SHOWN]
    return [
        Allocation(bytes=each.size, blocks=each.count, frames=[_place(frame) for frame in each.traceback])
        for each in found
    ]


def _place(frame: tracemalloc.Frame) -> str:
    name = frame.filename
    root = next((root for root in _ROOTS if name.startswith(root)), "")
    return f"{name.removeprefix(root)}:{frame.lineno}"


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)
