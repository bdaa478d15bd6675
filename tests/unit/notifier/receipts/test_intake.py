from __future__ import annotations

import asyncio

import pytest

from chassis.database import Database
from chassis.errors import Unavailable
from notifier.receipts.domain import RawReceipt
from notifier.receipts.intake import Intake

pytestmark = pytest.mark.asyncio


class SlowDatabase(Database):
    """Counts statements; each takes a turn of the loop. Fails while `away`."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.away = False

    async def execute(self, _sql: str, *args: object) -> str:
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("database: ConnectionRefusedError")
        dedups = args[1]
        assert isinstance(dedups, list)
        self.batches.append(dedups)
        return "INSERT"


def receipt(dedup: str) -> RawReceipt:
    return RawReceipt(
        provider="twilio",
        dedup=dedup,
        delivery_id=None,
        provider_id="SM1",
        status="sent",
        error_code=None,
        payload="{}",
    )


@pytest.mark.proves("N-8")
async def test_a_flood_is_stored_in_few_statements_and_each_caller_waits_for_its_own() -> None:
    database, told = SlowDatabase(), []
    intake = Intake(database, stored=lambda: told.append(len(database.batches)))
    await intake.keep([receipt("first")])
    assert database.batches == [["first"]]
    await asyncio.gather(*(intake.keep([receipt(str(number))]) for number in range(200)))
    assert sorted(dedup for batch in database.batches[1:] for dedup in batch) == sorted(map(str, range(200)))
    assert len(database.batches) <= 3
    assert told[-1] == len(database.batches)


@pytest.mark.proves("N-8", "E-5")
async def test_what_could_not_be_stored_is_not_answered_well() -> None:
    database = SlowDatabase()
    intake = Intake(database, stored=lambda: None)
    database.away = True
    outcomes = await asyncio.gather(*(intake.keep([receipt(str(at))]) for at in range(5)), return_exceptions=True)
    assert all(isinstance(outcome, Unavailable) for outcome in outcomes)
    database.away = False
    await intake.keep([receipt("later")])
    assert database.batches == [["later"]]
