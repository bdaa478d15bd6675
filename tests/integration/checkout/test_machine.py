"""Whatever buyers, staff, banks and the processor do, in whatever order: money, orders, tickets and stock agree.

The whole of checkout on its real neighbours plays games; CHECKOUT_GAMES=100 plays more than the few of every run,
CHECKOUT_MOVES=… longer ones, CHECKOUT_SEED=… the same.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from random import Random
from typing import Final

import pytest

from chassis.database import Database
from tests.integration.checkout.machine.game import Game, Rest, draw, play
from tests.integration.checkout.machine.house import SEATS, House
from tests.integration.checkout.machine.mistakes import MISTAKES
from tests.integration.checkout.machine.steps import (
    GA,
    Buy,
    Dispute,
    Fault,
    Pay,
    PayElsewhere,
    PromiseOver,
    Refund,
    RefundAtProcessor,
    RefundFails,
)
from tests.integration.checkout.neighbours import Neighbours

pytestmark = pytest.mark.asyncio(loop_scope="module")

FEW: Final = 2
GAMES: Final = int(os.environ.get("CHECKOUT_GAMES", FEW))
MOVES: Final = int(os.environ.get("CHECKOUT_MOVES", "25"))


async def wrong_with(neighbours: Neighbours, game: Game, *, soon: float = 4) -> str | None:
    """What is wrong when it has been played; None: nothing. `soon`: within how many seconds of rest all must agree."""
    stock = await Database.connect(neighbours.inventory_url, application="test", pool_size=1)
    try:
        async with neighbours.world(SEATS) as world:
            await play(House(world=world, stock=stock, soon=soon), game)
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


PAID: Final[Game] = [Buy(0, GA, 2), Pay(0), Rest()]
PART: Final = Refund(0, 100, (), back=False)
# Games in which a mistake shows, as short as seeds have led to.
SHORT: Final[Mapping[str, Game]] = {
    "keep_what_comes_twice": [*PAID, PayElsewhere(0)],
    "count_refunds_twice": [*PAID, RefundAtProcessor(0, 100), RefundAtProcessor(0, 100)],
    "pay_again": [*PAID, Refund(0, None, (), back=True), Rest(), PayElsewhere(0)],
    "release_without_asking": [Buy(0, GA, 2), PromiseOver(0)],
    "freeze_for_any_charge": [*PAID, Fault("error", "refunds.create", 2), PayElsewhere(0), Dispute(1, inquiry=False)],
    "forget_failed_refunds": [*PAID, PART, Rest(), RefundFails(0)],
    "refund_with_a_new_key": [*PAID, PART],
    "return_all_seats": [*PAID, Refund(0, None, (1,), back=False)],
}


@pytest.mark.proves("L-9")
async def test_a_mistake_is_found(neighbours: Neighbours) -> None:
    """One of them in every run, and all where more than a few games are played."""
    seed = int(os.environ.get("CHECKOUT_SEED", Random().getrandbits(32)))
    print(f"CHECKOUT_SEED={seed}")
    for name in MISTAKES if GAMES > FEW else [Random(seed).choice(list(MISTAKES))]:
        with pytest.MonkeyPatch.context() as patch:
            MISTAKES[name](patch)
            assert await wrong_with(neighbours, SHORT[name], soon=1) is not None, name
