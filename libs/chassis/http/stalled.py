"""Readers that take nothing, of a stream or of anything else, are cut off with a reset (M-10).

Uvicorn stops a response while its reader's buffers are full, and would hold connection, response and what waits in the
buffers for as long as the reader likes. Ending in good order is no way out: that begins with sending what is left.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chassis.telemetry import get_logger

log = get_logger()

STALLED_SECONDS: Final = 30.0
# What the kernel still holds is thrown away, and the other side hears of it.
_RESET: Final = struct.pack("ii", 1, 0)


class StallGuard(HttpToolsProtocol):
    """One connection. A reader that takes anything at all in the time it is given is only slow, and stays."""

    _deadline: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._deadline = self.loop.call_later(STALLED_SECONDS, self._cut)

    def resume_writing(self) -> None:
        self._let_go()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._let_go()
        super().connection_lost(exc)

    def _let_go(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self) -> None:
        log.warning("reader_cut_off", path=self.scope["path"], seconds=STALLED_SECONDS)
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()
