"""Who may sign in, and with which role: what `fullhouse users` changes, with what follows from it (docs/adr/0014).

A change of somebody's access ends in one transaction the person's sessions and, by an event, the tokens that were
issued before; and it is kept in the audit.
"""

from __future__ import annotations

from dataclasses import replace

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Transaction
from chassis.ids import uuid7
from chassis.tokens import Role
from eventbus import Outbox
from events import AccessEnd, SecurityAccessEnded
from monitor.accounts import store
from monitor.accounts.domain import (
    AccountError,
    AccountExistsError,
    AccountUnknownError,
    Action,
    LastAdminError,
    User,
    audited,
    normal_email,
)


class Access:
    """Adds users and changes what they may do. Each method raises AccountError for what can't be done.

    outbox: tells that tokens are over
    clock: says from when on
    actor: who does it
    """

    def __init__(self, outbox: Outbox, *, clock: Clock, actor: Actor) -> None:
        self._outbox = outbox
        self._clock = clock
        self._actor = actor

    async def add(
        self,
        tx: Transaction,
        email: str,
        *,
        password_hash: str,
        role: Role,
        provider: str | None = None,
        replaces: bool = False,
    ) -> User:
        """Adds a user; with `replaces` one who exists gets role and password, and may sign in again."""
        _check_provider(role, provider)
        user = User(
            user_id=uuid7(),
            email=normal_email(email),
            role=role,
            provider=provider,
            password_hash=password_hash,
            disabled=False,
        )
        await store.lock(tx)
        if await store.add_user(tx, user, now=self._clock.now()):
            await self._record(tx, Action.ADDED, None, user)
            return user
        if not replaces:
            raise AccountExistsError(user.email)
        before = await self._user(tx, user.email)
        user = replace(user, user_id=before.user_id)
        await self._change(tx, Action.REPLACED, before, user)
        await self._end(tx, user, AccessEnd.REPLACED)
        return user

    async def disable(self, tx: Transaction, email: str) -> bool:
        """Ends a user's access until `enable`; False when it had ended before."""
        before = await self._user(tx, email)
        if before.disabled:
            return False
        await self._change(tx, Action.DISABLED, before, replace(before, disabled=True))
        await self._end(tx, before, AccessEnd.DISABLED)
        return True

    async def enable(self, tx: Transaction, email: str) -> bool:
        """Lets a disabled user sign in again, with the password that it had; False when nobody had disabled it."""
        before = await self._user(tx, email)
        if before.disabled:
            await self._change(tx, Action.ENABLED, before, replace(before, disabled=False))
        return before.disabled

    async def give_role(self, tx: Transaction, email: str, role: Role, *, provider: str | None = None) -> bool:
        """Gives a user another role, with which it has to sign in again; False when it had the role already."""
        _check_provider(role, provider)
        before = await self._user(tx, email)
        after = replace(before, role=role, provider=provider)
        if after == before:
            return False
        await self._change(tx, Action.ROLE_GIVEN, before, after)
        await self._end(tx, before, AccessEnd.ROLE_CHANGED)
        return True

    async def _user(self, tx: Transaction, email: str) -> User:
        email = normal_email(email)
        await store.lock(tx)
        user = await store.user_by_email(tx, email)
        if user is None:
            raise AccountUnknownError(email)
        return user

    async def _change(self, tx: Transaction, action: Action, before: User, after: User) -> None:
        if before.governs and not after.governs and not await store.has_other_admin(tx, before.user_id):
            raise LastAdminError(before.email)
        await store.change_user(tx, after, now=self._clock.now())
        await self._record(tx, action, before, after)

    async def _end(self, tx: Transaction, user: User, cause: AccessEnd) -> None:
        """Ends the sessions first: only then is nobody in the middle of renewing one, with a token from after `now`."""
        await store.end_sessions(tx, user.user_id, now=self._clock.now())
        await self._outbox.publish(
            tx,
            SecurityAccessEnded(
                subject=str(user.user_id), email=user.email, cause=cause.value, occurred_at=self._clock.now()
            ),
        )

    async def _record(self, tx: Transaction, action: Action, before: User | None, after: User) -> None:
        await audit.record(
            tx,
            action,
            actor=self._actor,
            target=audited(after.email),
            before=before.rights if before else None,
            after=after.rights,
        )


def _check_provider(role: Role, provider: str | None) -> None:
    if (role is Role.PROVIDER) != (provider is not None):
        raise AccountError("The role provider and a provider's id belong together.")
