"""What a process that is starting says to whoever started it, in systemd's protocol: lines in a datagram."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

# The variable that holds the socket's path.
NOTIFY_SOCKET: Final = "NOTIFY_SOCKET"
PORT_AWAITED: Final = b"PORT_AWAITED=1"
_POLL_SECONDS: Final = 0.2
_LONGEST: Final = 4096


def notify(notice: bytes) -> None:
    """Says it to whoever listens at NOTIFY_SOCKET; nobody need be there."""
    path = os.environ.get(NOTIFY_SOCKET)
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, suppress(OSError):
            sender.sendto(notice, path)


@contextmanager
def notices(path: Path) -> Iterator[Callable[[bytes], bool]]:
    """Listens at `path`. The function waits for a fifth of a second at most and tells whether that was said."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(_POLL_SECONDS)

        def noticed(notice: bytes) -> bool:
            try:
                return notice in listener.recv(_LONGEST).splitlines()
            except TimeoutError:
                return False

        try:
            yield noticed
        finally:
            path.unlink(missing_ok=True)
