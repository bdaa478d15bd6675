"""Games: lists of moves that follow from a seed, are played on a house, and are made shorter where one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.integration.checkout.machine.house import House
from tests.integration.checkout.machine.steps import (
    FREE,
    GA,
    MEMBER,
    PASS,
    VIP,
    Buy,
    Cancel,
    DebitsEnd,
    Decide,
    Dispute,
    Fault,
    GiveBack,
    HoldOver,
    Pay,
    PayElsewhere,
    PromiseOver,
    Refund,
    RefundAtProcessor,
    RefundCity,
    RefundFails,
    SettlePending,
    Step,
    ToldAgain,
    Transfer,
)
from tests.integration.checkout.world import CARD, DECLINED

BUYERS: Final = 6


@dataclass(frozen=True, slots=True)
class Together:
    """All at once: which comes first nobody can foresee."""

    steps: tuple[Step, ...]

    async def run(self, house: House, /) -> None:
        await asyncio.gather(*(step.run(house) for step in self.steps))


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing happens until all is done; then everything must be right."""

    async def run(self, house: House, /) -> None:
        await house.rest()
        await house.require_truth()


@dataclass(frozen=True, slots=True)
class Restart:
    """The service is told to end, and starts anew."""

    async def run(self, house: House, /) -> None:
        await house.restart()


@dataclass(frozen=True, slots=True)
class Kill:
    """The service dies so many milliseconds into these."""

    steps: tuple[Step, ...]
    after: int

    async def run(self, house: House, /) -> None:
        await house.run_apart()
        work = asyncio.gather(*(step.run(house) for step in self.steps))
        await asyncio.wait([work], timeout=self.after / 1000)
        await house.kill()
        await work


Game = Sequence[Step]


def draw(rng: Random, *, moves: int) -> Game:
    """So many moves; the first ones are purchases."""
    first = [_buy(rng, buyer) for buyer in range(BUYERS // 2)]
    return [*first, *(rng.choices(_MOVES, _WEIGHTS)[0](rng) for _ in range(moves))]


async def play(house: House, game: Game) -> None:
    """Raises AssertionError where anything is not what it should be."""
    await house.begin()
    try:
        for step in game:
            await step.run(house)
        await Rest().run(house)
    finally:
        await house.end()


def _buyer(rng: Random) -> int:
    return rng.randrange(BUYERS)


def _buy(rng: Random, buyer: int | None = None) -> Buy:
    kind = rng.choices([GA, VIP, MEMBER, FREE, PASS], [4, 4, 1, 1, 1])[0]
    return Buy(_buyer(rng) if buyer is None else buyer, kind, rng.randint(1, 3))


def _refund(rng: Random) -> Refund:
    wish = rng.choice(["all", "amount", "seats", "seats"])
    amount = rng.randint(1, 60_000) if wish == "amount" else None
    seats = tuple(sorted(rng.sample([1, 2, 3], rng.choice([1, 1, 2])))) if wish == "seats" else ()
    return Refund(_buyer(rng), amount, seats, rng.random() < 0.5)


def _fault(rng: Random) -> Fault:
    kind = rng.choice(["timeout_after", "timeout_before", "error", "rate_limit"])
    return Fault(kind, rng.choice(CALLS), rng.choice([1, 1, 2]))


def _told_wrongly(rng: Random) -> Fault:
    kind = rng.choice(["drop_webhook", "drop_webhook", "duplicate_webhook", "reorder_webhooks", "late_webhook"])
    return Fault(kind, None, rng.choice([1, 2, 4]))


def _several(rng: Random) -> tuple[Step, ...]:
    makers, weights = zip(*_SINGLE, strict=True)
    return tuple(rng.choices(makers, weights)[0](rng) for _ in range(rng.randint(2, 4)))


CALLS: Final = (
    "checkout.sessions.create",
    "checkout.sessions.expire",
    "checkout.sessions.retrieve",
    "checkout.sessions.list",
    "events.list",
    "refunds.create",
    "refunds.list",
)
_SINGLE: Final[Sequence[tuple[Callable[[Random], Step], float]]] = (
    (_buy, 5),
    (lambda rng: Pay(_buyer(rng), CARD), 8),
    (lambda rng: Pay(_buyer(rng), DECLINED), 1),
    (lambda rng: Pay(_buyer(rng), rng.choice(["debit_succeeds", "debit_succeeds", "debit_fails"])), 2),
    (lambda _rng: DebitsEnd(), 1.5),
    (lambda rng: PayElsewhere(_buyer(rng)), 2),
    (lambda rng: PromiseOver(_buyer(rng)), 2),
    (lambda rng: HoldOver(_buyer(rng)), 1),
    (lambda rng: GiveBack(_buyer(rng)), 1),
    (lambda rng: Cancel(_buyer(rng)), 1),
    (_refund, 4),
    (lambda rng: RefundAtProcessor(rng.randrange(9), rng.choice([None, rng.randint(1, 500)])), 2),
    (lambda rng: RefundFails(rng.randrange(9)), 1.5),
    (lambda rng: Dispute(rng.randrange(9), rng.random() < 0.2), 1.5),
    (lambda rng: Decide(rng.randrange(9), rng.random() < 0.5), 1.5),
    (lambda rng: Transfer(_buyer(rng), rng.randint(1, 3)), 1),
    (lambda rng: ToldAgain(rng.randrange(99)), 1.5),
)
_ALL: Final[Sequence[tuple[Callable[[Random], Step], float]]] = (
    *_SINGLE,
    (lambda rng: RefundCity(rng.random() < 0.5), 0.3),
    (lambda _rng: SettlePending(), 0.5),
    (_fault, 2.5),
    (_told_wrongly, 3),
    (lambda rng: Together(_several(rng)), 3),
    (lambda _rng: Rest(), 0.7),
    (lambda _rng: Restart(), 0.2),
    (lambda rng: Kill(_several(rng), rng.randint(0, 150)), 0.2),
)
_MOVES: Final = [maker for maker, _ in _ALL]
_WEIGHTS: Final = [weight for _, weight in _ALL]
