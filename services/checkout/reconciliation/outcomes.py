"""Tells what came of differences: as events, and of what was mended in the audit."""

from __future__ import annotations

from typing import Any, Final

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Transaction
from checkout.reconciliation.difference_store import KeptDifference
from checkout.reconciliation.domain import DifferenceState, ReconciliationAction, Run, RunPart, Settlement
from eventbus import Outbox
from events import UNREADABLE, OrderId, ReconciliationFailed, ReconciliationRepaired

# Who mends where no person has asked for it, as the audit names it.
BY_ITSELF: Final = "reconciliation"


class Outcomes:
    """Each in the transaction that keeps it."""

    def __init__(self, *, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock

    async def settled(self, tx: Transaction, run: Run, kept: KeptDifference, settlement: Settlement) -> None:
        """What a person has to do is told once, however often it is found again."""
        if settlement.state is DifferenceState.REPAIRED:
            await self._repaired(tx, run, kept)
        elif settlement.state is DifferenceState.PERSON and kept.state is DifferenceState.FOUND and not kept.known:
            failed = ReconciliationFailed(
                **self._facts(kept),
                cause=kept.difference.kind,
                reason=settlement.reason,
                command=settlement.command,
            )
            await self._outbox.publish(tx, failed)

    async def unreadable(self, tx: Transaction, part: RunPart, reason: str) -> None:
        """Nothing is known of what stands there."""
        failed = ReconciliationFailed(
            run_id=part.run_id,
            account=part.account,
            subject="",
            occurred_at=self._clock.now(),
            cause=UNREADABLE,
            reason=f"{part.detector}: {reason}",
        )
        await self._outbox.publish(tx, failed)

    async def _repaired(self, tx: Transaction, run: Run, kept: KeptDifference) -> None:
        await audit.record(
            tx,
            ReconciliationAction.REPAIRED,
            actor=Actor(name=run.started_by if run.by_person else BY_ITSELF),
            target=_target(kept),
            after={"kind": kept.difference.kind, "run": str(run.run_id), **kept.difference.evidence},
        )
        repaired = ReconciliationRepaired(
            **self._facts(kept), kind=kept.difference.kind, paid_at=kept.difference.paid_at
        )
        await self._outbox.publish(tx, repaired)

    def _facts(self, kept: KeptDifference) -> dict[str, Any]:
        difference = kept.difference
        return {
            "run_id": kept.run_id,
            "account": difference.account,
            "subject": difference.subject,
            "order_id": OrderId(difference.order_id) if difference.order_id else None,
            "occurred_at": self._clock.now(),
        }


def _target(kept: KeptDifference) -> str:
    difference = kept.difference
    if difference.order_id is not None:
        return audit.target("order", difference.order_id)
    return audit.target("difference", difference.difference_id)
