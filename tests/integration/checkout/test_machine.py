"""Whatever buyers, staff, banks and the processor do, in whatever order: money, orders, tickets and stock agree.

The whole of checkout on its real neighbours plays games; CHECKOUT_GAMES=100 plays more than the few of every run,
CHECKOUT_MOVES=… longer ones, CHECKOUT_SEED=… the same.
"""

from __future__ import annotations

import os
from random import Random
from typing import Final

import pytest

from chassis.database import Database
from tests.integration.checkout.machine.game import Game, draw, play
from tests.integration.checkout.machine.house import SEATS, House
from tests.integration.checkout.neighbours import Neighbours

pytestmark = pytest.mark.asyncio(loop_scope="module")

GAMES: Final = int(os.environ.get("CHECKOUT_GAMES", "2"))
MOVES: Final = int(os.environ.get("CHECKOUT_MOVES", "25"))


async def wrong_with(neighbours: Neighbours, game: Game) -> str | None:
    """What is wrong when it has been played; None: nothing."""
    stock = await Database.connect(neighbours.inventory_url, application="test", pool_size=1)
    try:
        async with neighbours.world(SEATS) as world:
            await play(House(world=world, stock=stock), game)
    except AssertionError as wrong:
        return str(wrong)
    finally:
        await stock.close()
    return None


async def shortened(neighbours: Neighbours, game: Game, wrong: str) -> tuple[Game, str]:
    """A game that goes wrong as well, and doesn't without any of its moves; and what is wrong then."""
    size = len(game) // 2
    while size:
        for start in range(0, len(game), size):
            fewer = [*game[:start], *game[start + size :]]
            if (still := await wrong_with(neighbours, fewer)) is not None:
                game, wrong = fewer, still
                break
        else:
            size //= 2
    return game, wrong


@pytest.mark.proves("C-4", "C-5", "C-7", "L-9")
async def test_money_orders_tickets_and_stock_agree_whatever_happens(neighbours: Neighbours) -> None:
    seed = int(os.environ.get("CHECKOUT_SEED", Random().getrandbits(32)))
    print(f"CHECKOUT_SEED={seed}")
    for number in range(seed, seed + GAMES):
        game = draw(Random(number), moves=MOVES)
        wrong = await wrong_with(neighbours, game)
        if wrong is not None:
            shorter, wrong = await shortened(neighbours, game, wrong)
            moves = "\n".join(f"  {move}" for move in shorter)
            pytest.fail(f"CHECKOUT_SEED={number} CHECKOUT_GAMES=1\n{moves}\n{wrong}")
