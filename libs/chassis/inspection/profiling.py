"""What the thread of the event loop spends its time on, sampled by Pyinstrument (docs/adr/0017)."""

from __future__ import annotations

import asyncio
import json
from typing import Final

from pyinstrument import Profiler
from pyinstrument.renderers import ConsoleRenderer, SpeedscopeRenderer
from pyinstrument.session import Session

from chassis.inspection.schemas import Profile
from chassis.inspection.watching import Watched, watch

_INTERVAL: Final = 0.005


async def profile(seconds: float) -> tuple[Profile, Watched]:
    """Samples the running loop; waiting shows as time of the loop itself."""
    # Not bound to this task: the samples are of whatever the loop runs.
    profiler = Profiler(interval=_INTERVAL, async_mode="disabled")
    profiler.start(target_description="the event loop")
    try:
        watched = await watch(seconds)
    finally:
        session = profiler.stop()
    return await asyncio.to_thread(_read, session), watched


def _read(session: Session) -> Profile:
    return Profile(
        seconds=round(session.duration, 1),
        samples=session.sample_count,
        tree=ConsoleRenderer(time="percent_of_total").render(session),
        speedscope=json.loads(SpeedscopeRenderer().render(session)),
    )
