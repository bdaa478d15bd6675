"""Begins comparisons, and keeps what people say about them. Each use case takes the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Transaction
from chassis.ids import uuid7
from chassis.telemetry import get_logger
from checkout.reconciliation import difference_store, store
from checkout.reconciliation.accounts import Accounts
from checkout.reconciliation.detectors.detector import Detector, Reach
from checkout.reconciliation.domain import OWN, ReconciliationAction, Run, RunState, Scope
from checkout.reconciliation.errors import NotHeld, UnknownAccount, UnknownDifference, UnknownReconciliation

log = get_logger()


class Reconciliation:
    """Use cases about runs, and about what they have found."""

    def __init__(self, *, detectors: Sequence[Detector], accounts: Accounts, clock: Clock) -> None:
        self._detectors = detectors
        self._accounts = accounts
        self._clock = clock

    async def start(
        self,
        tx: Transaction,
        scope: Scope,
        *,
        account: str | None = None,
        dry_run: bool = False,
        agreed: bool = False,
        actor: Actor,
        by_person: bool = True,
    ) -> Run:
        """`agreed`: to however many repairs. Raises UnknownAccount."""
        if account is not None and not self._accounts.may_be(account):
            raise UnknownAccount
        run = Run(
            run_id=uuid7(),
            scope=scope,
            account=account,
            dry_run=dry_run,
            started_by=actor.name,
            by_person=by_person,
            agreed=agreed,
            state=RunState.READING,
            started_at=self._clock.now(),
        )
        await store.insert(tx, run, self._parts(run))
        if by_person:
            await audit.record(
                tx,
                ReconciliationAction.STARTED,
                actor=actor,
                target=audit.target("reconciliation", run.run_id),
                after={"scope": scope.word, "since": str(scope.since), "account": account, "dry_run": dry_run},
            )
        return run

    async def agree(self, tx: Transaction, run_id: UUID, *, actor: Actor) -> None:
        """A person wants all repairs of a run that waits for that. Raises UnknownReconciliation or NotHeld."""
        if await store.get(tx, run_id) is None:
            raise UnknownReconciliation
        if not await store.agree(tx, run_id):
            raise NotHeld
        counts = await difference_store.counts(tx, run_id)
        await audit.record(
            tx,
            ReconciliationAction.CONFIRMED,
            actor=actor,
            target=audit.target("reconciliation", run_id),
            after={"repairs": counts.left},
        )

    async def close(self, tx: Transaction, difference_id: UUID, *, reason: str, actor: Actor) -> None:
        """A person has dealt with a difference: it is not found again. Raises UnknownDifference."""
        kept = await difference_store.get_open(tx, difference_id)
        if kept is None:
            raise UnknownDifference
        await difference_store.close(tx, kept, by=actor.name, reason=reason)
        await audit.record(
            tx,
            ReconciliationAction.CLOSED,
            actor=actor,
            target=audit.target("difference", difference_id),
            before={"kind": kept.difference.kind, "subject": kept.difference.subject},
            reason=reason,
        )

    def _parts(self, run: Run) -> list[tuple[str, str]]:
        """What belongs to us alone is looked at last: what was found before that may be on its way."""
        asked = [each for each in self._detectors if each.wants(run.scope)]
        accounts = self._accounts.own if run.account is None else (run.account,)
        reaches = self._reaches(run.account)
        theirs = [(account, each.name) for account in accounts for each in asked if each.reach in reaches]
        return theirs + [(OWN, each.name) for each in asked if each.reach is Reach.OURS]

    def _reaches(self, account: str | None) -> frozenset[Reach]:
        """Where is looked when all accounts are meant, only our own, or only one that is connected to it."""
        if account is None:
            return frozenset({Reach.CONNECTED, Reach.EACH, Reach.OWN})
        return frozenset({Reach.EACH, Reach.OWN} if self._accounts.is_own(account) else {Reach.EACH})
