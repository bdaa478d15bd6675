"""All SQL on the signing secrets that processors were seen to use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

from chassis.database import Database, Reader
from checkout.webhooks.domain import SecretInUse

# Several processes see the same secret.
_KEEP = """
INSERT INTO webhook_secrets_used AS s (processor, connected, secret, last_at)
SELECT * FROM unnest($1::text[], $2::boolean[], $3::text[], $4::timestamptz[])
ON CONFLICT (processor, connected, secret) DO UPDATE SET last_at = greatest(s.last_at, excluded.last_at)
"""


async def keep(database: Database, seen: Sequence[SecretInUse]) -> None:
    """Keeps the newest time of each."""
    await database.execute(_KEEP, *map(list, zip(*map(astuple, seen), strict=True)))


async def of_processor(reader: Reader, processor: str) -> list[SecretInUse]:
    """All that were ever used, the last one first."""
    rows = await reader.fetch(
        "SELECT processor, connected, secret, last_at FROM webhook_secrets_used WHERE processor = $1"
        " ORDER BY last_at DESC",
        processor,
    )
    return [SecretInUse(**row) for row in rows]
