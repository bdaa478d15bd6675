"""Whatever is done to a pool on a real database, in whatever order, it is what it should be after every step.

Two replicas, several callers at once, processes that forget everything, events that come late, again and together, and
databases that come from a backup. STOCK_GAMES=1000 plays more than the few games of every run, STOCK_SEED=… the same.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import Final

import asyncpg
import pytest

from tests.fixtures.postgres import MakeDatabase, on_database
from tests.integration.inventory.bench import open_bench
from tests.integration.inventory.machine.forecast import ORDERS
from tests.integration.inventory.machine.game import Comes, Game, Late, draw, fails, play, shortened
from tests.integration.inventory.machine.house import House, build
from tests.integration.inventory.machine.mistakes import MISTAKES
from tests.integration.inventory.machine.steps import Expire, Hold, Join, Release, Say

GAMES: Final = int(os.environ.get("STOCK_GAMES", "15"))


@asynccontextmanager
async def opened(admin: str, url: str) -> AsyncIterator[House]:
    connection = await asyncpg.connect(on_database(admin, url.rpartition("/")[2]))
    try:
        async with open_bench(url) as first, open_bench(url) as second:
            yield await build(connection, [first, second])
    finally:
        await connection.close()


async def require_good_games(house: House, seed: int, games: int) -> None:
    """Each game's seed follows from the first; one that fails is told in as few moves as there must be."""
    for number in range(seed, seed + games):
        game = draw(Random(number))
        try:
            await play(house, game)
        except AssertionError as wrong:
            moves = "\n".join(f"  {replica}: {move}" for move, replica in await shortened(house, game))
            pytest.fail(f"STOCK_SEED={number} STOCK_GAMES=1\n{moves}\n{wrong}")


@pytest.mark.proves("I-1", "I-2", "I-3", "I-4", "I-6", "I-8", "I-10", "I-11", "E-4", "E-6")
def test_the_stock_is_what_it_should_be_whatever_happens(postgres: str, make_database: MakeDatabase) -> None:
    seed = int(os.environ.get("STOCK_SEED", Random().getrandbits(32)))
    print(f"STOCK_SEED={seed}")

    async def games() -> None:
        async with opened(postgres, make_database("inventory")) as house:
            await require_good_games(house, seed, GAMES)

    asyncio.run(games())


A, B = ORDERS[:2]
FULL: Final[Game] = [(Hold(A, 3, placed=True), 0), (Hold(B, 1, placed=True), 1)]
# Games in which a mistake shows, as short as seeds have led to.
SHORT: Final[Mapping[str, Game]] = {
    "release_without_a_row": [(Hold(A, 1, placed=True), 0), (Release(A), 0)],
    "offer_again": [*FULL, (Join("ann", 1), 0), (Release(B), 1)],
    "overtake": [*FULL, (Join("ann", 1), 0), (Join("ben", 1), 1), (Release(B), 0)],
    "end_what_is_paid_for": [(Hold(A, 1, placed=True), 0), (Say(A, 1, (1,), back=False), 0), (Expire(A), 1)],
    "newest_event_alone": [
        (Say(A, 0, (1,), back=False), 0),
        (Late(Say(A, 0, (1,), back=True)), 0),
        (Say(A, 1, (1,), back=True), 1),
        (Comes(1), 0),
    ],
}


@pytest.mark.proves("I-2", "I-3", "I-6", "I-10")
def test_a_mistake_is_found(postgres: str, make_database: MakeDatabase) -> None:
    async def games() -> None:
        async with opened(postgres, make_database("inventory")) as house:
            for name, mistake in MISTAKES.items():
                assert not await fails(house, SHORT[name])
                with pytest.MonkeyPatch.context() as patch:
                    mistake(patch)
                    assert await fails(house, SHORT[name]), name

    asyncio.run(games())
