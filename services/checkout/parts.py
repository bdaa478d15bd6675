"""What a started checkout works with; `wiring.py` makes it."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.database import Database
from chassis.refusals import RefusalReports
from checkout.blocks.service import Blocks
from checkout.catalogue.memory import CatalogueMemory
from checkout.cityrefunds.service import CityRefunds
from checkout.cityrefunds.workers import CityRefundWorker
from checkout.customers.changing import CustomerChanges
from checkout.customers.checking import CustomerChecks
from checkout.customers.service import Customers
from checkout.customers.wishes import ChangeWishes
from checkout.endpoints.replaying import Replaying
from checkout.endpoints.service import Examination
from checkout.feedback.service import FeedbackService
from checkout.grants.giving import Grants
from checkout.hybrid import HybridParts
from checkout.maintenance.memory import MaintenanceMemory
from checkout.maintenance.service import MaintenanceService
from checkout.moves.moving import Moves
from checkout.orders.watch import OrderWatch
from checkout.passes.service import PassService
from checkout.payments.processors.port import Processor
from checkout.polls.pending import PendingPayments
from checkout.polls.workers import Polls
from checkout.purchases.cancelling import Cancelling
from checkout.purchases.purchase import Purchase
from checkout.purchases.sessions import PaymentPages
from checkout.purchases.sweeper import Sweeper
from checkout.reconciliation.service import Reconciliation
from checkout.reconciliation.workers import ReconciliationWorker
from checkout.refunds.service import RefundService
from checkout.refunds.workers import RefundSender
from checkout.seats.stock import StockCopy
from checkout.support.service import Support
from checkout.tickets.service import Tickets
from checkout.tickets.transferring import Transfers
from checkout.waitlist.client import WaitlistClient
from checkout.webhooks.refusals import Refusals
from checkout.webhooks.secrets_used import SecretsUsed
from checkout.webhooks.service import WebhookInbox
from checkout.webhooks.workers import WebhookWorker
from eventbus import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What routes, pages and workers use.

    database: checkout's own
    memory: the catalogue as this process keeps it
    maintenance: whether purchases pause, as this process keeps it
    pausing: begins and ends the pause
    blocks: blocks buyers and lets them go
    watch: tells open streams that their order has moved
    purchase: the use case behind C-1
    pages: payment pages, opened and closed
    cancelling: ends orders that nobody has paid for
    sweeper: what crashes and time leave to do
    polls: reads the processor's lists for what no webhook has told
    pending: asks about each payment that is not settled
    reconciliation: begins comparisons with what processors say
    reconciliation_worker: goes on with them
    refunding: takes what people want to be given back
    refunds: gives back what is due
    city_refunds: takes refunds of whole cities
    city_refund_worker: asks for the refunds of their orders
    processor: who takes the money of new orders
    moves: takes orders to other seats
    tickets: makes tickets void, and has them sent again
    transfers: gives tickets to somebody else
    passes: grants and uses passes
    grants: what staff give by hand
    hybrid: who takes the payments of providers
    customers: find their purchases
    checks: look for what customers have paid and do not have
    changes: make an order somebody else's
    wishes: what buyers want to be different on their orders
    stock: a copy of inventory's public stock, for pages
    waitlist: who waits for seats, as inventory keeps it
    inbox: where webhooks are stored
    secrets_used: notes which secrets webhooks are signed with
    examination: looks whether webhooks reach us
    replaying: has events of the processor handled that were not
    refusals: counts the requests that were refused
    reports: tells of refused attempts, each kind once in a while
    webhooks: hands them to their handlers
    facts: tells what may be lost
    feedback: takes what buyers say of a purchase
    support: takes customers' calls for help
    """

    database: Database
    memory: CatalogueMemory
    maintenance: MaintenanceMemory
    pausing: MaintenanceService
    blocks: Blocks
    watch: OrderWatch
    purchase: Purchase
    pages: PaymentPages
    cancelling: Cancelling
    sweeper: Sweeper
    polls: Polls
    pending: PendingPayments
    reconciliation: Reconciliation
    reconciliation_worker: ReconciliationWorker
    refunding: RefundService
    refunds: RefundSender
    city_refunds: CityRefunds
    city_refund_worker: CityRefundWorker
    processor: Processor
    moves: Moves
    tickets: Tickets
    transfers: Transfers
    passes: PassService
    grants: Grants
    hybrid: HybridParts
    customers: Customers
    checks: CustomerChecks
    changes: CustomerChanges
    wishes: ChangeWishes
    stock: StockCopy
    waitlist: WaitlistClient
    inbox: WebhookInbox
    secrets_used: SecretsUsed
    examination: Examination
    replaying: Replaying
    refusals: Refusals
    reports: RefusalReports
    webhooks: WebhookWorker
    facts: Facts
    feedback: FeedbackService
    support: Support

    async def renew(self) -> None:
        """Reads again what this process keeps of the database."""
        await self.memory.refresh()
        await self.maintenance.refresh()
        await self.hybrid.memory.refresh()
