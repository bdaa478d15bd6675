"""`make bench [ONLY=…] [JSON=path]`: measures a stack of its own, with baselines in the same run."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from chassis.process import set_up, settle_in
from tests.bench import (
    alerts,
    availability,
    commission,
    consuming,
    crowd,
    growth,
    holds,
    lost,
    outbox,
    passing,
    reconciling,
    recovery,
    routing,
    syncing,
    thread,
)
from tests.bench.report import Figure, document, table
from tests.bench.stand import Stand
from tests.fixtures.scratch import scratch_stack

# The sandbox calls the services straight, and Stripe's own pace is not what is measured (L-11).
RATE = {"STRIPE_RATE_PER_SECOND": "100000"}
SEATS = 100_000
WIDTH = 110  # of the table where there is no terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """`ids`: what it yields; `steps`: how often it ticks; `whole`: needs the services, not only the stores."""

    name: str
    ids: tuple[str, ...]
    run: Callable[[Stand], Awaitable[Sequence[Figure]]]
    steps: int
    whole: bool = False


async def _start(stand: Stand) -> list[Figure]:
    stand.tick()
    return [Figure(id="L-8.start_seconds", ours=stand.start_seconds, unit="s", limit=15)]


MEASURES = (
    Measure(name="start", ids=("L-8.start_seconds",), run=_start, steps=1, whole=True),
    Measure(name="thread", ids=(*thread.OF_PURCHASES, "L-8.memory", "L-1"), run=thread.measure, steps=2, whole=True),
    Measure(name="routing", ids=("L-14.routing",), run=routing.measure, steps=1, whole=True),
    Measure(name="alerts", ids=("L-4.alert",), run=alerts.measure, steps=len(alerts.CROSSINGS), whole=True),
    Measure(name="recovery", ids=("L-9",), run=recovery.measure, steps=2 * len(recovery.PARTS), whole=True),
    Measure(name="lost", ids=("L-13",), run=lost.measure, steps=2, whole=True),
    Measure(name="crowd", ids=("L-11.like_stripe",), run=crowd.measure, steps=2, whole=False),
    Measure(name="reconciling", ids=("R-1",), run=reconciling.measure, steps=1 + len(reconciling.SIZES)),
    Measure(name="outbox", ids=("L-5",), run=outbox.measure, steps=2 + outbox.ROUNDS, whole=False),
    Measure(name="passing", ids=("L-5.next_service",), run=passing.measure, steps=2, whole=False),
    Measure(name="holds", ids=("L-2",), run=holds.measure, steps=1 + holds.ROUNDS, whole=False),
    Measure(name="availability", ids=("I-1",), run=availability.measure, steps=1, whole=False),
    Measure(name="syncing", ids=("L-14.sync",), run=syncing.measure, steps=1, whole=False),
    Measure(name="commission", ids=("L-14.commission",), run=commission.measure, steps=1, whole=False),
    Measure(name="growth", ids=("L-7",), run=growth.measure, steps=growth.CHUNKS + 2, whole=False),
    Measure(name="consuming", ids=("L-3",), run=consuming.measure, steps=3 * consuming.ROUNDS, whole=False),
)


def wanted(only: str) -> list[Measure]:
    """The measures that yield an id which begins with one of these, or whose id they make more exact; all for none."""
    asked = [part.strip() for part in only.split(",") if part.strip()]
    return [each for each in MEASURES if not asked or any(_meets(part, each) for part in asked)]


def _meets(part: str, measure: Measure) -> bool:
    return any(_inside(part, id_) or _inside(id_, part) for id_ in measure.ids)


def _inside(shorter: str, longer: str) -> bool:
    """`L-1` is not the beginning of `L-11`."""
    rest = longer.removeprefix(shorter)
    return longer.startswith(shorter) and not rest[:1].isdigit()


def main(arguments: list[str]) -> int:
    """Always 0 when it could measure: a figure that misses its limit is news, not an error."""
    options = _options(arguments)
    measures = wanted(options.only)
    if not measures:
        print(f"nothing measures {options.only}", file=sys.stderr)
        return 2
    # The pool's own words about a database that is killed on purpose.
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)
    console = Console(stderr=True)
    with redirect_stdout(sys.stderr):
        figures = _measure(measures, console)
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table(figures))
    text = json.dumps(document(figures), indent=2)
    if options.json:
        Path(options.json).write_text(text + "\n", encoding="utf-8")
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", default="")
    parser.add_argument("--json", default="")
    return parser.parse_args(arguments)


def _measure(measures: Sequence[Measure], console: Console) -> list[Figure]:
    figures: list[Figure] = []
    began = time.monotonic()
    with scratch_stack(seats=SEATS, extras={"checkout": RATE}, straight=True) as stack:
        stack.fullhouse("demo")
        set_up()
        settle_in()
        stand = Stand(stack=stack, start_seconds=time.monotonic() - began)
        columns = (TextColumn("{task.description:<12}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task("", total=sum(each.steps for each in measures))
            stand.tick = lambda: progress.advance(bar)
            for measure in measures:
                progress.update(bar, description=measure.name)
                if not measure.whole:
                    stand.leave_only_stores()
                figures += uvloop.run(_run(measure, stand))  # as the services do
    return figures


async def _run(measure: Measure, stand: Stand) -> Sequence[Figure]:
    try:
        return await measure.run(stand)
    finally:
        await asyncio.to_thread(stand.drop_databases)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
