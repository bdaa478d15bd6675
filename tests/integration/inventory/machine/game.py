"""Games: lists of moves that follow from a seed, are played on a house, and are made shorter where one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Final

from chassis.metrics import Metric, metrics
from events import OrderPaid, OrderRefunded
from tests.integration.inventory.bench import require_proof
from tests.integration.inventory.machine.forecast import ORDERS, Forecast
from tests.integration.inventory.machine.house import House, Told
from tests.integration.inventory.machine.reading import plain, read
from tests.integration.inventory.machine.steps import (
    AtDoor,
    Correct,
    Expire,
    HandOver,
    Hold,
    Join,
    Leave,
    LetOfferExpire,
    Release,
    Resize,
    Say,
    Step,
    Take,
)

MOVES: Final = 40
NAMES: Final = ("ann", "ben", "cat")


@dataclass(frozen=True, slots=True)
class Late:
    """Checkout says something that comes later."""

    said: Say


@dataclass(frozen=True, slots=True)
class Comes:
    """One of the events that were said comes, late or again."""

    pick: int


@dataclass(frozen=True, slots=True)
class Together:
    """Each on its replica, all at once: which comes first nobody can foresee."""

    steps: tuple[tuple[Step | Say, int], ...]


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Whatever is late comes in one batch."""


@dataclass(frozen=True, slots=True)
class Restart:
    """Both processes have forgotten everything."""


@dataclass(frozen=True, slots=True)
class BackUp:
    """The database is kept as it is."""


@dataclass(frozen=True, slots=True)
class Restore:
    """The database is what it was; nothing where it was not kept."""


Move = Step | Say | Late | Comes | Together | CatchUp | Restart | BackUp | Restore
Game = Sequence[tuple[Move, int]]


def draw(rng: Random) -> Game:
    """So many moves, each with the replica that makes it."""
    return [(rng.choices(_MOVES, _WEIGHTS)[0](rng), rng.randint(0, 1)) for _ in range(MOVES)]


async def play(house: House, game: Game) -> None:
    """Raises AssertionError where the stock is not what it should be."""
    await house.begin()
    player = _Player(house)
    for move, replica in game:
        await player.make(move, replica)
    await house.catch_up(house.replicas[0])
    await player.look_anew()
    await require_proof(house.replicas[0].database)


async def shortened(house: House, game: Game) -> Game:
    """A game that fails as well, and doesn't without any of its moves."""
    size = len(game) // 2
    while size:
        for start in range(0, len(game), size):
            fewer = [*game[:start], *game[start + size :]]
            if await fails(house, fewer):
                game = fewer
                break
        else:
            size //= 2
    return game


async def fails(house: House, game: Game) -> bool:
    try:
        await play(house, game)
    except AssertionError:
        return True
    return False


