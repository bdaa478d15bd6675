"""Resets connections whose reader takes nothing, of a stream or of any other response (M-10).

Uvicorn pauses a response while the reader's buffers are full, and would hold connection, response and buffers for as
long as the reader likes. An orderly close is no way out: it begins with sending what is left.
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
# Closes with a reset: the kernel discards its buffer, and the other side is told.
_RESET: Final = struct.pack("ii", 1, 0)


class StallGuard(HttpToolsProtocol):
    """One connection. A reader that takes anything within the time limit is only slow, and stays."""

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
