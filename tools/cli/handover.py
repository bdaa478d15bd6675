"""A new process of a service takes the port over from the old one, which is told to end when the new one is up."""

from __future__ import annotations

import asyncio
import errno
from datetime import timedelta
from typing import Final

import uvicorn
from uvicorn.lifespan.on import LifespanOn

from chassis.notices import PORT_AWAITED, notify
from chassis.process import leaving
from chassis.telemetry import get_logger

# Longer than a service is given to end what it has under way.
PATIENCE: Final = timedelta(seconds=60)
_LOOK_SECONDS: Final = 0.005

log = get_logger()


class HandoverConfig(uvicorn.Config):
    """uvicorn's, with a start that lets the old process listen until the app is up."""

    def load(self) -> None:
        """Sets what uvicorn knows by fixed names only."""
        super().load()
        self.lifespan_class = _AfterPredecessor


class _AfterPredecessor(LifespanOn):
    async def startup(self) -> None:
        await super().startup()
        if not self.should_exit:
            await port_free(self.config.host, self.config.port)


async def port_free(host: str, port: int) -> None:
    """Returns when nobody listens there; also after PATIENCE or when this process is told to end: uvicorn then fails.

    When somebody does, the line `port_awaited` and a notice to whoever started this process say so.
    """
    if await _free(host, port):
        return
    log.info("port_awaited", port=port)
    notify(PORT_AWAITED)
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE.total_seconds()
    while not await _free(host, port) and not leaving() and loop.time() < until:  # noqa: ASYNC110 no event tells it
        await asyncio.sleep(_LOOK_SECONDS)


async def _free(host: str, port: int) -> bool:
    """Other failures are left to uvicorn, which names them."""
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port, start_serving=False)
    except OSError as failure:
        return failure.errno != errno.EADDRINUSE
    server.close()
    return True
