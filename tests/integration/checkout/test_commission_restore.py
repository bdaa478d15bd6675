"""Checkout's database comes from a backup: what Stripe has taken and asked for since is known at once (P-7)."""

from __future__ import annotations

import pytest

from chassis.database import Database
from checkout.commission.domain import Collection, CollectionState, CollectionWay
from checkout.commission.errors import CollectionsNotKnown
from tests.fixtures.backups import Backup
from tests.fixtures.postgres import MakeDatabase
from tests.integration.checkout.commission_desk import ACTOR, CommissionDesk, Owing, open_desk

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-7", "L-9")]

COLLECTIONS = "SELECT collection_id FROM commission_collections WHERE provider_id = $1 ORDER BY number"
CREDIT = (
    "SELECT coalesce(sum(amount), 0)::bigint FROM commission_corrections WHERE provider_id = $1 AND taken_by IS NULL"
)


async def test_nobody_is_debited_or_asked_twice_for_what_the_backup_has_forgotten(
    make_database: MakeDatabase, backup: Backup
) -> None:
    url = make_database("checkout")
    async with open_desk(url) as desk:
        debited, asked, late = [
            await desk.provider("express"),
            await desk.provider("standard", email="sam@example.com"),
            await desk.provider("standard", email="kim@example.com"),
        ]
        for each in (debited, asked, late):
            await desk.paid(each, 10_000)
        await desk.collecting.collect(provider=late.provider_id)
        await desk.database.close()
        copy = backup(url)

        lived = desk.on(await Database.connect(url, application="test"))
        await lived.collect(debited)
        await lived.collect(asked)
        await lived.settle(late)
        for each in (debited, asked):
            await lived.paid(each, 5_000)
            await lived.collect(each)
        await lived.pay((await lived.invoices(asked))[1])
        await lived.database.close()

        restored = desk.on(await Database.connect(copy, application="test"))
        try:
            await come_back(restored, debited, asked, late)
        finally:
            await restored.database.close()


async def come_back(desk: CommissionDesk, debited: Owing, asked: Owing, late: Owing) -> None:
    """The ledger is read again, and both who get invoices have another address by now."""
    await desk.know(asked.provider_id, "studio@example.com")
    await desk.know(late.provider_id, "robin@example.com")
    for each in (debited, asked):
        await desk.paid(each, 5_000)
    await desk.restored()
    for each in (debited, asked, late):
        assert await desk.collect(each) is None, "nothing is asked for while it is not known what was"
    assert [each.state for each in await collections(desk, late)] == [CollectionState.PENDING]
    with pytest.raises(CollectionsNotKnown):
        await desk.collecting.asked(provider=None, actor=ACTOR)

    await desk.fail("error", operation="invoices.list")
    await desk.read_lost()
    for each in (debited, asked, late):
        await desk.settle(each)
    assert [(each.state, each.collected) for each in await collections(desk, debited)] == [
        (CollectionState.COMPLETED, 2_000),
        (CollectionState.COMPLETED, 1_000),
    ]
    open_, paid = await collections(desk, asked)
    assert (open_.state, open_.way, paid.collected) == (CollectionState.PROCESSING, CollectionWay.INVOICE, 1_000)
    assert [await desk.database.fetchval(CREDIT, each.provider_id) for each in (debited, asked)] == [-3_000, -3_000]

    for each in (debited, asked, late):
        await desk.collect(each)
        for invoice in await desk.invoices(each):
            if invoice["status"] == "open":
                await desk.pay(invoice)
        await desk.settle(each)
    assert (await desk.taken(debited), await desk.taken(asked), await desk.taken(late)) == ([2_000, 1_000], [], [])
    for each, amounts in ((asked, [2_000, 1_000]), (late, [2_000])):
        assert [(one["status"], one["amount_paid"]) for one in await desk.invoices(each)] == [
            ("paid", amount) for amount in amounts
        ]
    for each, number in ((debited, 3), (asked, 3), (late, 1)):
        made = await collections(desk, each)
        assert ([one.state for one in made], await desk.database.fetchval(CREDIT, each.provider_id)) == (
            [CollectionState.COMPLETED] * number,
            0,
        )


async def collections(desk: CommissionDesk, owing: Owing) -> list[Collection]:
    return [await desk.read(row["collection_id"]) for row in await desk.database.fetch(COLLECTIONS, owing.provider_id)]
