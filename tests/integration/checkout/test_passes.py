"""Passes are granted once for what was paid, used up exactly, and end with their money (C-9)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from chassis.audit import Actor
from chassis.clock import TEST_EPOCH, ManualClock
from chassis.database import Database
from chassis.errors import Condition
from chassis.ids import uuid7
from chassis.keys import PublicKeys
from chassis.pass_codes import verify_pass
from checkout.orders.domain import Order
from checkout.orders.messages import OrderMessages
from checkout.orders.tokens import OrderTokens
from checkout.passes import store
from checkout.passes.domain import holder_of, pass_id_of
from checkout.passes.service import PassService
from checkout.passes.tokens import PassLinks
from eventbus import Outbox
from events import (
    LineKind,
    OrderDisputeClosed,
    OrderDisputed,
    OrderId,
    OrderLine,
    OrderPaid,
    OrderRefunded,
    OrderRefundFailed,
    OrderState,
    PassEnding,
    PassGranted,
    PassUsed,
    PassUseUndone,
    parse_event,
)
from tests.fixtures.postgres import MakeDatabase
from tests.integration.checkout.world import SIGN_IN, TICKETS, city_entry, load, terms
from tests.unit.checkout.samples import order

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-9")]

STAFF = Actor(name="door@example.com", role="operator", address="203.0.113.9")
ENTRIES = 10


class Office:
    """The use cases on a database of their own, and what was paid there."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = ManualClock(TEST_EPOCH)
        self.links = PassLinks([TICKETS], public_url="https://tickets.example.com")
        outbox = Outbox(source="checkout", clock=self.clock, wake=lambda: None)
        self.passes = PassService(outbox=outbox, links=self.links, keys=[TICKETS], clock=self.clock)
        self._messages = OrderMessages(OrderTokens([TICKETS], public_url="https://tickets.example.com"))

    async def paid(self) -> Order:
        """A paid order of a pass, whose pass is granted."""
        line = OrderLine(
            line=1,
            kind=LineKind.PASSES,
            item_id="ten-classes",
            name="Ten classes",
            quantity=1,
            list_price=18000,
            unit_price=18000,
            amount=18000,
        )
        made = order(OrderState.PAID, order_id=OrderId(uuid7()), lines=(line,), seats=(), amount=18000, version=3)
        await self.hear(OrderPaid, made)
        return made

    async def hear(self, kind: Any, told: Order) -> None:
        """The event comes, as often as it comes."""
        more: dict[type, dict[str, Any]] = {
            OrderPaid: {
                "hold_alive": True,
                "tickets": (),
                "paid_at": self.clock.now(),
                "processor_time": self.clock.now(),
            },
            OrderRefunded: {"refunded_amount": told.refunded_amount, "refunded_seats": (), "return_seats": False},
            OrderRefundFailed: {"failed_amount": 18000, "ended_seats": (), "cause": "lost_or_stolen_card"},
            OrderDisputed: {"cause": "fraudulent"},
            OrderDisputeClosed: {"won": told.state is OrderState.PAID},
        }
        event = self._messages.event(kind, told, at=self.clock.now(), **more[kind])
        async with self.database.transaction() as tx:
            await (self.passes.grant(tx, event) if kind is OrderPaid else self.passes.follow(tx, event))

    async def use(self, pass_id: UUID, use_id: str, **more: Any) -> Any:
        """What comes of it: the entry's number, or the code of the refusal."""
        try:
            async with self.database.transaction() as tx:
                asked = {"place": "", "code": None, "actor": STAFF, **more}
                return (await self.passes.use(tx, pass_id, use_id=use_id, **asked))[1].number
        except Condition as refused:
            return refused.code

    async def undo(self, pass_id: UUID, use_id: str) -> Any:
        """What comes of it: pass and use, or the code of the refusal."""
        try:
            async with self.database.transaction() as tx:
                return await self.passes.undo(tx, pass_id, use_id=use_id, reason="a mistake", actor=STAFF)
        except Condition as refused:
            return refused.code

    async def told(self, pass_id: UUID) -> list[Any]:
        rows = await self.database.fetch(
            "SELECT header_names, header_values, value FROM outbox WHERE key = $1 ORDER BY id", str(pass_id).encode()
        )
        types = [dict(zip(row["header_names"], row["header_values"], strict=True))["ce_type"].decode() for row in rows]
        return [parse_event(kind, row["value"]) for kind, row in zip(types, rows, strict=True)]


@pytest_asyncio.fixture(loop_scope="module")
async def office(make_database: MakeDatabase) -> AsyncIterator[Office]:
    database = await Database.connect(make_database("checkout"), application="test", pool_size=8)
    await load(database, [city_entry("dallas")], terms())
    yield Office(database)
    await database.close()


