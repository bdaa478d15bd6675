"""ASGI applications on real sockets: inside the test's own loop, or in a process of their own that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from checkout.app import create

SECONDS = 60


class _Server(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: Any, port: int) -> AsyncIterator[None]:
    """Serves on loopback until the block ends."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=1
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


@contextlib.asynccontextmanager
async def process(environ: Mapping[str, str], port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Checkout in a process of its own, up and answering; gone, in whatever way, when the block ends."""
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.checkout.serving",
        str(port),
        env={"PATH": os.environ["PATH"], **environ},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(SECONDS):
            while not await _answers(port):
                if started.returncode is not None:
                    raise RuntimeError(f"checkout ended with {started.returncode}")
                await asyncio.sleep(0.05)
        yield started
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGKILL)
        await started.wait()


@dataclass(slots=True, kw_only=True)
class Checkout:
    """The program under test, inside the loop of a module; it runs on from test to test while they want it the same."""

    environ: Mapping[str, str]
    port: int
    _wanted: Mapping[str, str] | None = None
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self, **changes: str) -> None:
        if changes == self._wanted:
            return
        await self.stop()
        await self._running.enter_async_context(serving(create({**self.environ, **changes}), self.port))
        self._wanted = changes

    async def stop(self) -> None:
        self._wanted = None
        await self._running.aclose()

    def killable(self, **changes: str) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
        """The same in a process of its own."""
        return process({**self.environ, **changes}, self.port)


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


if __name__ == "__main__":
    uvicorn.run(create(os.environ), host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False)
