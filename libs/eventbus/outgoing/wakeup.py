"""Wakes the relay when rows wait, without making the writer wait.

Inside one process it is an event; from another process it is a NOTIFY after the commit, one for many. It is a hint
only: the relay polls a few times a second, so a lost wake-up costs that moment and no event.
"""

from __future__ import annotations

import asyncio

from chassis.database import Database

CHANNEL = "outbox"
_COALESCE_SECONDS = 0.005


class WakeUp:
    """Wakes the relay of the same process."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """Wakes the relay, now or at its next `wait`."""
        self._event.set()

    def clear(self) -> None:
        """Forgets wake-ups so far; call it before a look at the outbox."""
        self._event.clear()

    async def wait(self, timeout_seconds: float) -> None:
        """Waits for the next wake-up, at most `timeout_seconds`."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._event.wait()
        except TimeoutError:
            return


class RemoteWakeUp:
    """Wakes the relay of another process: at most one NOTIFY each 5 ms, after the commit.

    Inside a transaction a NOTIFY would take a lock across the whole server until the commit (9,000 → 800 commits/s).
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None

    def set(self) -> None:
        """Sends the NOTIFY in the background, together with others of these milliseconds."""
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._notify())

    async def _notify(self) -> None:
        await asyncio.sleep(_COALESCE_SECONDS)
        try:
            await self._database.execute(f"NOTIFY {CHANNEL}")
        except Exception:  # noqa: BLE001 - only a hint: the relay polls
            return
