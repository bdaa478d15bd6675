"""A token bucket for a vendor's rate limit: fair, with deadlines, and with a known queue length (C-1)."""

from __future__ import annotations

from datetime import timedelta

from chassis.clock import Clock, SystemClock


class BucketTimeout(Exception):  # noqa: N818 a condition of the queue, answered as "busy"
    """The turn would come after the deadline; `wait` is how long it would have taken."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        super().__init__(f"the queue is {wait.total_seconds():.1f} s long")


class TokenBucket:
    """Gives `rate` turns a second, and up to `capacity` at once after a pause.

    It serves callers in their order: each gets the time of its turn when it asks, so nobody overtakes and nobody wakes
        in vain. A caller that can't be served by its deadline fails at once and takes no turn.
    """

    def __init__(self, rate: float, capacity: int = 1, clock: Clock | None = None) -> None:
        if rate <= 0 or capacity < 1:
            raise ValueError("rate and capacity must be positive")
        self._interval = 1.0 / rate
        self._slack = (capacity - 1) * self._interval
        self._clock = clock or SystemClock()
        # The time at which the bucket would be full again but for the turns given (GCRA's theoretical arrival time).
        self._full_at = self._clock.monotonic()

    def expected_wait(self) -> timedelta:
        """How long a caller would wait now."""
        return timedelta(seconds=self._turn() - self._clock.monotonic())

    def turns_in(self, duration: timedelta) -> int:
        """About how many turns are given in that time: the place in line of whose turn comes at its end."""
        return round(duration.total_seconds() / self._interval)

    def take(self) -> float:
        """Takes the next turn, however late it comes: its time by the clock's `monotonic`."""
        turn = self._turn()
        self._full_at = max(self._full_at, self._clock.monotonic()) + self._interval
        return turn

    async def acquire(self, deadline: timedelta | None = None, *, taken: float | None = None) -> None:
        """Waits for a turn, or for the one that was taken.

        Raises BucketTimeout at once when it would come later than `deadline` from now.
        """
        wait = timedelta(seconds=(self._turn() if taken is None else taken) - self._clock.monotonic())
        if deadline is not None and wait > deadline:
            raise BucketTimeout(wait)
        if taken is None:
            self.take()
        if wait > timedelta(0):
            await self._clock.sleep(wait)

    def pause(self, duration: timedelta) -> None:
        """Gives no turn for that long (the vendor answered 429); turns given already stay."""
        until = self._clock.monotonic() + duration.total_seconds() + self._slack
        self._full_at = max(self._full_at, until)

    def _turn(self) -> float:
        now = self._clock.monotonic()
        return max(now, self._full_at - self._slack)
