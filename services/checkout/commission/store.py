"""SQL of collections: how they are made, read and moved from state to state."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Final

from chassis.database import Reader, Row, Transaction
from chassis.due_rows import claim_sql
from checkout.commission.domain import (
    Collection,
    CollectionBlock,
    CollectionState,
    CollectionWay,
    CorrectionCause,
)
from checkout.commission.naming import CollectionName
from checkout.commission.sums import DueSplit, EntrySums

# One statement writes as many entries of a collection in a few seconds; the next collection takes the others.
MOST_ENTRIES: Final = 200_000
# What was collected since a backup that was put back is not all known here.
_LOST_UNREAD: Final = "EXISTS (SELECT FROM processor_polls WHERE subject IN ('lost_debits', 'lost_invoices'))"
COLLECTION: Final = ", ".join(field.name for field in fields(Collection))
_CLAIM: Final = claim_sql(
    "commission_collections", "collection_id", COLLECTION, also="tries = tries + 1", only=f"NOT {_LOST_UNREAD}"
)
SUMS: Final = """count(DISTINCT e.transaction_id) AS transactions, coalesce(sum(e.amount), 0)::bigint AS volume,
    coalesce(sum(e.amount::numeric * e.commission_ppm), 0) AS exact,
    coalesce(sum(e.at_source), 0)::bigint AS at_source, min(e.at) AS since"""


async def due(reader: Reader, *, until: datetime, provider: int | None) -> list[tuple[int, str, EntrySums, int]]:
    """What is in no collection: of each provider and currency its entries before `until`, and open corrections."""
    rows = await reader.fetch(
        f"""
        SELECT provider_id, currency, transactions, volume, exact, at_source, since, correction
        FROM (
            SELECT e.provider_id::int AS provider_id, e.currency, {SUMS}
            FROM transaction_entries AS e LEFT JOIN collection_entries AS c USING (entry_id)
            WHERE c.entry_id IS NULL AND e.at < $1 AND ($2::int IS NULL OR e.provider_id = $2)
            GROUP BY e.provider_id, e.currency
        ) AS entries FULL JOIN (
            SELECT provider_id, currency, sum(amount)::bigint AS correction FROM commission_corrections
            WHERE taken_by IS NULL AND ($2::int IS NULL OR provider_id = $2) GROUP BY provider_id, currency
        ) AS corrections USING (provider_id, currency)
        ORDER BY provider_id, currency
        """,  # noqa: S608
        until,
        provider,
    )
    return [(row["provider_id"], row["currency"], sums_of(row), int(row["correction"] or 0)) for row in rows]


async def lost_unread(reader: Reader) -> bool:
    """Whether Stripe's lists of what was collected since a backup are not read to their end."""
    found: bool = await reader.fetchval(f"SELECT {_LOST_UNREAD}")
    return found


async def begin(tx: Transaction, provider_id: int, currency: str, *, mark: str, until: datetime) -> Collection | None:
    """The provider's next collection, without any entry; None when somebody else makes it right now."""
    row = await tx.fetchrow(
        f"""
        INSERT INTO commission_collections (provider_id, currency, number, period_from, period_to, mark, created_at)
        SELECT $1, $2, coalesce(max(number), 0) + 1, $3, $3, $4, app_now() FROM commission_collections
        WHERE provider_id = $1 AND currency = $2
        ON CONFLICT ON CONSTRAINT commission_collections_once DO NOTHING
        RETURNING {COLLECTION}
        """,  # noqa: S608
        provider_id,
        currency,
        until,
        mark,
    )
    return collection_of(row) if row else None


async def take_entries(tx: Transaction, collection: Collection) -> None:
    """Puts all entries into it that are in none, those that are known longest first."""
    await tx.execute(
        """
        INSERT INTO collection_entries (entry_id, collection_id, transaction_id)
        SELECT e.entry_id, $1, e.transaction_id
        FROM transaction_entries AS e LEFT JOIN collection_entries AS c USING (entry_id)
        WHERE c.entry_id IS NULL AND e.provider_id = $2 AND e.currency = $3 AND e.at < $4
        ORDER BY e.entry_id LIMIT $5
        """,
        collection.collection_id,
        collection.provider_id,
        collection.currency,
        collection.period_to,
        MOST_ENTRIES,
    )


async def take_corrections(tx: Transaction, collection: Collection) -> int:
    """The sum of those that no collection had."""
    found = await tx.fetch(
        """
        UPDATE commission_corrections SET taken_by = $1 WHERE provider_id = $2 AND currency = $3 AND taken_by IS NULL
        RETURNING amount
        """,
        collection.collection_id,
        collection.provider_id,
        collection.currency,
    )
    return sum(row["amount"] for row in found)


async def sums(reader: Reader, collection_id: int) -> EntrySums:
    """What the entries of a collection come to."""
    row = await reader.fetchrow(
        f"""
        SELECT {SUMS} FROM collection_entries AS c JOIN transaction_entries AS e USING (entry_id)
        WHERE c.collection_id = $1
        """,  # noqa: S608
        collection_id,
    )
    return sums_of(row or {})


