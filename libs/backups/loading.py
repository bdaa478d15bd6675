"""Puts a dump in place of what a database has, in one transaction: all of it, or nothing has happened."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from backups.errors import BackupError
from backups.manifest import Part
from backups.programs import PIECE, Complaints, output, running
from chassis.database import DatabaseError, Session, Transaction, open_session
from chassis.errors import Unavailable

_CONNECTED: Final = """
SELECT DISTINCT application_name AS name FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY 1
"""
_TABLES: Final = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
_SECONDS: Final = 60.0
# The schema is made as PostgreSQL itself makes it.
_BEGIN: Final = """
BEGIN;
SET LOCAL lock_timeout = '10s';
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""
_AFTER: Final = "\nRESET search_path;\n"
# Until everything about it is done: whoever starts too early can write nothing, which is an outage and no error.
_SHUT: Final = 'ALTER DATABASE :"DBNAME" SET default_transaction_read_only = on;\n'
_END: Final = "\nCOMMIT;\n"


async def there(service: str, url: str) -> tuple[bool, list[str]]:
    """Whether the database has any tables, and who is connected to it. Raises BackupError."""
    try:
        session = await open_session(url, application="fullhouse restore", silence_seconds=_SECONDS)
        try:
            return await _looked(session)
        finally:
            await session.close()
    except (Unavailable, DatabaseError) as error:
        raise BackupError(f"The {service} database does not answer ({error}). Look at `fullhouse status`.") from error


def behind_the_gate(url: str) -> str:
    """The address at which a database can be written to while it is shut."""
    return f"{url}{'&' if urlsplit(url).query else '?'}default_transaction_read_only=off"


async def open_again(tx: Transaction) -> None:
    """Lets services write once the transaction is committed."""
    name = await tx.fetchval("SELECT quote_ident(current_database())")
    await tx.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")


async def _looked(session: Session) -> tuple[bool, list[str]]:
    rows = await session.fetch(_CONNECTED)
    return bool(await session.fetchval(_TABLES)), [row["name"] or "somebody" for row in rows]


async def load(part: Part, url: str, dump: AsyncIterator[bytes], *, then: Sequence[str] = ()) -> None:
    """Loads the dump, compares what came with the manifest, and runs `then`, SQL of the same transaction.

    Raises BackupError, and so does `dump` where it is damaged: nothing has changed then. Afterwards services can't
    write until `open_again`; who has work to do before comes by `behind_the_gate`.
    """
    async with (
        running("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", "-", url=url, feed=True) as database,
        running("pg_restore", "--no-owner", "--no-privileges", "-f", "-", feed=True) as script,
    ):
        refused, unreadable = Complaints(database), Complaints(script)
        ignored = asyncio.create_task(_ignored(database))
        feeding = asyncio.create_task(_fed(script, dump))
        try:
            await _say(database, _BEGIN)
            async for piece in output(script):
                await _hand(database, piece)
            await feeding  # what was wrong with the dump counts before what a program makes of it
            if await script.wait():
                raise BackupError(f"{part.file} can't be read: {await unreadable.words()}")
            await _say(database, "".join((_AFTER, *_counts(part), *then, _SHUT, _END)))
            if database.stdin is not None:
                database.stdin.close()
            if await database.wait():
                raise BackupError(await _why(part, refused))
        except (BrokenPipeError, ConnectionResetError):
            feeding.cancel()
            raise BackupError(await _why(part, refused)) from None
        finally:
            for task in (feeding, ignored):
                task.cancel()
            await asyncio.gather(feeding, ignored, return_exceptions=True)


async def _why(part: Part, refused: Complaints) -> str:
    return f"The {part.service} database is as it was: PostgreSQL refused the dump ({await refused.words()})."


async def _fed(child: Process, dump: AsyncIterator[bytes]) -> None:
    """The program may have seen enough before the end; the rest is read all the same, since it is checked."""
    if child.stdin is None:
        return
    try:
        async for piece in dump:
            with suppress(BrokenPipeError, ConnectionResetError):
                child.stdin.write(piece)
                await child.stdin.drain()
    finally:
        child.stdin.close()


async def _say(child: Process, sql: str) -> None:
    await _hand(child, sql.encode())


async def _hand(child: Process, piece: bytes) -> None:
    if child.stdin is not None:
        child.stdin.write(piece)
        await child.stdin.drain()


async def _ignored(child: Process) -> None:
    """What psql shows of results; nobody wants it, and it must not wait for a reader."""
    if child.stdout is not None:
        while await child.stdout.read(PIECE):
            pass


def _counts(part: Part) -> list[str]:
    """A manifest that says something else than its dump is no manifest of it."""
    return [
        f"""
DO $$ BEGIN
    IF (SELECT count(*) FROM public."{table}") <> {rows} THEN
        RAISE EXCEPTION 'the manifest says % rows of {table}, the dump has %', {rows},
            (SELECT count(*) FROM public."{table}");
    END IF;
END $$;
"""  # noqa: S608
        for table, rows in part.rows.items()
    ]