class _Player:
    """Makes moves, and looks after each."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._forecast = Forecast()
        self._differed = _differed()

    async def make(self, move: Move, replica: int) -> None:
        match move:
            case Say():
                await self._say(move, replica)
            case Late(said):
                self._ready(said)
            case Comes(pick):
                await self._comes(pick, replica)
            case Together(steps):
                await self._together(steps)
            case CatchUp():
                await self._catch_up(replica)
            case Restart() | BackUp() | Restore():
                await self._disturb(move)
            case _:
                await self._take(move, replica)

    async def look_anew(self) -> None:
        self._forecast = deepcopy(await self._look())

    async def _take(self, step: Step, replica: int) -> None:
        """With a memory as fresh as after a second: what comes of it is foreseen."""
        bench = self._house.replicas[replica]
        await bench.mirror.renew()
        foreseen, worked = step.foresee(self._forecast), await step.run(self._house, bench)
        assert plain(await self._look()) == plain(self._forecast)
        assert worked is foreseen

    async def _say(self, said: Say, replica: int) -> None:
        step = self._ready(said)
        if step is not None:
            await self._take(step, replica)

    async def _comes(self, pick: int, replica: int) -> None:
        told = self._house.read_on
        if told:
            await self._take(HandOver(told[pick % len(told)]), replica)

    async def _together(self, steps: Sequence[tuple[Step | Say, int]]) -> None:
        ready = [(self._ready(step) if isinstance(step, Say) else step, replica) for step, replica in steps]
        work = (step.run(self._house, self._house.replicas[replica]) for step, replica in ready if step is not None)
        await asyncio.gather(*work)
        await self.look_anew()

    async def _catch_up(self, replica: int) -> None:
        left = [told for told in self._house.read_on if not told.done]
        bench = self._house.replicas[replica]
        if left and not await self._house.hand_over(bench, *left):
            await self._house.catch_up(bench)
        await self.look_anew()

    async def _disturb(self, move: Restart | BackUp | Restore) -> None:
        if isinstance(move, BackUp):
            await self._house.back_up()
        elif isinstance(move, Restart):
            self._house.restart()
        elif self._house.backed_up:
            await self._house.restore()
            await self.look_anew()

    def _ready(self, said: Say) -> HandOver | None:
        told = self._house.say(said.order, said.choice, set(said.seats), back=said.back)
        return None if told is None else HandOver(told)

    async def _look(self) -> Forecast:
        found = await read(self._house)
        assert _differed() == self._differed, (
            "memory and database differed, or the database refused what the code let through"
        )
        _require_truth(self._house.log, found)
        return found


def _differed() -> float:
    names = ("inventory_sync_failed", "concurrent_purchase_conflict")
    return sum(metrics.value(Metric.ERRORS, category="inventory_errors", error=name) for name in names)


def _require_truth(log: Sequence[Told], found: Forecast) -> None:
    """Who has paid has tickets, and who got the money back has none that lets in."""
    for told in (each for each in log if each.done):
        event = told.event
        if isinstance(event, OrderPaid):
            tickets = {(event.order_id, seat) for seat in range(1, len(event.seats) + 1)}
            assert tickets <= found.tickets.keys(), "paid, and no ticket"
        if isinstance(event, OrderRefunded):
            good = [seat for seat in event.refunded_seats if found.tickets[event.order_id, seat].valid]
            assert good == [], "refunded, and the ticket still lets in"


def _said(rng: Random) -> Say:
    return Say(
        rng.choice(ORDERS), rng.randint(0, 4), rng.choice([(1,), (1,), (1, 2), (1, 2, 3), (2, 3)]), rng.random() < 0.5
    )


def _order_and_name(rng: Random) -> tuple[str, int]:
    return rng.choice(NAMES), rng.randint(1, 3)


def _together(rng: Random) -> Together:
    makers = [maker for maker, _ in _SINGLE]
    weights = [weight for _, weight in _SINGLE]
    drawn = (rng.choices(makers, weights)[0](rng) for _ in range(rng.randint(2, 5)))
    return Together(tuple((step, rng.randint(0, 1)) for step in drawn))


_SINGLE: Final[Sequence[tuple[Callable[[Random], Step | Say], float]]] = (
    (lambda rng: Hold(rng.choice(ORDERS), rng.randint(1, 3), rng.random() < 0.7), 6),
    (_said, 6),
    (lambda rng: Release(rng.choice(ORDERS)), 1),
    (lambda rng: Expire(rng.choice(ORDERS)), 2),
    (lambda rng: Join(*_order_and_name(rng)), 3),
    (lambda rng: Take(rng.choice(NAMES), rng.choice(ORDERS)), 2),
    (lambda rng: LetOfferExpire(rng.choice(NAMES)), 1),
    (lambda rng: Leave(rng.choice(NAMES)), 1),
    (lambda rng: Resize(rng.randint(-2, 2), rng.random() < 0.5), 2),
    (lambda rng: AtDoor(rng.choice(ORDERS), rng.randint(1, 2), rng.random() < 0.3), 2),
)
_ALL: Final[Sequence[tuple[Callable[[Random], Move], float]]] = (
    *_SINGLE,
    (lambda rng: Correct(rng.choice([-1, 1])), 0.5),
    (lambda rng: Late(_said(rng)), 3),
    (lambda rng: Comes(rng.randint(0, 20)), 3),
    (_together, 3),
    (lambda _rng: CatchUp(), 1),
    (lambda _rng: Restart(), 0.5),
    (lambda _rng: BackUp(), 0.7),
    (lambda _rng: Restore(), 0.7),
)
_MOVES: Final = [maker for maker, _ in _ALL]
_WEIGHTS: Final = [weight for _, weight in _ALL]
