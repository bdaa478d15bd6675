"""Pauses that double: who fails again and again is asked ever less often."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# From a minute on that is more than a hundred thousand years: no counter of failures makes a number too large.
_MOST: Final = 30


def doubled(first: timedelta, times: int, *, longest: timedelta) -> timedelta:
    """`first`, doubled so many times, and `longest` at most. `first`: a minute at most."""
    return min(first * (1 << min(times, _MOST)), longest)