async def price(
    tx: Transaction, collection_id: int, summed: EntrySums, *, correction: int, split: DueSplit
) -> Collection:
    """Writes down what it comes to; it is due at once."""
    (row,) = await tx.fetch(
        f"""
        UPDATE commission_collections SET period_from = coalesce($2, period_from), transactions = $3, volume = $4,
            commission = $5, at_source = $6, correction = $7, carried = $8, amount = $9, state = 'pending',
            due_at = app_now()
        WHERE collection_id = $1 RETURNING {COLLECTION}
        """,  # noqa: S608
        collection_id,
        summed.since,
        summed.transactions,
        summed.volume,
        summed.commission,
        summed.at_source,
        correction,
        split.carried,
        split.amount,
    )
    return collection_of(row)


async def discard(tx: Transaction, collection_id: int) -> None:
    """Undoes what was just begun."""
    await tx.execute("DELETE FROM collection_entries WHERE collection_id = $1", collection_id)
    await tx.execute("UPDATE commission_corrections SET taken_by = NULL WHERE taken_by = $1", collection_id)
    await tx.execute("DELETE FROM commission_collections WHERE collection_id = $1", collection_id)


async def correct(tx: Transaction, collection: Collection, amount: int, cause: CorrectionCause) -> None:
    """Leaves a debit or a credit to the next collection; nothing for nothing."""
    if amount:
        await tx.execute(
            """
            INSERT INTO commission_corrections (collection_id, provider_id, currency, amount, cause, at)
            VALUES ($1, $2, $3, $4, $5, app_now())
            """,
            collection.collection_id,
            collection.provider_id,
            collection.currency,
            amount,
            cause.value,
        )


async def claim_due(tx: Transaction, *, limit: int, lease: timedelta) -> list[Collection]:
    """Takes collections that are due, each for one lease; none while it is not known what was collected."""
    return [collection_of(row) for row in await tx.fetch(_CLAIM, limit, lease)]


async def make_due(tx: Transaction, *, provider: int | None) -> None:
    """Has those asked about again that wait for a better account."""
    await tx.execute(
        """
        UPDATE commission_collections SET due_at = app_now()
        WHERE state = 'pending' AND due_at IS NULL AND ($1::int IS NULL OR provider_id = $1)
        """,
        provider,
    )


async def make_stuck_due(tx: Transaction, *, longer_than: timedelta) -> int:
    """Has those asked about at once that are under way for longer; how many they are."""
    rows = await tx.fetch(
        """
        UPDATE commission_collections SET due_at = least(due_at, app_now())
        WHERE state = 'processing' AND coalesce(payable_until, processing_since) < app_now() - $1::interval
        RETURNING collection_id
        """,
        longer_than,
    )
    return len(rows)


async def make_told_due(tx: Transaction, name: CollectionName) -> bool:
    """Has one asked about at once of which Stripe has told something; whether it is here."""
    row = await tx.fetchrow(
        """
        UPDATE commission_collections SET due_at = CASE WHEN state <> 'completed' THEN app_now() END
        WHERE provider_id = $1 AND currency = $2 AND number = $3 AND mark = $4 RETURNING collection_id
        """,
        name.provider_id,
        name.currency,
        name.number,
        name.mark,
    )
    return row is not None


async def get(reader: Reader, collection_id: int) -> Collection | None:
    row = await reader.fetchrow(
        f"SELECT {COLLECTION} FROM commission_collections WHERE collection_id = $1",  # noqa: S608
        collection_id,
    )
    return collection_of(row) if row else None


async def get_locked(tx: Transaction, collection_id: int) -> Collection | None:
    """The same, which nobody else changes until the transaction ends."""
    row = await tx.fetchrow(
        f"SELECT {COLLECTION} FROM commission_collections WHERE collection_id = $1 FOR UPDATE",  # noqa: S608
        collection_id,
    )
    return collection_of(row) if row else None


async def move(tx: Transaction, moved: Collection, *, due_after: timedelta | None = None) -> None:
    """Writes down where it stands, and when it is asked about again: at once where something has just happened."""
    await tx.execute(
        """
        UPDATE commission_collections SET state = $2, blocked_by = $3, failed_cause = $4, failed_reason = $5,
            account_id = $6, charge_id = $7, collected = $8, key_number = $9, version = $10, processing_since = $11,
            settled_at = $12, way = $14, invoice_id = $15, invoice_number = $16, invoice_url = $17, payable_until = $18,
            due_at = CASE WHEN $13::interval IS NOT NULL AND due_at <= app_now() THEN due_at
                ELSE app_now() + $13::interval END
        WHERE collection_id = $1
        """,
        moved.collection_id,
        moved.state.value,
        moved.blocked_by,
        moved.failed_cause,
        moved.failed_reason,
        moved.account_id,
        moved.charge_id,
        moved.collected,
        moved.key_number,
        moved.version,
        moved.processing_since,
        moved.settled_at,
        due_after,
        moved.way,
        moved.invoice_id,
        moved.invoice_number,
        moved.invoice_url,
        moved.payable_until,
    )


def collection_of(row: Row) -> Collection:
    blocked = CollectionBlock(row["blocked_by"]) if row["blocked_by"] else None
    way = CollectionWay(row["way"]) if row["way"] else None
    return Collection(**{**row, "state": CollectionState(row["state"]), "blocked_by": blocked, "way": way})


def sums_of(row: Row) -> EntrySums:
    """NULL where there are corrections only."""
    return EntrySums(
        transactions=row["transactions"] or 0,
        volume=row["volume"] or 0,
        exact=int(row["exact"] or 0),
        at_source=row["at_source"] or 0,
        since=row["since"],
    )
