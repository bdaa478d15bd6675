"""Use cases of accounts: each takes the transaction it works in and opens none."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.addresses import limiter_key, shorten_address
from chassis.clock import Clock
from chassis.database import Transaction
from chassis.emails import email_key
from chassis.ids import uuid7
from chassis.refusals import RefusalReports
from chassis.telemetry import get_logger
from chassis.tokens import TokenSigner
from chassis.tokens.signing import LIFETIME
from events import SecuritySignInFailed
from monitor.accounts import store
from monitor.accounts.domain import (
    FAILURE_LIMIT,
    FAILURE_WINDOW,
    FORMER_GRACE,
    FailureSubjects,
    Session,
    User,
    check_password,
    made_refresh_token,
    session_named,
    slowed_down,
    token_hash,
)
from monitor.accounts.passwords import Passwords

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What somebody has who signed in.

    user: who it is
    token: what all services check
    expires_at: when the token is over
    refresh_token: what renews it, once
    """

    user: User
    token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAttempt:
    """Somebody wants to sign in.

    email: as it was typed, in lower case
    address: where the request came from
    """

    email: str
    address: str

    @classmethod
    def of(cls, email: str, *, address: str) -> SignInAttempt:
        # For sign-in a wrong form is just an unknown email.
        return cls(email=email_key(email), address=address)

    @property
    def subjects(self) -> FailureSubjects:
        """What a wrong password is counted under."""
        return FailureSubjects.of(self.email, limiter_key(self.address))


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A try that may go on.

    user: whose email it is, None when it is nobody's
    delay: how long it waits before its password is looked at
    """

    user: User | None
    delay: timedelta


class SignInRefusal(StrEnum):
    """Why somebody is not let in: a wrong password, or too many of them."""

    WRONG = "wrong"
    LIMITED = "limited"


class SignInService:
    """Checks who somebody is and hands out tokens. A refusal is a value: its count must be committed with it.

    A try is counted as a failure before the password is looked at, and the count taken back when it was right: many
    tries at once can't pass the limit. `begin` and `succeed` are transactions of their own; between them `matches`
    takes 50 ms of CPU outside of any.
    """

    def __init__(self, *, signer: TokenSigner, passwords: Passwords, reports: RefusalReports, clock: Clock) -> None:
        self._signer = signer
        self._passwords = passwords
        self._reports = reports
        self._clock = clock

    async def begin(self, tx: Transaction, attempt: SignInAttempt) -> SignInRefusal | Begun:
        """Counts the try as a failure, and finds the user; LIMITED after too many wrong passwords (X-5)."""
        now = self._clock.now()
        await store.lock_failures(tx, attempt.subjects)
        pair, email = await store.failures_since(tx, attempt.subjects, since=now - FAILURE_WINDOW)
        if pair >= FAILURE_LIMIT:
            self._report(attempt, SignInRefusal.LIMITED)
            return SignInRefusal.LIMITED
        await store.add_failure(tx, attempt.subjects, now=now)
        user = await store.user_by_email(tx, attempt.email)
        return Begun(user=None if user is None or user.disabled else user, delay=slowed_down(email))

    async def matches(self, user: User | None, password: str) -> bool:
        """Whether the password is the user's; that takes as long for nobody as for somebody."""
        return await self._passwords.matches(password, user.password_hash if user else None)

    async def succeed(self, tx: Transaction, attempt: SignInAttempt, found: User) -> SignedIn | None:
        """Takes the count back and begins a session; None when the user was changed since `begin`."""
        user = await store.user_signing_in(tx, found.user_id)
        if user != found:
            return None
        await store.forget_failures(tx, attempt.subjects)
        now, session_id = self._clock.now(), uuid7()
        refresh_token = made_refresh_token(session_id)
        await store.add_session(tx, session_id, user=user, refresh_hash=token_hash(refresh_token), now=now)
        log.info("signed_in", role=user.role.value)
        return self._signed(user, refresh_token)

    def fail(self, attempt: SignInAttempt) -> None:
        """Tells the topic `security`; the count was made by `begin`."""
        self._report(attempt, SignInRefusal.WRONG)

    def _report(self, attempt: SignInAttempt, refusal: SignInRefusal) -> None:
        """The actor is the shortened address, never the email."""
        source = shorten_address(attempt.address)
        if not self._reports.report(SecuritySignInFailed, actor=source, what="sign-in", code=refusal.value):
            return
        if refusal is SignInRefusal.LIMITED:
            log.warning("sign_in_locked", ip=source)
        else:
            log.warning("sign_in_failed", ip=source)

    async def refresh(self, tx: Transaction, refresh_token: str) -> SignedIn | None:
        """A new token for a living session, None otherwise. A token that was used before ends its session, however
        long ago that was: it may be stolen. Shortly after its use it is taken for a second tab's and only refused.
        """
        session, now = await self._session(tx, refresh_token), self._clock.now()
        if session is None or not session.alive(now):
            return None
        shown = token_hash(refresh_token)
        if shown != session.refresh_hash:
            if shown != session.former_hash or now - session.used_at > FORMER_GRACE:
                await store.end_session(tx, session.session_id, now=now)
            return None
        fresh = made_refresh_token(session.session_id)
        await store.renew_session(tx, session.session_id, refresh_hash=token_hash(fresh), now=now)
        return self._signed(session.user, fresh)

    async def sign_out(self, tx: Transaction, refresh_token: str) -> None:
        """Ends the session of the token, if it is one's."""
        session = await self._session(tx, refresh_token)
        if session is not None:
            await store.end_session(tx, session.session_id, now=self._clock.now())

    async def clean(self, tx: Transaction) -> None:
        """Forgets sessions and failures that can no longer matter."""
        now = self._clock.now()
        await store.clean(tx, now=now, failures_before=now - timedelta(days=1))

    @staticmethod
    async def _session(tx: Transaction, refresh_token: str) -> Session | None:
        session_id = session_named(refresh_token)
        return await store.session(tx, session_id) if session_id else None

    def _signed(self, user: User, refresh_token: str) -> SignedIn:
        token = self._signer.issue(str(user.user_id), email=user.email, role=user.role, provider=user.provider)
        return SignedIn(user=user, token=token, expires_at=self._clock.now() + LIFETIME, refresh_token=refresh_token)


async def hashed(passwords: Passwords, password: str, *, email: str) -> str:
    """The hash of a password that is good enough for the person; AccountError otherwise."""
    check_password(password, email=email)
    return await passwords.hash(password)
