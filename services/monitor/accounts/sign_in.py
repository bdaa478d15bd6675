"""The way through sign-in, for the API and the page alike: between its transactions a password is checked."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from chassis.addresses import client_address
from chassis.clock import Clock
from chassis.database import Database
from monitor.accounts.domain import FAILURE_WINDOW
from monitor.accounts.errors import SessionEnded, SignInLimited, SignInRefused
from monitor.accounts.service import SignedIn, SignInAttempt, SignInRefusal, SignInService


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFlow:
    """Lets people in, renews their sessions and ends them.

    service: the use cases
    database: the monitor's
    clock: with it an email that many guess at is slowed down
    """

    service: SignInService
    database: Database
    clock: Clock

    async def enter(self, request: Request, *, email: str, password: str) -> SignedIn:
        """Raises SignInRefused, or SignInLimited after too many wrong passwords."""
        attempt = SignInAttempt.of(email, address=client_address(request.scope))
        async with self.database.transaction() as tx:
            begun = await self.service.begin(tx, attempt)
        if isinstance(begun, SignInRefusal):
            raise SignInLimited.until(FAILURE_WINDOW)
        await self.clock.sleep(begun.delay)
        right = await self.service.matches(begun.user, password)
        if begun.user is None or not right:
            self.service.fail(attempt)
            raise SignInRefused
        async with self.database.transaction() as tx:
            signed = await self.service.succeed(tx, attempt, begun.user)
        if signed is None:
            raise SignInRefused
        return signed

    async def renew(self, refresh_token: str) -> SignedIn:
        """Raises SessionEnded."""
        async with self.database.transaction() as tx:
            renewed = await self.service.refresh(tx, refresh_token)
        if renewed is None:
            raise SessionEnded
        return renewed

    async def leave(self, refresh_token: str) -> None:
        """Ends a session; twice does no harm."""
        async with self.database.transaction() as tx:
            await self.service.sign_out(tx, refresh_token)
