"""Whose tokens are over before their time (C-12): they are checked offline, so every process remembers it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from chassis.clock import Clock
from chassis.emails import email_key

# No token lives longer: `fullhouse token` signs some for an hour, the monitor for LIFETIME.
LONGEST_LIFETIME: Final = timedelta(minutes=60)
# Clocks of two machines may differ by so much.
LEEWAY: Final = timedelta(seconds=5)


class EndedAccess:
    """Remembers from when on a person's tokens count, for as long as an older one could still be alive.

    A person is known by the account's id and by the email: what `fullhouse token` signs names the email alone.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[str, datetime] = {}

    def end(self, *, subject: str, email: str, at: datetime) -> None:
        """Makes over what was issued to the person before `at`; an older word changes nothing."""
        oldest = self._clock.now() - LONGEST_LIFETIME - LEEWAY
        for name in (subject, email_key(email)):
            self._since[name] = max(at, self._since.get(name, at))
        self._since = {name: since for name, since in self._since.items() if since >= oldest}

    def covers(self, *, subject: str, email: str, issued_at: datetime) -> bool:
        """Whether a token that was issued then is over."""
        known = (self._since.get(name) for name in (subject, email_key(email)))
        return any(since is not None and issued_at < since for since in known)

    def __len__(self) -> int:
        return len(self._since)
