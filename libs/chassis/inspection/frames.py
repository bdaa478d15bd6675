"""Where code stands, in words: modules, lines and functions, never a variable's value."""

from __future__ import annotations

import asyncio
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any, Final

from chassis.inspection.schemas import Stack, Stacks, TaskGroup, Tasks
from chassis.telemetry.masking import mask_text

_NAMES: Final = 10
# A chain of awaits has an end; this is for one that was built wrong.
_DEEPEST: Final = 200
_UNNAMED: Final = "Task-"
_NOWHERE: Final = "not begun, or in compiled code"

Place = tuple[str, ...]


def stacks() -> Stacks:
    """Where all threads and all tasks of the running loop stand; those at the same place together."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    threads = ((names.get(ident, "?"), _of_thread(frame)) for ident, frame in sys._current_frames().items())  # noqa: SLF001 the one way
    tasks = ((name_of(task), frames_of(task)) for task in asyncio.all_tasks())
    return Stacks(threads=_together(threads), tasks=_together(tasks))


def tasks() -> Tasks:
    """The tasks of the running loop, counted by name and place."""
    counted = Counter((name_of(task), (frames_of(task) or (_NOWHERE,))[-1]) for task in asyncio.all_tasks())
    groups = [TaskGroup(name=name, count=count, waits_at=place) for (name, place), count in counted.most_common()]
    return Tasks(total=counted.total(), groups=groups)


def name_of(task: asyncio.Task[Any]) -> str:
    """Its own name; where nobody gave it one, the name of what it runs."""
    name = task.get_name()
    if name.startswith(_UNNAMED):
        name = getattr(task.get_coro(), "__qualname__", name)
    return mask_text(name)


def frames_of(task: asyncio.Task[Any]) -> Place:
    """From the task's coroutine to the innermost one that it waits in."""
    return tuple(_place(frame, frame.f_lineno) for frame in _awaited(task.get_coro()))


def _awaited(waiting: object) -> Iterator[FrameType]:
    for _ in range(_DEEPEST):
        frame = _first(waiting, "cr_frame", "gi_frame", "ag_frame")
        if frame is not None:
            yield frame
        waiting = _first(waiting, "cr_await", "gi_yieldfrom", "ag_await")
        if waiting is None:
            return


def _first(value: object, *names: str) -> Any:
    """Coroutines, generators and asynchronous generators call the same things differently."""
    return next((found for name in names if (found := getattr(value, name, None)) is not None), None)


def _of_thread(frame: FrameType) -> Place:
    return tuple(_place(each, line) for each, line in reversed(list(traceback.walk_stack(frame))))


def _place(frame: FrameType, line: int) -> str:
    module = frame.f_globals.get("__name__", frame.f_code.co_filename)
    return f"{module}:{line} {frame.f_code.co_qualname}"


def _together(standing: Iterable[tuple[str, Place]]) -> list[Stack]:
    """One row for each place, the most crowded first."""
    found: dict[Place, list[str]] = {}
    for name, place in standing:
        found.setdefault(place, []).append(name)
    crowded = sorted(found.items(), key=lambda each: -len(each[1]))
    return [Stack(names=sorted(names)[:_NAMES], count=len(names), frames=list(place)) for place, names in crowded]
