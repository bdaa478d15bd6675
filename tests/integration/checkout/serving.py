"""ASGI applications on real sockets: inside the test's own loop, or in a process of their own that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Literal

import uvicorn

from chassis.clock import Clock
from checkout.app import create
from cli.serving import KEEP_ALIVE_SECONDS
from tests.fixtures.forked import Forked, forked_beside

SECONDS = 60


class _Server(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: Any, port: int, *, lifespan: Literal["on", "off"] = "on") -> AsyncIterator[None]:
    """Serves on loopback until the block ends; without `lifespan` one that runs already."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        lifespan=lifespan,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(SECONDS):
            while not server.started:
                if task.done():
                    raise RuntimeError("the application did not start") from task.exception()
                await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, SECONDS)


@dataclass(slots=True, kw_only=True)
class Checkout:
    """The program under test, inside the loop of a module; it runs on from test to test while they want it the same."""

    environ: Mapping[str, str]
    port: int
    _wanted: Mapping[str, str] | None = None
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self, *, clock: Clock | None = None, **changes: str) -> None:
        """By the machine's clock, or by one that only this start is for."""
        if clock is None and changes == self._wanted:
            return
        await self.stop()
        app = create({**self.environ, **changes}, clock=clock)
        await self._running.enter_async_context(serving(app, self.port))
        self._wanted = changes if clock is None else None

    async def stop(self) -> None:
        self._wanted = None
        await self._running.aclose()

    @contextlib.asynccontextmanager
    async def killable(self, **changes: str) -> AsyncIterator[Forked]:
        """The same in a process of its own, up and answering; gone, in whatever way, when the block ends."""
        async with forked_beside(run, self.port, environ={**self.environ, **changes}) as process:
            async with asyncio.timeout(SECONDS):
                while not await _answers(self.port):
                    if process.returncode is not None:
                        raise RuntimeError(f"checkout ended with {process.returncode}")
                    await asyncio.sleep(0.05)
            yield process


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def run(port: int) -> None:
    """Checkout by the variables of the environment, until it is killed."""
    uvicorn.run(create(os.environ), host="127.0.0.1", port=port, log_config=None, access_log=False)
