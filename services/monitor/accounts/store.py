"""SQL of users, sessions and wrong passwords."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from chassis.tokens import Role
from monitor.accounts.domain import FORMER_GRACE, LONGEST_LIFE, FailureSubjects, Session, User

_USERS: Final = "SELECT user_id, email, role, provider, password_hash, disabled_at FROM users"


async def add_user(tx: Transaction, user: User, *, now: datetime) -> bool:
    """Adds a user; False when the email is taken."""
    status = await tx.execute(
        """
        INSERT INTO users (user_id, email, role, provider, password_hash, created_at, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (email) DO NOTHING
        """,
        user.user_id,
        user.email,
        user.role.value,
        user.provider,
        user.password_hash,
        now,
    )
    return status.endswith("1")


async def lock(tx: Transaction) -> None:
    """Until the transaction ends nobody else adds or changes a user: two admins can't disable each other at once."""
    await tx.execute("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")


async def change_user(tx: Transaction, user: User, *, now: datetime) -> None:
    """Writes role, password and whether the user is disabled, once nobody is in the middle of signing in as them."""
    await tx.execute(
        """
        UPDATE users SET role = $2, provider = $3, password_hash = $4, changed_at = $6,
            disabled_at = CASE WHEN $5 THEN coalesce(disabled_at, $6) END
        WHERE user_id = $1
        """,
        user.user_id,
        user.role.value,
        user.provider,
        user.password_hash,
        user.disabled,
        now,
    )


async def end_sessions(tx: Transaction, user_id: UUID, *, now: datetime) -> None:
    """Ends all of the user's, once nobody is in the middle of renewing one."""
    await tx.execute("UPDATE sessions SET ended_at = $2 WHERE ended_at IS NULL AND user_id = $1", user_id, now)


async def has_other_admin(reader: Reader, user_id: UUID) -> bool:
    """Whether somebody besides this user is an admin who may sign in."""
    query = "SELECT 1 FROM users WHERE role = 'admin' AND disabled_at IS NULL AND user_id <> $1 LIMIT 1"
    return await reader.fetchrow(query, user_id) is not None


async def user_signing_in(tx: Transaction, user_id: UUID) -> User | None:
    """The user as of now; a change of it waits for the end of the transaction."""
    row = await tx.fetchrow(f"{_USERS} WHERE user_id = $1 FOR SHARE", user_id)
    return _user(row) if row else None


async def user_by_email(reader: Reader, email: str) -> User | None:
    row = await reader.fetchrow(f"{_USERS} WHERE email = $1", email)
    return _user(row) if row else None


async def users(reader: Reader) -> list[User]:
    return [_user(row) for row in await reader.fetch(f"{_USERS} ORDER BY email")]


async def lock_failures(tx: Transaction, subjects: FailureSubjects) -> None:
    """Until the transaction ends nobody else counts wrong passwords of the pair: tries at once come one by one."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 0))", subjects.pair)


async def failures_since(reader: Reader, subjects: FailureSubjects, *, since: datetime) -> tuple[int, int]:
    """How many wrong passwords came since then: for the pair, and for the email from anywhere."""
    row = await reader.fetchrow(
        """
        SELECT count(*) FILTER (WHERE subject = $1) AS pair, count(*) FILTER (WHERE subject = $2) AS email
        FROM sign_in_failures WHERE subject IN ($1, $2) AND failed_at > $3
        """,
        subjects.pair,
        subjects.email,
        since,
    )
    return (row["pair"], row["email"]) if row else (0, 0)


async def add_failure(tx: Transaction, subjects: FailureSubjects, *, now: datetime) -> None:
    await tx.execute(
        "INSERT INTO sign_in_failures (subject, failed_at) VALUES ($1, $3), ($2, $3)",
        subjects.pair,
        subjects.email,
        now,
    )


async def forget_failures(tx: Transaction, subjects: FailureSubjects) -> None:
    """Forgets all of the pair's, and of the email's the one that this try had counted."""
    await tx.execute(
        """
        DELETE FROM sign_in_failures WHERE subject = $1 OR ctid = (
            SELECT ctid FROM sign_in_failures WHERE subject = $2 ORDER BY failed_at DESC LIMIT 1
        )
        """,
        subjects.pair,
        subjects.email,
    )


async def add_session(tx: Transaction, session_id: UUID, *, user: User, refresh_hash: bytes, now: datetime) -> None:
    await tx.execute(
        "INSERT INTO sessions (session_id, user_id, refresh_hash, created_at, used_at) VALUES ($1, $2, $3, $4, $4)",
        session_id,
        user.user_id,
        refresh_hash,
        now,
    )


async def session(tx: Transaction, session_id: UUID) -> Session | None:
    """The session, locked."""
    row = await tx.fetchrow(
        """
        SELECT session_id, sessions.created_at AS session_created_at, used_at, ended_at, refresh_hash, former_hash,
               user_id, email, role, provider, password_hash, disabled_at
        FROM sessions JOIN users USING (user_id)
        WHERE session_id = $1
        FOR UPDATE OF sessions
        """,
        session_id,
    )
    if row is None:
        return None
    return Session(
        session_id=row["session_id"],
        user=_user(row),
        created_at=row["session_created_at"],
        used_at=row["used_at"],
        ended=row["ended_at"] is not None,
        refresh_hash=row["refresh_hash"],
        former_hash=row["former_hash"],
    )


async def renew_session(tx: Transaction, session_id: UUID, *, refresh_hash: bytes, now: datetime) -> None:
    await tx.execute(
        "UPDATE sessions SET former_hash = refresh_hash, refresh_hash = $2, used_at = $3 WHERE session_id = $1",
        session_id,
        refresh_hash,
        now,
    )


async def end_session(tx: Transaction, session_id: UUID, *, now: datetime) -> None:
    await tx.execute("UPDATE sessions SET ended_at = coalesce(ended_at, $2) WHERE session_id = $1", session_id, now)


async def clean(tx: Transaction, *, now: datetime, failures_before: datetime) -> None:
    """Deletes what can no longer matter."""
    await tx.execute("DELETE FROM sessions WHERE used_at < $1", now - LONGEST_LIFE - FORMER_GRACE)
    await tx.execute("DELETE FROM sign_in_failures WHERE failed_at < $1", failures_before)


def _user(row: Row) -> User:
    return User(
        user_id=row["user_id"],
        email=row["email"],
        role=Role(row["role"]),
        provider=row["provider"],
        password_hash=row["password_hash"],
        disabled=row["disabled_at"] is not None,
    )
