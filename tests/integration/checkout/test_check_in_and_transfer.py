"""A ticket is shown at a door while it is given to somebody else: one of them comes in (I-11).

The row at the door is the lock: neither service waits for the other, so that each may act before it has heard of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from chassis.database import Database
from chassis.tokens import Role
from tests.integration.checkout.money import bought
from tests.integration.checkout.test_transfers import given, scanned, transfer
from tests.integration.checkout.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@asynccontextmanager
async def held_back(url: str, lock: str, *arguments: object) -> AsyncIterator[None]:
    """Whoever wants to change these rows waits until the block ends; reading goes on."""
    database = await Database.connect(url, application="test", pool_size=1)
    try:
        async with database.transaction() as tx:
            await tx.execute(lock, *arguments)
            yield
    finally:
        await database.close()


def door_unread(world: World) -> AbstractAsyncContextManager[None]:
    """Inventory has not read of the transfer."""
    return held_back(world.inventory_url, "SELECT FROM pools WHERE city_id = $1 FOR UPDATE", world.city)


def entry_unheard(world: World) -> AbstractAsyncContextManager[None]:
    """Checkout has not heard who came in."""
    return held_back(world.checkout.environ["DATABASE_URL"], "LOCK TABLE ticket_entries IN SHARE MODE")


@dataclass(frozen=True, slots=True)
class Given:
    """A ticket that somebody wants to come in on while it is given away."""

    world: World
    order: dict[str, Any]
    code: str

    async def enter(self) -> str:
        return str((await scanned(self.world, self.code))["result"])

    async def give(self) -> int:
        return (await transfer(self.world, self.order, 1)).status


async def enters_while_unread(ticket: Given) -> None:
    async with door_unread(ticket.world):
        assert await ticket.give() == 200
        assert await ticket.enter() == "admitted"


async def gives_while_unheard(ticket: Given) -> None:
    async with entry_unheard(ticket.world):
        assert await ticket.enter() == "admitted"
        assert await ticket.give() == 200


async def both_at_once(ticket: Given) -> None:
    await asyncio.gather(ticket.enter(), ticket.give())


@pytest.mark.proves("I-11")
@pytest.mark.parametrize("race", [enters_while_unread, gives_while_unheard, both_at_once])
async def test_of_check_in_and_transfer_one_comes_first_and_one_person_comes_in(
    world: World, race: Callable[[Given], Awaitable[None]]
) -> None:
    order = await bought(world, quantity=1)
    own = f"/api/orders/{order['orderId']}?token={order['orderToken']}"
    (code,) = [each["code"] for each in (await world.ask("GET", own)).body["tickets"]]
    await race(Given(world, order, code))
    codes = [code, *(event.tickets[0].code for event in await given(world, order))]

    async def read() -> bool:
        """The newest code is the door's, and of older ones it knows that they are void."""
        found = [await scanned(world, each) for each in codes]
        return all(each["result"] == "void" for each in found[:-1]) and found[-1]["result"] != "void"

    await world.until(read, "the door knows the newest code")
    path = f"{world.inventory}/api/admin/checkin/log?cityId={world.city}"
    log = (await world.ask("GET", path, headers=world.token(Role.VIEWER))).body["data"]
    assert [each["what"] for each in log if each["what"] == "admitted"] == ["admitted"]
    assert (await scanned(world, codes[-1]))["result"] == "already_used"
