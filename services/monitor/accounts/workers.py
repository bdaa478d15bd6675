"""Forgets sessions and wrong passwords that can no longer matter."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.background import Periodic
from chassis.database import Database
from monitor.accounts.service import SignInService

CLEAN: Final = timedelta(hours=1)


class SessionCleaner:
    """Cleans once an hour."""

    def __init__(self, sign_in: SignInService, *, database: Database) -> None:
        self._sign_in = sign_in
        self._database = database

    def periodic(self) -> Periodic:
        return Periodic("old sessions", CLEAN, self.clean)

    async def clean(self) -> None:
        async with self._database.transaction() as tx:
            await self._sign_in.clean(tx)
