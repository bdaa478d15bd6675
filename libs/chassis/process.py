"""What a process of a service is for (design §4): answering, working, or both."""

from __future__ import annotations

from enum import StrEnum
from importlib.metadata import version
from typing import Final

VERSION: Final = version("fullhouse")


class ProcessRole(StrEnum):
    """`api` answers people and vendors, `worker` consumes, relays and keeps time; `all` does both in one process."""

    API = "api"
    WORKER = "worker"
    ALL = "all"

    @property
    def answers(self) -> bool:
        """Whether this process serves the service's own routes."""
        return self is not ProcessRole.WORKER

    @property
    def works(self) -> bool:
        """Whether this process runs effects, the relay and timers."""
        return self is not ProcessRole.API
