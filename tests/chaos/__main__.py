"""`make chaos [SEED=…] [KILLS=…] [ORDERS=…]`: breaks a stack of its own, and ends with one line of JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections import Counter
from contextlib import redirect_stdout

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.chaos.campaign import EXTRAS, Campaign, Verdict
from tests.fixtures.scratch import scratch_stack

SHOWN = 30


def main(arguments: list[str]) -> int:
    """Exit code 0 only when nothing was lost, doubled or oversold, and everything came to rest."""
    options = _options(arguments)
    console = Console(stderr=True)
    console.print(f"seed {options.seed}: {options.kills} kills among {options.orders} paid purchases")
    with redirect_stdout(sys.stderr), scratch_stack(seats=options.orders * 3, extras=EXTRAS) as stack:
        columns = (TextColumn("purchases"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task("purchases", total=options.orders)
            campaign = Campaign(
                stack=stack,
                seed=options.seed,
                kills=options.kills,
                orders=options.orders,
                say=lambda words: progress.console.print(f"  {words}"),
                progress=lambda begun: progress.update(bar, completed=begun),
            )
            verdict = asyncio.run(campaign.run())
        _explain(console, verdict)
    print(json.dumps(verdict.line()))
    return 0 if verdict.ok else 1


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--orders", type=int, default=200)
    return parser.parse_args(arguments)


def _explain(console: Console, verdict: Verdict) -> None:
    console.print(f"buyers: {dict(verdict.sales.ways)}; told to try again: {dict(verdict.sales.refusals)}")
    if verdict.sales.gave_up:
        console.print(f"[red]{verdict.sales.gave_up} buyers never got a payment page")
    if verdict.desk.gave_up:
        console.print(f"[red]{verdict.desk.gave_up} times a person on call got no answer")
    for order_id in sorted(verdict.unpaid):
        console.print(f"[red]lost: order {order_id}: Stripe has its money, and it isn't paid")
    for alert_id in sorted(verdict.unraised):
        console.print(f"[red]lost: alert {alert_id}: it is not as the monitor had confirmed it")
    for words, count in verdict.mistakes.most_common(SHOWN):
        console.print(f"[yellow]{count} × {words}", markup=True, highlight=False)
    for (rule, kind), count in Counter((each.invariant, each.kind) for each in verdict.found).items():
        console.print(f"[red]{rule}: {count} {kind}")
    for each in verdict.found[:SHOWN]:
        console.print(f"[red]  {each.invariant}: {each.subject}: {each.sentence}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
