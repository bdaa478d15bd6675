"""The way through sign-in, for the API and the page alike: it opens the transactions of each step."""

from __future__ import annotations

from fastapi import Request

from chassis.addresses import client_address
from chassis.database import Database
from chassis.settings import ServiceSettings
from monitor.accounts.domain import FAILURE_WINDOW
from monitor.accounts.errors import SessionEnded, SignInLimited, SignInRefused
from monitor.accounts.service import SignedIn, SignInAttempt, SignInRefusal, SignInService


class SignInDesk:
    """Raises SignInRefused, SignInLimited or SessionEnded."""

    def __init__(self, sign_in: SignInService, *, database: Database, settings: ServiceSettings) -> None:
        self._sign_in = sign_in
        self._database = database
        self._sandboxed = settings.sandboxed

    async def enter(self, request: Request, *, email: str, password: str) -> SignedIn:
        attempt = self._attempt(request, email)
        async with self._database.transaction() as tx:
            found = await self._sign_in.begin(tx, attempt)
        if isinstance(found, SignInRefusal):
            raise SignInLimited(headers={"Retry-After": str(int(FAILURE_WINDOW.total_seconds()))})
        right = await self._sign_in.matches(found, password)
        async with self._database.transaction() as tx:
            if found is not None and right:
                return await self._sign_in.succeed(tx, attempt, found)
            await self._sign_in.fail(tx, attempt)
        raise SignInRefused

    async def renew(self, refresh_token: str) -> SignedIn:
        async with self._database.transaction() as tx:
            renewed = await self._sign_in.refresh(tx, refresh_token)
        if renewed is None:
            raise SessionEnded
        return renewed

    async def leave(self, refresh_token: str) -> None:
        async with self._database.transaction() as tx:
            await self._sign_in.sign_out(tx, refresh_token)

    def _attempt(self, request: Request, email: str) -> SignInAttempt:
        address = client_address(request.scope)
        local = self._sandboxed and address in {"127.0.0.1", "::1"}
        return SignInAttempt.of(email, address=address, counted_address=not local)
