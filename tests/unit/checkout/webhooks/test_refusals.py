"""Refused requests are counted, and none is forgotten while the database is away (C-4)."""

from __future__ import annotations

from typing import Any, cast

import pytest

from chassis.clock import ManualClock
from chassis.database import Database
from chassis.errors import Unavailable
from checkout.webhooks.refusals import Refusals
from tests.unit.checkout.samples import NOW

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("C-4")]


class Books:
    """A database that may be away."""

    def __init__(self) -> None:
        self.away = False
        self.written: list[tuple[Any, ...]] = []

    async def execute(self, _query: str, *columns: list[Any]) -> None:
        if self.away:
            raise Unavailable("away")
        self.written += zip(*columns, strict=True)


def counted(books: Books) -> Refusals:
    return Refusals(cast("Database", books), clock=ManualClock(NOW))


async def test_many_of_one_cause_in_a_minute_are_one_row() -> None:
    books = Books()
    refusals = counted(books)
    for source in ("192.0.2.0", "198.51.100.0", "203.0.113.0"):
        refusals.note("stripe", "signature_missing", source)
    refusals.note("stripe", "webhook_signature_invalid", "192.0.2.0")
    await refusals.flush()
    assert [(row[1], row[2], row[3], row[4]) for row in books.written] == [
        ("stripe", "signature_missing", 3, "203.0.113.0"),
        ("stripe", "webhook_signature_invalid", 1, "192.0.2.0"),
    ]
    await refusals.flush()
    assert len(books.written) == 2


async def test_what_could_not_be_written_is_added_to_what_comes() -> None:
    books = Books()
    refusals = counted(books)
    refusals.note("stripe", "signature_missing", "192.0.2.0")
    books.away = True
    with pytest.raises(Unavailable):
        await refusals.flush()
    await refusals.close()
    refusals.note("stripe", "signature_missing", "198.51.100.0")
    books.away = False
    await refusals.close()
    assert [(row[2], row[3]) for row in books.written] == [("signature_missing", 2)]
