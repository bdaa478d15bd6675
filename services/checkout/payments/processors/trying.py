"""A call to a processor, made again until it has decided or the deadline has come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

from chassis.clock import Clock
from checkout.payments.processors.port import ProcessorBusy, ProcessorFailed, ProcessorFailure, ProcessorUncertain

Answer = TypeVar("Answer")

_LONGEST_TRY: Final = timedelta(seconds=8)
_SHORTEST_TRY: Final = timedelta(milliseconds=100)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(milliseconds=250), timedelta(seconds=2)


class AnswerKept(ProcessorUncertain):
    """The processor has failed, and will give this answer to the same key again: only another key goes on."""


async def until_decided(
    once: Callable[[timedelta], Awaitable[Answer]],
    *,
    deadline: timedelta,
    clock: Clock,
    saying_nothing: tuple[type[ProcessorFailure], ...] = (ProcessorFailed,),
) -> Answer:
    """What `once`, given the time that is left, comes to. Raises ProcessorFailure.

    An earlier try may have arrived: then the call is uncertain, whatever failure of `saying_nothing` ends it.
    """
    until = clock.monotonic() + deadline.total_seconds()
    pause = _FIRST_PAUSE
    unsure: ProcessorUncertain | None = None
    last: ProcessorFailure
    while True:
        left = timedelta(seconds=until - clock.monotonic())
        try:
            return await once(left)
        except AnswerKept:
            raise
        except ProcessorUncertain as failure:
            unsure = last = failure
        except ProcessorBusy as failure:
            last = failure
        except saying_nothing as failure:
            raise unsure or failure from None
        if left <= pause:
            raise unsure or last
        await clock.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def time_for(left: timedelta) -> timedelta:
    """How long one try may take."""
    return min(_LONGEST_TRY, max(left, _SHORTEST_TRY))
