"""`make chaos [SEED=…] [KILLS=…] [MINUTES=…] [ORDERS=…] [CUTS=1]` breaks a stack of its own; its last line is JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import sys
from contextlib import redirect_stdout

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.chaos.campaign import Campaign, wired
from tests.chaos.plan import MOSTLY_CUTS, SHARES
from tests.chaos.report import explain, tables

FEWEST_ORDERS = 200
ORDERS_PER_MINUTE = 60


def main(arguments: list[str]) -> int:
    """Exit code 0 only when nothing was lost, doubled or oversold, and everything came to rest."""
    options = _options(arguments)
    # Kafka's client tells of every attempt while it is killed.
    logging.getLogger().addHandler(logging.NullHandler())
    console = Console(stderr=True)
    length = f"{options.minutes} minutes of kills" if options.minutes else f"{options.kills} kills"
    console.print(f"seed {options.seed}: {length} among {options.orders} paid purchases")
    with redirect_stdout(sys.stderr), wired(seats=options.orders * 3) as (stack, network):
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            buyers = progress.add_task("purchases", total=options.orders)
            kills = progress.add_task("kills", total=None if options.minutes else options.kills)

            def show(begun: int, killed: int) -> None:
                progress.update(buyers, completed=begun)
                progress.update(kills, completed=killed)

            campaign = Campaign(
                stack=stack,
                network=network,
                seed=options.seed,
                kills=options.kills,
                orders=options.orders,
                minutes=options.minutes,
                shares=MOSTLY_CUTS if options.cuts else SHARES,
                say=lambda words: progress.console.print(f"  {words}", highlight=False),
                progress=show,
            )
            verdict = asyncio.run(campaign.run())
        tables(console, verdict)
        explain(console, verdict)
    print(json.dumps(verdict.line()))
    return 0 if verdict.ok else 1


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="the same seed, the same plan")
    parser.add_argument("--kills", type=int, default=30, help="how many it takes")
    parser.add_argument("--minutes", type=float, help="how long it takes, instead of a number of kills")
    parser.add_argument("--orders", type=int, help="paid purchases meanwhile")
    parser.add_argument("--cuts", action="store_true", help="seven of ten things done are cuts of the network")
    options = parser.parse_args(arguments)
    many = options.minutes * ORDERS_PER_MINUTE if options.minutes else options.kills
    options.orders = options.orders or max(FEWEST_ORDERS, round(many))
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
