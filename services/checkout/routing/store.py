"""All SQL on routing decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from checkout.routing.domain import (
    CheckedRule,
    Decision,
    EstimatedFees,
    KeptDecision,
    Routed,
    RoutingFault,
    RoutingStep,
    Rule,
    Way,
)

_DECISION: Final = """decision_id, at, provider_id, appointment_id, order_id, amount, currency, decision, processor,
connection_id, rule, cause, why, fallback, processor_fee, commission, asked_by"""


async def add(tx: Transaction, kept: KeptDecision) -> None:
    """Keeps it; where nobody can take the payment, processor and connection are those at fault."""
    routed = kept.routed
    way, fault = routed.way, routed.fault
    await tx.execute(
        f"""
        INSERT INTO routing_decisions ({_DECISION})
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        """,  # noqa: S608
        kept.decision_id,
        kept.at,
        kept.provider_id,
        kept.appointment_id,
        kept.order_id,
        kept.amount,
        kept.currency,
        way.decision.value if way else None,
        way.processor if way else fault and fault.processor,
        way.connection_id if way else fault and fault.connection_id,
        fault and fault.rule.value,
        fault and fault.cause,
        [asdict(rule) for rule in routed.why],
        [asdict(each) for each in routed.fallback],
        kept.fees.processor,
        kept.fees.commission,
        kept.asked_by,
    )


async def get(reader: Reader, decision_id: UUID) -> KeptDecision | None:
    row = await reader.fetchrow(f"SELECT {_DECISION} FROM routing_decisions WHERE decision_id = $1", decision_id)  # noqa: S608
    return _kept(row) if row else None


async def add_step(tx: Transaction, decision_id: UUID, step: RoutingStep) -> None:
    """Steps are only ever appended."""
    await tx.execute(
        """
        INSERT INTO routing_steps (decision_id, at, place, decision, processor, connection_id, step, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        decision_id,
        step.at,
        step.place,
        step.way.decision.value,
        step.way.processor,
        step.way.connection_id,
        step.step,
        step.reason,
    )


async def steps_of(reader: Reader, decision_ids: Sequence[UUID]) -> dict[UUID, list[RoutingStep]]:
    """What was done about decisions, in its order; those about which nothing was are left out."""
    rows = await reader.fetch(
        """
        SELECT decision_id, at, place, decision, processor, connection_id, step, reason FROM routing_steps
        WHERE decision_id = ANY ($1) ORDER BY decision_id, step_id
        """,
        list(decision_ids),
    )
    found: dict[UUID, list[RoutingStep]] = {}
    for row in rows:
        found.setdefault(row["decision_id"], []).append(_step(row))
    return found


async def find(
    reader: Reader,
    *,
    provider_id: int | None,
    since: datetime | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[KeptDecision]:
    """The newest first; of one provider, or of all."""
    moment, decision_id = before or (None, None)
    rows = await reader.fetch(
        f"""
        SELECT {_DECISION} FROM routing_decisions
        WHERE ($1::int IS NULL OR provider_id = $1) AND ($2::timestamptz IS NULL OR at >= $2)
            AND ($3::timestamptz IS NULL OR (at, decision_id) < ($3, $4))
        ORDER BY at DESC, decision_id DESC LIMIT $5
        """,  # noqa: S608
        provider_id,
        since,
        moment,
        decision_id,
        limit,
    )
    return [_kept(row) for row in rows]


async def of_appointment(reader: Reader, appointment_id: int, *, limit: int) -> list[KeptDecision]:
    """The newest decisions of who takes its payment, the oldest of them first."""
    rows = await reader.fetch(
        f"""
        SELECT {_DECISION} FROM routing_decisions WHERE appointment_id = $1 ORDER BY at DESC, decision_id DESC LIMIT $2
        """,  # noqa: S608
        appointment_id,
        limit,
    )
    return [_kept(row) for row in reversed(rows)]


async def touch(reader: Reader, table: str) -> None:
    """Reads a row of one of our tables, if it has any. Raises DatabaseError where it can't be read."""
    await reader.fetchval(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608


def _step(row: Row) -> RoutingStep:
    way = Way(decision=Decision(row["decision"]), processor=row["processor"], connection_id=row["connection_id"])
    return RoutingStep(at=row["at"], place=row["place"], way=way, step=row["step"], reason=row["reason"])


def _kept(row: Row) -> KeptDecision:
    return KeptDecision(
        decision_id=row["decision_id"],
        at=row["at"],
        provider_id=row["provider_id"],
        appointment_id=row["appointment_id"],
        order_id=row["order_id"],
        amount=row["amount"],
        currency=row["currency"],
        routed=_routed(row),
        fees=EstimatedFees(processor=row["processor_fee"], commission=row["commission"]),
        asked_by=row["asked_by"],
    )


def _routed(row: Row) -> Routed:
    whom = {"processor": row["processor"], "connection_id": row["connection_id"]}
    found = row["decision"] is not None
    return Routed(
        way=Way(decision=Decision(row["decision"]), **whom) if found else None,
        fault=None if found else RoutingFault(rule=Rule(row["rule"]), cause=row["cause"], **whom),
        why=tuple(CheckedRule(Rule(each["rule"]), each["outcome"], each["values"]) for each in row["why"]),
        fallback=tuple(Way(**{**each, "decision": Decision(each["decision"])}) for each in row["fallback"]),
    )
