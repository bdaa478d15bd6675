"""What a process is for (its role), where it listens, and how it ends."""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
from datetime import timedelta
from enum import StrEnum
from importlib.metadata import version
from ipaddress import ip_address
from typing import Final

VERSION: Final = version("fullhouse")
GIVE_UP_WITHIN: Final = timedelta(seconds=30)


class ProcessRole(StrEnum):
    """What a process does.

    API: serves HTTP
    WORKER: consumes events, relays the outbox, runs timers
    ALL: both
    """

    API = "api"
    WORKER = "worker"
    ALL = "all"

    @property
    def serves_http(self) -> bool:
        """Whether this process serves the service's own routes."""
        return self is not ProcessRole.WORKER

    @property
    def works(self) -> bool:
        """Whether this process runs effects, the relay and timers."""
        return self is not ProcessRole.API


# gc.set_threshold: a collection of the young generation after so many new objects, of the older ones after so many of
# the younger.
_RARE_COLLECTIONS: Final = (50_000, 50, 50)

_address = ""
_leaving = False


def listens_on(host: str, port: int) -> None:
    """Notes where this process serves HTTP; its heartbeats tell the monitor, which scrapes it there (M-4)."""
    global _address  # noqa: PLW0603 one process, one address
    _address = f"{_reachable(host)}:{port}"


def own_address() -> str:
    """`host:port`; empty in a process that doesn't listen."""
    return _address


def set_up() -> None:
    """Puts garbage collection off, before the imports, until `settle_in`: what a start makes stays."""
    gc.disable()


def settle_in() -> None:
    """Excludes the objects that the start has made from garbage collection, which saves about 5 % of the CPU time.

    From now on it takes place, and rarely.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_RARE_COLLECTIONS)
    gc.enable()


def leave() -> None:
    """Notes that this process was told to end, so that long-lived streams close."""
    global _leaving  # noqa: PLW0603 one process, one end
    _leaving = True


def leaving() -> bool:
    """Whether `leave` was called."""
    return _leaving


def give_up(*, within: timedelta = GIVE_UP_WITHIN) -> None:
    """Stops this process gracefully, and by force after `within`; the supervisor then starts a fresh one.

    For states that only a restart cures; the caller has logged why.
    """
    last = threading.Timer(within.total_seconds(), os.kill, (os.getpid(), signal.SIGKILL))
    last.daemon = True
    last.start()
    os.kill(os.getpid(), signal.SIGTERM)


def _reachable(host: str) -> str:
    """The machine's own address in place of a wildcard, under which other machines reach it."""
    try:
        wildcard = ip_address(host).is_unspecified
    except ValueError:
        wildcard = False
    if not wildcard:
        return host
    name = socket.gethostname()
    try:
        return socket.gethostbyname(name)
    except OSError:
        return name
