"""What a user and a session are, and how long anything about them lasts."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from chassis.audit import target
from chassis.backoff import doubled
from chassis.emails import email_key, is_email
from chassis.tokens import Role

# ten wrong passwords in five minutes for an email and from an address together. For an email from anywhere they
# only slow its sign-in down: else a stranger could keep its owner out.
FAILURE_LIMIT: Final = 10
FAILURE_WINDOW: Final = timedelta(minutes=5)
_FIRST_DELAY: Final = timedelta(milliseconds=100)
LONGEST_DELAY: Final = timedelta(seconds=5)
# A session ends when nobody used it for so long, and after a week in any case.
IDLE_LIFE: Final = timedelta(hours=12)
LONGEST_LIFE: Final = timedelta(days=7)
# Two tabs renew at once: the loser's token is good for a moment longer, and theft is still seen.
FORMER_GRACE: Final = timedelta(seconds=30)
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256
# zxcvbn's score from 0 to 4: 3 is more than 10^8 guesses. It looks at so many characters.
_HARD_TO_GUESS: Final = 3
_JUDGED: Final = 72


class AccountError(ValueError):
    """A user that can't be made as asked for; the message says what to change."""


class Action(StrEnum):
    """What people do to accounts, as the audit keeps it."""

    ADDED = "user_added"
    REPLACED = "user_replaced"
    DISABLED = "user_disabled"
    ENABLED = "user_enabled"
    ROLE_GIVEN = "user_role_given"


def audited(email: str) -> str:
    """An account, as the audit's target."""
    return target("user", email)


class AccountUnknownError(AccountError):
    """Nobody has the email."""

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} is no user. `fullhouse users list` shows who is.")


class LastAdminError(AccountError):
    """Nobody would be left who may do everything."""

    def __init__(self, email: str) -> None:
        super().__init__(
            f"{email} is the only admin who can sign in. First make another: `fullhouse users role EMAIL admin`."
        )


class AccountExistsError(AccountError):
    """The email is somebody's already."""

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} is a user already. Say --replace to set a new role and password.")
        self.email = email


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may sign in.

    user_id: the user's id
    email: in lower case
    role: what the user may do
    provider: the provider's id, for the role provider only
    password_hash: by Argon2
    disabled: whether the user may no longer sign in
    """

    user_id: UUID
    email: str
    role: Role
    provider: str | None
    password_hash: str
    disabled: bool

    @property
    def governs(self) -> bool:
        """Whether this is an admin who may sign in."""
        return self.role is Role.ADMIN and not self.disabled

    @property
    def rights(self) -> Mapping[str, object]:
        """What the user may do, for the audit."""
        return {"role": self.role, "provider": self.provider, "disabled": self.disabled}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in user, as long as its refresh token is renewed.

    session_id: the session's id
    user: whose it is
    created_at: when the user signed in
    used_at: when it was renewed last
    ended: whether somebody ended it
    refresh_hash: of the token that renews it
    former_hash: of the token before
    """

    session_id: UUID
    user: User
    created_at: datetime
    used_at: datetime
    ended: bool
    refresh_hash: bytes
    former_hash: bytes | None

    def alive(self, now: datetime) -> bool:
        """Whether it may be renewed."""
        young = now - self.created_at < LONGEST_LIFE and now - self.used_at < IDLE_LIFE
        return young and not self.ended and not self.user.disabled


def normal_email(text: str) -> str:
    """An address in lower case, without spaces around; raises AccountError for what is none."""
    email = email_key(text)
    if not is_email(email):
        raise AccountError(f"{text.strip()!r} is not an email address.")
    return email


def check_password(password: str, *, email: str = "") -> None:
    """Raises AccountError for one that is too short or too long, or that a list of common ones would find."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    from zxcvbn import zxcvbn

    found = zxcvbn(password[:_JUDGED], user_inputs=[email, *re.split(r"\W+", email), "fullhouse"])
    if found["score"] < _HARD_TO_GUESS:
        why = found["feedback"]["warning"] or "It is easy to guess."
        raise AccountError(f"Choose another password: {why} Three words that don't belong together are good.")


def made_password() -> str:
    """A password for somebody who doesn't want to think of one."""
    return secrets.token_urlsafe(15)


def made_refresh_token(session_id: UUID) -> str:
    """A token that renews the session once: which one it is, and a random secret."""
    return f"{session_id.hex}.{secrets.token_urlsafe(32)}"


def session_named(token: str) -> UUID | None:
    """The session that a refresh token names; None for what is no such token."""
    name, point, _ = token.partition(".")
    return UUID(name) if point and re.fullmatch(r"[0-9a-f]{32}", name) else None


def token_hash(token: str) -> bytes:
    """Refresh tokens are random: a plain hash is enough, nobody can guess what stands behind it."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True, slots=True)
class FailureSubjects:
    """What a wrong password is counted under, as hashes.

    pair: the email and the address together
    email: the email, from anywhere
    """

    pair: bytes
    email: bytes

    @classmethod
    def of(cls, email: str, address: str) -> FailureSubjects:
        return cls(pair=_subject(f"pair:{email}:{address}"), email=_subject(f"email:{email}"))


def slowed_down(failures: int) -> timedelta:
    """How long a try waits after so many wrong passwords for its email: first not at all, then ever twice as long."""
    if failures < FAILURE_LIMIT:
        return timedelta(0)
    return doubled(_FIRST_DELAY, failures - FAILURE_LIMIT, longest=LONGEST_DELAY)


def _subject(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
