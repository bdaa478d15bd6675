"""Makes a backup: a file of each service, and the manifest when all of them are there."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from typing import Final

from backups.dumping import Dump
from backups.library import Library
from backups.manifest import Manifest, Part, backup_name

# Whoever reads of others comes before whoever is read: what a service has heard of, its source then has said. What the
# reader hasn't heard yet, its offsets and its source's archive bring again.
ORDER: Final = ("monitor", "notifier", "inventory", "checkout")

# Opens a service's dump; the block around it holds the snapshot.
Source = Callable[[], AbstractAsyncContextManager[Dump]]
# Is told of a service how many bytes are written.
Watch = Callable[[str, int], None]


def unwatched(_service: str, _count: int) -> None:
    """Nobody looks on."""


async def create(library: Library, sources: Mapping[str, Source], *, now: datetime, watch: Watch) -> Manifest:
    """Backs the services up; returns what was written. Raises BackupError, and then nothing is left of it."""
    name = backup_name(now, secrets.token_hex(2))
    try:
        async with AsyncExitStack() as open_dumps:
            dumps = {
                service: await open_dumps.enter_async_context(sources[service]())
                for service in sorted(sources, key=ORDER.index)
            }
            parts = await _all(_keep(library, name, dump, watch) for dump in dumps.values())
        manifest = Manifest(
            name=name,
            made_at=now,
            version=version("fullhouse"),
            key=library.key.fingerprint if library.key else None,
            parts=tuple(sorted(parts, key=lambda part: part.service)),
        )
        await library.publish(manifest)
    except BaseException:
        await asyncio.shield(library.sweep(name))
        raise
    return manifest


async def _all(keeping: Iterable[Coroutine[None, None, Part]]) -> list[Part]:
    """Side by side: who isn't read for long breaks its dump off. The first failure ends the others."""
    tasks = [asyncio.create_task(each) for each in keeping]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep(library: Library, name: str, dump: Dump, watch: Watch) -> Part:
    snapshot = await dump.described()
    file = f"{dump.service}.dump{'.sealed' if library.key else ''}"
    counted = _Counted(dump.service, watch)
    await library.write(f"{name}/{file}", dump.pieces, through=counted.pass_on)
    return Part(**snapshot.model_dump(), file=file, size=counted.size, sha256=counted.sum.hexdigest())


class _Counted:
    """Counts and sums up what passes."""

    def __init__(self, service: str, watch: Watch) -> None:
        self._service = service
        self._watch = watch
        self.size = 0
        self.sum = sha256()

    async def pass_on(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in pieces:
            self.size += len(piece)
            self.sum.update(piece)
            self._watch(self._service, self.size)
            yield piece
