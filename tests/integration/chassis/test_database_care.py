"""The care of a database renews tables and indexes, and clears away what an earlier one left half made."""

from __future__ import annotations

import pytest

from chassis.database import Database, DatabaseError
from chassis.database_care import take_care
from tests.fixtures.postgres import MakeDatabase

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("O-5")]

SEATS = """
CREATE TABLE "Seats" (seat integer);
CREATE INDEX seats_by_number ON "Seats" (seat);
INSERT INTO "Seats" SELECT 1 FROM generate_series(1, 3);
DELETE FROM "Seats" WHERE ctid = '(0,1)'
"""


async def test_rows_statistics_and_indexes_are_renewed(make_database: MakeDatabase) -> None:
    url = make_database("eventbus")
    database = await Database.connect(url, application="tests", pool_size=1)
    try:
        for statement in SEATS.split(";"):
            await database.execute(statement)
        with pytest.raises(DatabaseError):
            await database.execute('CREATE UNIQUE INDEX CONCURRENTLY seats_by_number_ccnew ON "Seats" (seat)')
        before = await database.fetchval("SELECT relfilenode FROM pg_class WHERE relname = 'seats_by_number'")
        await take_care(url, application="tests")
        indexes = await database.fetch("SELECT indexname FROM pg_indexes WHERE tablename = 'Seats'")
        after = await database.fetchval("SELECT relfilenode FROM pg_class WHERE relname = 'seats_by_number'")
        rows = await database.fetchval("SELECT reltuples FROM pg_class WHERE relname = 'Seats'")
    finally:
        await database.close()
    assert [row["indexname"] for row in indexes] == ["seats_by_number"]
    assert (after != before, rows) == (True, 2)
