"""Checkout as processes that die, on a database that goes back in time, beside processors that forget nothing."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp

from chassis.crashpoints import VARIABLE
from chassis.tokens import Role
from cli.restoring import make_fit
from stack import databases
from tests.fixtures.backups import Backup
from tests.fixtures.forked import Forked
from tests.integration.checkout.world import Answer, World


@dataclass(slots=True, kw_only=True)
class LedgerHouse:
    """The program under test.

    admin: the administrator's URL of the run's PostgreSQL
    url: the database that checkout runs on
    kept: a copy of an earlier one; None: there is none, or it was put back
    """

    world: World
    admin: str
    backup: Backup
    folder: Path
    url: str
    kept: str | None = None
    kills: int = 0
    restores: int = 0
    _process: Forked | None = None
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self, point: str = "") -> None:
        """`point`: where it dies by itself, once."""
        changes = {"DATABASE_URL": self.url}
        if point:
            changes[VARIABLE] = f"{point}={self.folder / uuid4().hex}"
        while self._process is None:
            try:
                self._process = await self._running.enter_async_context(self.world.checkout.killable(**changes))
            except RuntimeError:
                self.kills += 1  # at the point, before it answered

    async def kill(self) -> None:
        """As abruptly as in a power cut."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self.kills += 1
        self._process = None
        await self._running.aclose()

    async def up(self) -> None:
        """It runs, also where it has died meanwhile."""
        if self._process is not None and self._process.returncode is not None:
            await self.kill()
        await self.start()

    async def ask(self, method: str, path: str, **options: Any) -> Answer | None:
        """By an admin; None where nobody answers."""
        try:
            return await self.world.ask(method, path, headers=self.world.token(Role.ADMIN), **options)
        except aiohttp.ClientError:
            return None

    async def require(self, method: str, path: str, **options: Any) -> Answer:
        """The same of what must be done, as soon as that can be."""
        found: list[Answer | None] = []

        async def done() -> bool:
            found.append(await self.ask(method, path, **options))
            return found[-1] is not None and found[-1].status == 200

        await self.world.until(done, lambda: f"{method} {path}: {found[-1]}")
        assert found[-1] is not None
        return found[-1]

    async def control(self, method: str, path: str, **body: Any) -> Any:
        """What processors' people do."""
        answer = await self.world.ask(method, f"{self.world.sandbox}/_sandbox/{path}", json=body)
        assert answer.status < 300, (path, body, answer)
        return answer.body

    async def back_up(self) -> None:
        await self.kill()
        await asyncio.to_thread(self._let_go)
        self.kept = await asyncio.to_thread(self.backup, self.url)
        await self.start()

    async def restore(self) -> None:
        """The whole database as it was, and what follows from that."""
        assert self.kept is not None
        await self.kill()
        self.url, self.kept = self.kept, None
        await make_fit({**self.world.checkout.environ, "DATABASE_URL": self.url}, "checkout")
        self.restores += 1
        await self.start()

    def _let_go(self) -> None:
        """Of a database that is copied, and of those that a dead process has left."""
        name = urlsplit(self.url).path[1:]
        databases.sql(self.admin, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
