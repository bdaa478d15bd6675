"""What a process of a service is for: answering, working, or both."""

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
    """`api` answers people and vendors, `worker` consumes, relays and keeps time; `all` does both in one process."""

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


# The collector looks at what is new after so many new objects, at older ones after so many such looks.
_RARE_COLLECTIONS: Final = (50_000, 50, 50)

_address = ""
_leaving = False


def listens_on(host: str, port: int) -> None:
    """Notes where this process answers; heartbeats tell the monitor, which reads its figures there (M-4)."""
    global _address  # noqa: PLW0603 one process, one address
    _address = f"{_reachable(host)}:{port}"


def own_address() -> str:
    """`host:port`, empty in a process that doesn't listen or isn't told to."""
    return _address


def settle_in() -> None:
    """What is there once a service has started stays until its end: the collector need not look through it again, which
    costs about 5 % of all CPU time otherwise.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_RARE_COLLECTIONS)


def leave() -> None:
    """Notes that this process was told to end: streams that would live on close by themselves."""
    global _leaving  # noqa: PLW0603 one process, one end
    _leaving = True


def leaving() -> bool:
    return _leaving


def give_up(*, within: timedelta = GIVE_UP_WITHIN) -> None:
    """Ends this process in good order, and by force when that takes too long: its supervisor starts a fresh one.

    For states from which nothing but a new start helps; whoever calls it has logged why.
    """
    last = threading.Timer(within.total_seconds(), os.kill, (os.getpid(), signal.SIGKILL))
    last.daemon = True
    last.start()
    os.kill(os.getpid(), signal.SIGTERM)


def _reachable(host: str) -> str:
    """A wildcard is no address: others on the network reach this machine by its own."""
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
