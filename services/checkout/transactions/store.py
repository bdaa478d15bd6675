"""All SQL on external transactions and their ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from chassis.database import Reader, Row, Transaction
from checkout.connections.domain import Connection
from checkout.processors.domain import PaymentStatus
from checkout.transactions.domain import ExternalTransaction, KnownBy, LedgerEntry

TRANSACTION: Final = """transaction_id, connection_id, provider_id, processor, payment_id, state, amount, refunded,
    currency, commission, fee, commission_ppm, appointment_id, order_id, created_at, completed_at, changed_at, seen_at,
    known_by, version"""

_ADD: Final = """
INSERT INTO external_transactions (connection_id, provider_id, processor, payment_id, state, amount, refunded, currency,
    commission, fee, commission_ppm, appointment_id, order_id, created_at, completed_at, changed_at, seen_at, known_by,
    version)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
    $8::text[], $9::bigint[], $10::bigint[], $11::integer[], $12::bigint[], $13::uuid[], $14::timestamptz[],
    $15::timestamptz[], $16::timestamptz[], $17::timestamptz[], $18::text[], $19::integer[])
RETURNING transaction_id, payment_id
"""

_UPDATE: Final = """
UPDATE external_transactions AS t SET state = n.state, amount = n.amount, refunded = n.refunded,
    commission = n.commission, fee = n.fee, commission_ppm = n.commission_ppm, appointment_id = n.appointment_id,
    order_id = n.order_id, completed_at = n.completed_at, changed_at = n.changed_at, seen_at = n.seen_at,
    version = n.version
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::integer[],
    $8::bigint[], $9::uuid[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::integer[])
    AS n (transaction_id, state, amount, refunded, commission, fee, commission_ppm, appointment_id, order_id,
        completed_at, changed_at, seen_at, version)
WHERE t.transaction_id = n.transaction_id
"""

_APPEND: Final = """
INSERT INTO transaction_entries (transaction_id, provider_id, processor, currency, kind, source_id, amount,
    commission_ppm, at_source, fee, at, recorded_at)
SELECT *, $12 FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
    $8::integer[], $9::bigint[], $10::bigint[], $11::timestamptz[])
ON CONFLICT ON CONSTRAINT transaction_entries_once DO NOTHING
RETURNING transaction_id, kind, source_id
"""


async def known(
    reader: Reader, connection: Connection, payment_ids: Sequence[str], *, archived: bool = False
) -> Mapping[str, ExternalTransaction]:
    """Those of an account's payments that are known, by the processor's ids; also by an earlier connection.

    archived: those of the archive, too
    """
    rows = await reader.fetch(
        f"""
        SELECT {TRANSACTION} FROM {"all_external_transactions" if archived else "external_transactions"}
        WHERE provider_id = $1 AND processor = $2 AND payment_id = ANY($3)
        """,  # noqa: S608
        connection.provider_id,
        connection.processor,
        list(payment_ids),
    )
    return {row["payment_id"]: transaction_of(row) for row in rows}


async def add(tx: Transaction, transactions: Sequence[ExternalTransaction]) -> Mapping[str, int]:
    """Keeps new ones of one connection; their numbers, by the processor's ids."""
    if not transactions:
        return {}
    rows = await tx.fetch(_ADD, *_columns([_as_added(each) for each in transactions]))
    return {row["payment_id"]: row["transaction_id"] for row in rows}


async def update(tx: Transaction, transactions: Sequence[ExternalTransaction]) -> None:
    """Writes down what may change of them."""
    if transactions:
        await tx.execute(_UPDATE, *_columns([_as_updated(each) for each in transactions]))


async def append(
    tx: Transaction, written: Sequence[tuple[ExternalTransaction, LedgerEntry]], *, now: datetime
) -> set[tuple[int, str, str]]:
    """Writes entries that are not there yet; transaction, kind and source of those that it wrote."""
    if not written:
        return set()
    rows = await tx.fetch(_APPEND, *_columns([_as_appended(*each) for each in written]), now)
    return {(row["transaction_id"], row["kind"], row["source_id"]) for row in rows}


def transaction_of(row: Row) -> ExternalTransaction:
    state, known_by = PaymentStatus(row["state"]), KnownBy(row["known_by"])
    return ExternalTransaction(**{**row, "state": state, "known_by": known_by})


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _as_added(each: ExternalTransaction) -> tuple[object, ...]:
    return (
        each.connection_id,
        each.provider_id,
        each.processor,
        each.payment_id,
        each.state.value,
        each.amount,
        each.refunded,
        each.currency,
        each.commission,
        each.fee,
        each.commission_ppm,
        each.appointment_id,
        each.order_id,
        each.created_at,
        each.completed_at,
        each.changed_at,
        each.seen_at,
        each.known_by.value,
        each.version,
    )


def _as_updated(each: ExternalTransaction) -> tuple[object, ...]:
    return (
        each.transaction_id,
        each.state.value,
        each.amount,
        each.refunded,
        each.commission,
        each.fee,
        each.commission_ppm,
        each.appointment_id,
        each.order_id,
        each.completed_at,
        each.changed_at,
        each.seen_at,
        each.version,
    )


def _as_appended(each: ExternalTransaction, entry: LedgerEntry) -> tuple[object, ...]:
    return (
        each.transaction_id,
        each.provider_id,
        each.processor,
        each.currency,
        entry.kind.value,
        entry.source_id,
        entry.amount,
        each.commission_ppm,
        entry.at_source,
        entry.fee,
        entry.at,
    )
