"""Ends the connections of a process that goes, so that no request is lost on its way (L-10).

A request is lost where a socket is closed on it: in the kernel's queue of connections that nobody has accepted yet, or
unread on one that was kept open. On a busy machine both take long.
"""

from __future__ import annotations

import asyncio
import ctypes
import select
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from chassis.http.stalled import StallGuard

# Longer than the gateway and our own clients keep a connection on which nothing is asked: who asks must close first.
LINGER_SECONDS: Final = 3.0
_ACCEPT_SECONDS: Final = 5.0
# Of the event loop, which knows of a connection that it has accepted a turn or two later.
_TURNS: Final = 5

# Of linux/filter.h, of which Python knows nothing: in a TCP header, byte 13 has the flags, and 2 is SYN.
_ATTACH_FILTER: Final = 26
_LOAD_BYTE, _JUMP_IF_SET, _RETURN = 0x30, 0x45, 0x06
_NO_SYN: Final = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in (
        (_LOAD_BYTE, 0, 0, 13),
        (_JUMP_IF_SET, 0, 1, 2),
        (_RETURN, 0, 0, 0),
        (_RETURN, 0, 0, 0xFFFFFFFF),
    )
)


class Parting(StallGuard):
    """One connection. Told to go, it gives one more response, or waits until the other side has closed it."""

    _going = False

    def shutdown(self) -> None:
        self._going = True
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request, whatever its type says
        if cycle is not None and not cycle.response_complete:
            cycle.keep_alive = False
            return
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(LINGER_SECONDS, self.timeout_keep_alive_handler)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self._going:
            self.cycle.keep_alive = False


async def let_in(listeners: Sequence[socket.socket]) -> None:
    """Returns when all that have connected are accepted; from now on nobody connects, and the listeners may be closed.

    Who tries to meanwhile is not refused but unheard, and asks again within a second: whoever listens then answers.
    """
    waiting = select.poll()
    for listener in listeners:
        _hear_nobody(listener)
        waiting.register(listener, select.POLLIN)
    with suppress(TimeoutError):
        async with asyncio.timeout(_ACCEPT_SECONDS):
            quiet = 0
            while quiet < _TURNS:
                await asyncio.sleep(0)
                quiet = 0 if waiting.poll(0) else quiet + 1


def _hear_nobody(listener: socket.socket) -> None:
    """Lets the kernel pass over whoever begins to connect; elsewhere than on Linux that can't be had."""
    program = ctypes.create_string_buffer(_NO_SYN, len(_NO_SYN))
    described = struct.pack("HL", len(_NO_SYN) // 8, ctypes.addressof(program))
    with suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, described)
