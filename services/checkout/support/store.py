"""All SQL on calls for help."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from chassis.emails import email_key
from checkout.support.domain import SupportRequest

_REQUEST: Final = "request_id, kind, email, order_id, order_said, text, made_at, known, closed_at, closed_by, reason"


async def keep(tx: Transaction, request: SupportRequest) -> bool:
    """Keeps it, unless the same customer has asked the same already and nobody has dealt with it; whether it is new."""
    kept = await tx.fetchval(
        """
        INSERT INTO support_requests (request_id, kind, email, email_key, order_id, order_said, text, made_at, known)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT DO NOTHING RETURNING true
        """,
        request.request_id,
        request.kind,
        request.email,
        email_key(request.email),
        request.order_id,
        request.order_said,
        request.text,
        request.made_at,
        request.known,
    )
    return bool(kept)


async def same_open(reader: Reader, request: SupportRequest) -> SupportRequest | None:
    """The one that asks the same and that nobody has dealt with."""
    row = await reader.fetchrow(
        f"""
        SELECT {_REQUEST} FROM support_requests
        WHERE email_key = $1 AND kind = $2 AND coalesce(order_id::text, order_said) = coalesce($3::uuid::text, $4)
            AND md5(text) = md5($5) AND closed_at IS NULL
        """,  # noqa: S608
        email_key(request.email),
        request.kind,
        request.order_id,
        request.order_said,
        request.text,
    )
    return _request(row) if row else None


async def count_of(reader: Reader, email: str, *, since: datetime) -> int:
    """How often somebody has asked from this address since then."""
    found: int = await reader.fetchval(
        "SELECT count(*) FROM support_requests WHERE email_key = $1 AND made_at > $2", email_key(email), since
    )
    return found


async def get(reader: Reader, request_id: UUID) -> SupportRequest | None:
    row = await reader.fetchrow(f"SELECT {_REQUEST} FROM support_requests WHERE request_id = $1", request_id)  # noqa: S608
    return _request(row) if row else None


async def get_locked(tx: Transaction, request_id: UUID) -> SupportRequest | None:
    """Its row locked until the end of the transaction."""
    row = await tx.fetchrow(
        f"SELECT {_REQUEST} FROM support_requests WHERE request_id = $1 FOR UPDATE",  # noqa: S608
        request_id,
    )
    return _request(row) if row else None


async def find(
    reader: Reader,
    *,
    only_open: bool,
    kind: str | None = None,
    order_id: UUID | None = None,
    email: str | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[SupportRequest]:
    """The newest first."""
    moment, request_id = before or (None, None)
    rows = await reader.fetch(
        f"""
        SELECT {_REQUEST} FROM support_requests
        WHERE (NOT $1 OR closed_at IS NULL) AND ($2::text IS NULL OR kind = $2)
            AND ($3::uuid IS NULL OR order_id = $3)
            AND ($4::timestamptz IS NULL OR (made_at, request_id) < ($4, $5))
            AND ($6::text IS NULL OR email_key = $6)
        ORDER BY made_at DESC, request_id DESC LIMIT $7
        """,  # noqa: S608
        only_open,
        kind,
        order_id,
        moment,
        request_id,
        email_key(email) if email else None,
        limit,
    )
    return [_request(row) for row in rows]


async def close(tx: Transaction, request_id: UUID, *, by: str, reason: str, at: datetime) -> None:
    await tx.execute(
        "UPDATE support_requests SET closed_at = $2, closed_by = $3, reason = $4 WHERE request_id = $1",
        request_id,
        at,
        by,
        reason,
    )


async def forget(tx: Transaction, *, before: datetime) -> None:
    """Deletes what was dealt with before then."""
    await tx.execute("DELETE FROM support_requests WHERE closed_at < $1", before)


def _request(row: Row) -> SupportRequest:
    return SupportRequest(**row)
