"""What compares processors with what we have: detectors, repairs, and who goes on with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chassis.clock import Clock
from chassis.database import Database
from checkout.orders.corrections import Corrections
from checkout.orders.messages import OrderMessages
from checkout.passes.service import PassService
from checkout.payments.afterwards import Afterwards
from checkout.payments.completion import Completion
from checkout.purchases.sessions import PaymentPages
from checkout.reconciliation.accounts import Accounts
from checkout.reconciliation.detectors.accounts import AccountDetector
from checkout.reconciliation.detectors.movements import MovementDetector
from checkout.reconciliation.detectors.orders import OrderDetector
from checkout.reconciliation.detectors.sessions import SessionDetector
from checkout.reconciliation.detectors.waiting import WaitingDetector
from checkout.reconciliation.detectors.webhooks import WebhookDetector
from checkout.reconciliation.domain import About
from checkout.reconciliation.engine import ReconciliationEngine
from checkout.reconciliation.outcomes import Outcomes
from checkout.reconciliation.repairs.money import DisputeRepair, RefundRepair
from checkout.reconciliation.repairs.orders import OrderRepair
from checkout.reconciliation.repairs.repair import Repair
from checkout.reconciliation.repairs.sessions import SessionRepair
from checkout.reconciliation.repairs.webhooks import WebhookRepair
from checkout.reconciliation.service import Reconciliation
from checkout.reconciliation.workers import ReconciliationWorker
from checkout.settings import CheckoutSettings
from checkout.webhooks.service import WebhookInbox
from eventbus import Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciling:
    """What `wiring.py` takes of it.

    runs: begins them
    worker: goes on with them
    """

    runs: Reconciliation
    worker: ReconciliationWorker


def reconciling(
    settings: CheckoutSettings,
    *,
    database: Database,
    accounts: Accounts,
    pages: PaymentPages,
    completion: Completion,
    afterwards: Afterwards,
    corrections: Corrections,
    passes: PassService,
    messages: OrderMessages,
    inbox: WebhookInbox,
    outbox: Outbox,
    confirmed: Callable[[], bool],
    clock: Clock,
) -> Reconciling:
    """`confirmed`: whether buyers are sent confirmations at all."""
    longest, patience = settings.checkout_session, settings.checkout_poll
    detectors = (
        AccountDetector(accounts),
        SessionDetector(database=database, accounts=accounts, longest=longest, patience=patience, clock=clock),
        MovementDetector(database=database, accounts=accounts, longest=longest, patience=patience),
        WebhookDetector(database=database, accounts=accounts, patience=patience, clock=clock),
        WaitingDetector(database=database, accounts=accounts, longest=longest),
        OrderDetector(database=database, confirmed=confirmed, clock=clock),
    )
    repairs: dict[About, Repair[Any]] = {
        About.SESSION: SessionRepair(
            database=database, accounts=accounts, pages=pages, completion=completion, clock=clock
        ),
        About.PAYMENT: RefundRepair(database=database, accounts=accounts, afterwards=afterwards),
        About.DISPUTE: DisputeRepair(database=database, accounts=accounts, afterwards=afterwards),
        About.WEBHOOK: WebhookRepair(database=database, accounts=accounts, inbox=inbox),
        About.ORDER: OrderRepair(
            database=database, corrections=corrections, passes=passes, messages=messages, confirmed=confirmed
        ),
    }
    engine = ReconciliationEngine(
        database=database,
        detectors=detectors,
        repairs=repairs,
        outcomes=Outcomes(outbox=outbox, clock=clock),
        clock=clock,
    )
    return Reconciling(
        runs=Reconciliation(detectors=detectors, accounts=accounts, clock=clock),
        worker=ReconciliationWorker(engine, database=database, poll=settings.checkout_sweep),
    )
