"""Whatever happens, our ledger is what processors say, its commission is taken once, and analytics are its sums.

Payments, refunds, disputes, collections and failures at Stripe Connect, Square and PayPal together, real processes that
are killed, and the whole database put back to an earlier backup. `LEDGER_STEPS=600` makes the game longer,
`LEDGER_SEED=…` repeats one.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.fixtures.backups import Backup
from tests.fixtures.postgres import MakeDatabase
from tests.integration.checkout.ledger.game import LedgerGame
from tests.integration.checkout.ledger.house import LedgerHouse
from tests.integration.checkout.ledger.judging import require_truth, rest
from tests.integration.checkout.ledger.sellers import CURRENCIES, open_processors, open_provider
from tests.integration.checkout.world import World

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.proves("P-5", "P-6", "P-7", "P-8", "L-9"),
    pytest.mark.timeout(7200),
]

STEPS: Final = int(os.environ.get("LEDGER_STEPS", "10"))


async def test_the_ledger_balances(
    surroundings: World, postgres: str, make_database: MakeDatabase, backup: Backup, tmp_path: Path
) -> None:
    seed = int(os.environ.get("LEDGER_SEED", secrets.randbelow(2**32)))
    print(f"LEDGER_SEED={seed} LEDGER_STEPS={STEPS}")
    url = make_database("checkout")
    house = LedgerHouse(world=surroundings, admin=postgres, backup=backup, folder=tmp_path, url=url)
    try:
        async with open_processors(surroundings.sandbox) as processors:
            await house.start()
            providers = [
                await open_provider(house, processors, number, short) for number, short in enumerate(CURRENCIES, 7101)
            ]
            game = LedgerGame(house=house, providers=providers, rng=Random(seed))
            await game.play(STEPS)
            await rest(game)
            told = await require_truth(game, processors)
    finally:
        await house.kill()
    print(f"{house.kills} kills, {house.restores} restores, {dict(told)}")
