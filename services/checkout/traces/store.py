"""All SQL on what is kept of a payment's life: it is only read, and belongs to other rooms."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from chassis.database import Reader
from checkout.traces.domain import LifeStep

_ORDER: Final = """
SELECT placed_at AS at, 'ORDER' AS step, jsonb_build_object('order', order_id, 'number', number, 'amount', amount,
    'currency', currency, 'state', state, 'processor', processor) AS data
FROM orders WHERE order_id = $1
"""
_APPOINTMENT: Final = """
SELECT created_at AS at, 'APPOINTMENT' AS step, jsonb_build_object('id', appointment_id, 'provider_id', provider_id,
    'amount', price, 'currency', currency, 'state', state) AS data
FROM appointments WHERE appointment_id = $1
"""
# What a decision was made on, and what was done about it since.
_DECISIONS: Final = """
SELECT at, 'ROUTING_DECISION' AS step, jsonb_build_object('decision_id', decision_id, 'decision', decision,
    'processor', processor, 'connection_id', connection_id, 'rule', rule, 'cause', cause, 'why', why,
    'fallback', fallback, 'asked_by', asked_by) AS data
FROM routing_decisions WHERE {subject} = $1
UNION ALL
SELECT s.at, 'PROCESSOR_CALL', jsonb_build_object('decision_id', s.decision_id, 'processor', s.processor,
    'connection_id', s.connection_id, 'outcome', s.step, 'reason', s.reason)
FROM routing_steps AS s JOIN routing_decisions USING (decision_id) WHERE {subject} = $1
"""
_ATTEMPTS: Final = """
SELECT created_at AS at, 'PROCESSOR_CALL' AS step, jsonb_build_object('attempt', attempt_id, 'processor', processor,
    'connection_id', connection_id, 'outcome', state, 'session', session_id, 'tries', tries,
    'reason', last_error) AS data
FROM payment_attempts WHERE order_id = $1
UNION ALL
SELECT at, 'PROCESSOR_CALL', jsonb_build_object('processor', processor, 'outcome', 'declined', 'reason', reason)
FROM payment_declines WHERE order_id = $1
"""
_WEBHOOK: Final = """
w.received_at AS at, 'WEBHOOK' AS step, jsonb_build_object('webhook', w.event_id, 'processor', w.processor,
    'connection_id', w.connection_id, 'type', w.type, 'state', w.state, 'created_at', w.created_at,
    'processed_at', w.processed_at, 'cause', w.cause) AS data
"""
_WEBHOOKS: Final = f"SELECT {_WEBHOOK} FROM webhook_events AS w WHERE order_id = $1"  # noqa: S608
# Those of a connection know their payment only.
_WEBHOOKS_OF_WAYS: Final = f"""
SELECT {_WEBHOOK} FROM all_external_transactions AS t JOIN webhook_events AS w
    ON w.connection_id = t.connection_id AND w.payment = t.payment_id
WHERE t.{{subject}} = $1
"""  # noqa: S608
_CHARGES: Final = """
SELECT at, 'LEDGER' AS step, jsonb_build_object('ledger', 'platform', 'kind', kind, 'processor', processor,
    'payment', source_id, 'amount', amount, 'currency', currency, 'fee', fee) AS data
FROM charge_entries WHERE {subject} = $1
"""
_TRANSACTIONS: Final = """
SELECT e.recorded_at AS at, 'LEDGER' AS step, jsonb_build_object('ledger', 'provider', 'kind', e.kind,
    'processor', e.processor, 'connection_id', t.connection_id, 'payment', t.payment_id, 'known_by', t.known_by,
    'amount', e.amount, 'currency', e.currency, 'fee', e.fee, 'commission_ppm', e.commission_ppm,
    'at_source', e.at_source, 'happened_at', e.at) AS data
FROM all_external_transactions AS t JOIN transaction_entries AS e USING (transaction_id) WHERE t.{subject} = $1
"""
_REFUNDS: Final = """
SELECT created_at AS at, 'REFUND' AS step, jsonb_build_object('refund', refund_id, 'processor', processor,
    'connection_id', connection_id, 'payment', payment_id, 'amount', amount, 'currency', currency, 'cause', cause,
    'reason', reason, 'requested_by', requested_by) AS data
FROM way_refunds WHERE {subject} = $1
UNION ALL
SELECT settled_at, 'PROCESSOR_CALL', jsonb_build_object('refund', refund_id, 'processor', processor,
    'connection_id', connection_id, 'outcome', state, 'code', refusal, 'reason', last_error)
FROM way_refunds WHERE {subject} = $1 AND settled_at IS NOT NULL
"""
_BOTH: Final = (_DECISIONS, _WEBHOOKS_OF_WAYS, _CHARGES, _TRANSACTIONS, _REFUNDS)


async def of_order(reader: Reader, order_id: UUID) -> list[LifeStep]:
    """The life of an order's payment; empty when there is no such order."""
    about = [each.format(subject="order_id") for each in _BOTH]
    return await _steps(reader, [_ORDER, _ATTEMPTS, _WEBHOOKS, *about], order_id)


async def of_appointment(reader: Reader, appointment_id: int) -> list[LifeStep]:
    """The life of an appointment's payment; empty when there is no such appointment."""
    about = [each.format(subject="appointment_id") for each in _BOTH]
    return await _steps(reader, [_APPOINTMENT, *about], appointment_id)


async def _steps(reader: Reader, queries: list[str], subject: object) -> list[LifeStep]:
    """By time; what happened at the same moment in the order in which it is asked for."""
    rows = [row for query in queries for row in await reader.fetch(query, subject)]
    found = [LifeStep(at=row["at"], step=row["step"], data=row["data"]) for row in rows]
    return sorted(found, key=lambda each: each.at)
