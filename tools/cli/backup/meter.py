"""Tells somebody who watches how far it is."""

from __future__ import annotations

import time
from typing import Final

from cli.output import progress

_EVERY_SECONDS: Final = 1.0
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")


class Meter:
    """`checkout: 12.3 MB`, of each service once a second at most, on a terminal only.

    `verb` is what is done with the bytes: written, checked, loaded.
    """

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._next: dict[str, float] = {}

    def __call__(self, service: str, count: int) -> None:
        now = time.monotonic()
        if now >= self._next.get(service, 0.0):
            progress(f"{service}: {size(count)} {self._verb}")
            self._next[service] = now + _EVERY_SECONDS


def size(count: int) -> str:
    """`12.3 MB`."""
    number = float(count)
    for unit in _UNITS[:-1]:
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} {_UNITS[-1]}"
