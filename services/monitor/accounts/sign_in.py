"""The way through sign-in, for the API and the page alike: between its transactions a password is checked."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from chassis.addresses import client_address
from chassis.database import Database
from monitor.accounts.domain import FAILURE_WINDOW
from monitor.accounts.errors import SessionEnded, SignInLimited, SignInRefused
from monitor.accounts.service import SignedIn, SignInAttempt, SignInRefusal, SignInService


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFlow:
    """Lets people in, renews their sessions and ends them.

    service: the use cases
    database: the monitor's
    sandboxed: then wrong passwords from this machine are not counted against its address (X-5)
    """

    service: SignInService
    database: Database
    sandboxed: bool

    async def enter(self, request: Request, *, email: str, password: str) -> SignedIn:
        """Raises SignInRefused, or SignInLimited after too many wrong passwords."""
        attempt = self._attempt(request, email)
        async with self.database.transaction() as tx:
            found = await self.service.begin(tx, attempt)
        if isinstance(found, SignInRefusal):
            raise SignInLimited(headers={"Retry-After": str(int(FAILURE_WINDOW.total_seconds()))})
        right = await self.service.matches(found, password)
        async with self.database.transaction() as tx:
            if found is not None and right:
                return await self.service.succeed(tx, attempt, found)
            await self.service.fail(tx, attempt)
        raise SignInRefused

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

    def _attempt(self, request: Request, email: str) -> SignInAttempt:
        address = client_address(request.scope)
        local = self.sandboxed and address in {"127.0.0.1", "::1"}
        return SignInAttempt.of(email, address=address, counted_address=not local)
