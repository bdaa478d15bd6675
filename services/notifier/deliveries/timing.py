"""Says how long deliveries wait for what, and how often they are tried. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.backoff import doubled

# From so many deaths on a message is under suspicion, and is sent alone: what is under way beside it would die with it.
SUSPECT: Final = 2
_LONGEST_REST: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTimes:
    """Leases and pauses.

    lease: after it the process of a `sending` row counts as dead; longer than any call to a provider can take, and
        short enough that what a crash left open is settled within 30 s (L-9)
    ask_after: how long a lost message is given to appear in the provider's list
    ask_again: the pause when the provider does not answer the question either
    poll_again: the pauses between polls for a receipt, after the first one, which is configuration (N-8)
    give_up_asking: after so long a message without a time to live is asked about no more
    idle: how long a pool rests when nobody wakes it
    """

    lease: timedelta = timedelta(seconds=20)
    ask_after: timedelta = timedelta(seconds=2)
    ask_again: timedelta = timedelta(seconds=10)
    poll_again: tuple[timedelta, ...] = (timedelta(minutes=5), timedelta(minutes=30))
    give_up_asking: timedelta = timedelta(hours=24)
    idle: timedelta = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often a message is tried (N-4).

    attempts: in all, the first one included
    delay: the first pause; it doubles, each with jitter, unless Retry-After asks for more
    deaths: so often may the sending process end before it knows; that uses up no attempt, but has an end
    """

    attempts: int = 3
    delay: timedelta = timedelta(seconds=1)
    deaths: int = 10

    def wait(self, attempts: int, *, jitter: float, retry_after: timedelta | None) -> timedelta:
        """How long after so many attempts; `jitter` between 0 and 1 lengthens by up to a quarter."""
        exponential: timedelta = self.delay * 2 ** (attempts - 1) * (1 + jitter / 4)
        return max(exponential, retry_after or timedelta(0))

    def rest(self, deaths: int) -> timedelta:
        """How long after so many deaths: one is an accident and costs no time, more may be the message's own doing."""
        return doubled(self.delay, deaths, longest=_LONGEST_REST) if deaths >= SUSPECT else timedelta(0)
