"""What a user and a session are, and how long anything about them lasts."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chassis.emails import email_key, is_email
from chassis.tokens import Role

# ten wrong passwords in five minutes, per email and per address.
FAILURE_LIMIT: Final = 10
FAILURE_WINDOW: Final = timedelta(minutes=5)
# A session ends when nobody used it for so long, and after a week in any case.
IDLE_LIFE: Final = timedelta(hours=12)
LONGEST_LIFE: Final = timedelta(days=7)
# Two tabs renew at once: the loser's token is good for a moment longer, and theft is still seen.
FORMER_GRACE: Final = timedelta(seconds=30)
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256


class AccountError(ValueError):
    """A user that can't be made as asked for; the message says what to change."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in user, as long as its refresh token is renewed.

    session_id: the session's id
    user: whose it is
    created_at: when the user signed in
    used_at: when it was renewed last
    ended: whether somebody ended it
    former: whether the token that was shown is the one before the current
    """

    session_id: UUID
    user: User
    created_at: datetime
    used_at: datetime
    ended: bool
    former: bool

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


def check_password(password: str) -> None:
    """Raises AccountError for one that is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")


def made_password() -> str:
    """A password for somebody who doesn't want to think of one."""
    return secrets.token_urlsafe(15)


def made_refresh_token() -> str:
    """A random token that renews a session once."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Refresh tokens are random: a plain hash is enough, nobody can guess what stands behind it."""
    return hashlib.sha256(token.encode()).digest()


def failure_subjects(email: str, address: str) -> list[bytes]:
    """What a wrong password is counted under: hashes of the email and of the address."""
    return [hashlib.sha256(text.encode()).digest() for text in (f"email:{email}", f"address:{address}")]
