"""What COPY gets in PostgreSQL's binary format is what stands in the table afterwards."""

from __future__ import annotations

import pytest

from chassis.binary_rows import binaries, field, row, texts
from chassis.database import Database
from chassis.ids import uuid7
from tests.fixtures.postgres import MakeDatabase

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("E-4")]

TABLE = "CREATE TABLE copied (number int GENERATED ALWAYS AS IDENTITY, id uuid, word text, names text[], bytes bytea[])"


async def test_each_row_is_read_as_it_was_written(make_database: MakeDatabase) -> None:
    rows = [
        (uuid7(), "", (), ()),
        (uuid7(), "ñandú 🎟", ("ce_id", "", 'a "b", {c}'), (b"", b"\0\xff", b"x" * 70_000)),
    ] * 2
    database = await Database.connect(make_database("monitor"), application="test")
    await database.execute(TABLE)
    async with database.transaction() as tx:
        packed = [
            row(field(key.bytes), field(word.encode()), texts(names), binaries(values))
            for key, word, names, values in rows
        ]
        await tx.copy("copied", ("id", "word", "names", "bytes"), packed)
    found = await database.fetch("SELECT id, word, names, bytes FROM copied ORDER BY number")
    assert [(each["id"], each["word"], tuple(each["names"]), tuple(each["bytes"])) for each in found] == rows
    await database.close()