async def test_a_paid_line_grants_one_pass_however_often_it_is_told(office: Office) -> None:
    paid = await office.paid()
    pass_id = pass_id_of(paid.order_id, 1)
    await asyncio.gather(*(office.hear(OrderPaid, paid) for _ in range(4)))
    held = await store.get(office.database, pass_id)
    assert held is not None
    assert (held.entries, held.used, held.state) == (ENTRIES, 0, "active")
    assert held.valid_until - held.valid_from == timedelta(days=90)
    (event,) = await office.told(pass_id)
    assert isinstance(event, PassGranted)
    token = event.link.partition("token=")[2]
    assert office.links.holder(token) == holder_of("JORDAN@example.com") == held.holder_id
    assert office.links.holder(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert verify_pass(TICKETS.public_keys(), held.code) == pass_id


async def test_entries_are_exact_whoever_uses_them_at_once_and_the_same_use_counts_once(office: Office) -> None:
    pass_id = pass_id_of((await office.paid()).order_id, 1)
    results = await asyncio.gather(*(office.use(pass_id, f"door-{number}") for number in range(ENTRIES + 4)))
    assert Counter(results)["pass_used_up"] == 4
    assert sorted(each for each in results if isinstance(each, int)) == list(range(1, ENTRIES + 1))
    again = await asyncio.gather(*(office.use(pass_id, "door-0") for _ in range(3)))
    assert len(set(again)) == 1
    granted, *used = await office.told(pass_id)
    assert isinstance(granted, PassGranted)
    assert [event.entries_left for event in used] == list(range(ENTRIES - 1, -1, -1))
    assert [event.version for event in used] == list(range(2, ENTRIES + 2))


async def test_a_pass_that_is_over_or_shown_with_anothers_code_is_not_used(office: Office) -> None:
    one, other = [pass_id_of((await office.paid()).order_id, 1) for _ in range(2)]
    code = getattr(await store.get(office.database, other), "code", "")
    assert await office.use(one, "a", code=code) == "unknown_pass"
    assert await office.use(one, "a", code=code.replace("FHP1", "FH1")) == "pass_code_invalid"
    assert await office.use(uuid7(), "a") == "unknown_pass"
    assert await office.use(other, "a", code=code) == 1
    office.clock.advance(timedelta(days=90))
    assert await office.use(one, "a") == "pass_expired"
    assert await office.use(other, "a") == 1


async def test_a_pass_rests_while_disputed_and_ends_with_its_money(office: Office) -> None:
    paid = await office.paid()
    pass_id = pass_id_of(paid.order_id, 1)
    disputed = replace(paid, state=OrderState.DISPUTED, version=4)
    await office.hear(OrderDisputed, disputed)
    assert await office.use(pass_id, "a") == "pass_frozen"
    await office.hear(OrderDisputeClosed, replace(paid, version=5))
    await office.hear(OrderDisputed, disputed)  # told once more, late
    assert await office.use(pass_id, "a") == 1
    await office.hear(OrderRefunded, replace(paid, state=OrderState.REFUNDED, version=6, refunded_amount=18000))
    await office.hear(OrderPaid, paid)
    assert await office.use(pass_id, "b") == "pass_ended"


@pytest.mark.proves("C-5")
async def test_a_refund_that_fails_later_wakes_the_pass_and_a_dispute_after_it_freezes_it_again(office: Office) -> None:
    """In whichever order they are told."""

    async def story() -> tuple[UUID, list[tuple[Any, Order]]]:
        paid = await office.paid()
        refunded = replace(paid, state=OrderState.REFUNDED, version=4, refunded_amount=18000)
        turned_back, disputed = replace(paid, version=5), replace(paid, state=OrderState.DISPUTED, version=6)
        told = [(OrderRefunded, refunded), (OrderRefundFailed, turned_back), (OrderDisputed, disputed)]
        return pass_id_of(paid.order_id, 1), told

    pass_id, told = await story()
    for use_id, event, answer in zip("abc", told, ["pass_ended", 1, "pass_frozen"], strict=True):
        await office.hear(*event)
        assert await office.use(pass_id, use_id) == answer
    for order_of in permutations(range(len(told))):
        pass_id, told = await story()
        for each in order_of:
            await office.hear(*told[each])
        assert await office.use(pass_id, "a") == "pass_frozen", order_of


async def test_uses_that_only_events_know_after_a_restore_count_again(office: Office) -> None:
    paid = await office.paid()
    pass_id = pass_id_of(paid.order_id, 1)
    for use_id in ("a", "b"):
        await office.use(pass_id, use_id)
    used = [event for event in await office.told(pass_id) if isinstance(event, PassUsed)]
    await office.database.execute("DELETE FROM pass_uses WHERE pass_id = $1 AND use_id = 'b'", pass_id)
    await office.database.execute("UPDATE passes SET used = 1 WHERE pass_id = $1", pass_id)
    for event in (*used, *used):
        async with office.database.transaction() as tx:
            await office.passes.note_use(tx, event)
    held = await store.get(office.database, pass_id)
    assert held is not None
    assert held.entries_left == ENTRIES - 2
    assert await office.use(pass_id, "b") == 2


async def test_an_entry_that_was_a_mistake_is_left_again_once_and_is_the_next_one(office: Office) -> None:
    pass_id = pass_id_of((await office.paid()).order_id, 1)
    for use_id in "abc":
        await office.use(pass_id, use_id)
    undone = await asyncio.gather(*(office.undo(pass_id, "b") for _ in range(4)))
    assert [(held.entries_left, held.version, use.number) for held, use in undone] == [(ENTRIES - 2, 5, 2)] * 4
    assert await office.undo(pass_id, "d") == "unknown_use"
    assert await office.undo(uuid7(), "b") == "unknown_pass"
    # The same scan, told once more by its door, takes no entry again.
    assert (await office.use(pass_id, "b"), await office.use(pass_id, "d")) == (2, 2)
    told = (await office.told(pass_id))[4:]
    assert [(type(event), event.use_id, event.entries_left, event.version) for event in told] == [
        (PassUseUndone, "b", ENTRIES - 2, 5),
        (PassUsed, "d", ENTRIES - 3, 6),
    ]
    listed = (await store.uses(office.database, [pass_id]))[pass_id]
    assert {use.use_id: (use.number, use.undone_by, use.undone_reason) for use in listed} == {
        "a": (1, "", ""),
        "b": (2, STAFF.name, "a mistake"),
        "c": (3, "", ""),
        "d": (2, "", ""),
    }
    rows = await office.database.fetch(
        "SELECT reason FROM audit WHERE action = 'pass_use_undone' AND target = $1", f"pass:{pass_id}"
    )
    assert [row["reason"] for row in rows] == ["a mistake"]


async def test_what_was_undone_before_a_restore_counts_no_more_in_whichever_order_it_is_told(office: Office) -> None:
    pass_id = pass_id_of((await office.paid()).order_id, 1)
    await office.use(pass_id, "a")
    await office.undo(pass_id, "a")
    _, *told = await office.told(pass_id)
    for order_of in permutations(told):
        await office.database.execute("DELETE FROM pass_uses WHERE pass_id = $1", pass_id)
        await office.database.execute("UPDATE passes SET used = 0 WHERE pass_id = $1", pass_id)
        for event in (*order_of, *order_of):
            async with office.database.transaction() as tx:
                note = office.passes.note_use if isinstance(event, PassUsed) else office.passes.note_undo
                await note(tx, event)
        held = await store.get(office.database, pass_id)
        assert held is not None
        assert held.entries_left == ENTRIES
        (lost,) = (await store.uses(office.database, [pass_id]))[pass_id]
        assert (lost.counts, lost.number) == (False, 1)


async def test_who_has_entries_left_is_told_once_before_they_end(office: Office) -> None:
    """Neither of what is used up, frozen, over, or good for no longer than the notice."""

    async def tell(within: timedelta = timedelta(days=14)) -> int:
        async with office.database.transaction() as tx:
            return await office.passes.tell_ending(tx, within=within, limit=100)

    one, used_up, disputed = [await office.paid() for _ in range(3)]
    pass_id = pass_id_of(one.order_id, 1)
    for number in range(ENTRIES):
        await office.use(pass_id_of(used_up.order_id, 1), f"a{number}")
    await office.use(pass_id, "a")
    await office.hear(OrderDisputed, replace(disputed, state=OrderState.DISPUTED, version=4))
    assert await tell() == 0
    office.clock.advance(timedelta(days=80))
    assert await tell(timedelta(days=90)) == 0
    assert (await tell(), await tell()) == (1, 0)
    *_, told = await office.told(pass_id)
    assert isinstance(told, PassEnding)
    assert (told.entries_left, told.version) == (ENTRIES - 1, 3)
    assert office.links.holder(told.link.partition("token=")[2]) == holder_of("jordan@example.com")
    office.clock.advance(timedelta(days=10))
    await office.hear(OrderDisputeClosed, replace(disputed, version=5))
    assert await tell() == 0


async def test_another_key_than_ours_makes_no_code(office: Office) -> None:
    held = await store.get(office.database, pass_id_of((await office.paid()).order_id, 1))
    assert held is not None
    with pytest.raises(Condition):
        verify_pass(PublicKeys({"t1": SIGN_IN.private.public_key()}), held.code)
