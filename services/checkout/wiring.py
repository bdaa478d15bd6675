"""The parts of a started checkout, put together once; `route_deps.py` gives routes and pages what they need of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.http_client import VendorClient
from chassis.rates import RateLimit
from chassis.tickets import TicketSigner
from chassis.tokens import ServiceTokens
from checkout.blocks.marks import Marks
from checkout.blocks.memory import BlockMemory
from checkout.blocks.service import Blocks
from checkout.catalogue.memory import CatalogueMemory
from checkout.cityrefunds.service import CityRefunds
from checkout.cityrefunds.workers import CityRefundWorker
from checkout.customers.changing import CustomerChanges
from checkout.customers.checking import CustomerChecks
from checkout.customers.service import Customers
from checkout.customers.wishes import ChangeWishes
from checkout.endpoints.replaying import Replaying
from checkout.feedback.service import FeedbackService
from checkout.grants.giving import Grants
from checkout.hybrid import hybrid
from checkout.maintenance.memory import MaintenanceMemory
from checkout.maintenance.service import MaintenanceService
from checkout.moves.moving import Moves
from checkout.orders.corrections import Corrections
from checkout.orders.messages import OrderMessages
from checkout.orders.service import OrderService
from checkout.orders.tokens import OrderTokens
from checkout.orders.watch import OrderWatch
from checkout.parts import Parts
from checkout.passes.service import PassService
from checkout.passes.tokens import PassLinks
from checkout.paying import durations, examination, payment_pages, stripe
from checkout.payments.adoption import Adoption
from checkout.payments.afterwards import Afterwards
from checkout.payments.completion import Completion
from checkout.payments.processors.port import Processor
from checkout.payments.processors.stripe_desk import StripeDesk
from checkout.payments.service import PaymentService
from checkout.payments.webhook_handlers import StripeHandlers
from checkout.polls.lost import LostSessionReading, LostWebhookReading
from checkout.polls.pending import PendingPayments
from checkout.polls.reading import SessionReading, WebhookReading
from checkout.polls.workers import Polls
from checkout.purchases.buyers import BuyerLimits
from checkout.purchases.cancelling import Cancelling
from checkout.purchases.claims import Claims
from checkout.purchases.holding import Holding
from checkout.purchases.purchase import Purchase
from checkout.purchases.sweeper import Sweeper
from checkout.purchases.turns import Turns
from checkout.reconciliation.accounts import Accounts
from checkout.reconciling import reconciling
from checkout.refunds.own import OwnRefunds
from checkout.refunds.service import RefundService
from checkout.refunds.workers import RefundSender
from checkout.seats.inventory import InventoryClient
from checkout.seats.stock import StockCopy
from checkout.settings import CheckoutSettings
from checkout.support.service import Support
from checkout.tickets.service import Tickets
from checkout.tickets.transferring import Transfers
from checkout.waitlist.client import WaitlistClient
from checkout.webhooks.refusals import Refusals
from checkout.webhooks.secrets_used import SecretsUsed
from checkout.webhooks.service import WebhookInbox
from checkout.webhooks.sources import Registration
from checkout.webhooks.workers import WebhookWorker
from config import Abuse, Fees
from eventbus.hosting import Ground

INVENTORY_DEADLINE: Final = timedelta(seconds=3)
SWEEP_DEADLINE: Final = timedelta(seconds=20)


def put_together(
    settings: CheckoutSettings,
    ground: Ground,
    *,
    tokens: OrderTokens,
    links: PassLinks,
    rules: Callable[[], Abuse],
    fees: Callable[[], Fees],
    confirmed: Callable[[], bool],
    language: str,
    clock: Clock,
) -> Parts:
    """From the bottom up: catalogue, orders, payments, purchases, webhooks. `rules`: see Blocks.

    fees: those of fees.yaml, as they are now
    confirmed: whether buyers are sent confirmations
    language: in which a buyer is written to whose order somebody else has made
    """
    database, outbox = ground.database, ground.bus.outbox
    memory, maintenance = CatalogueMemory(database), MaintenanceMemory(database, clock=clock)
    signer = TicketSigner(settings.ticket_signing_key[0])
    messages = OrderMessages(tokens)
    orders = OrderService(outbox=outbox, messages=messages, signer=signer, clock=clock)
    corrections = Corrections(outbox=outbox, messages=messages, signer=signer, clock=clock)
    marks = Marks(settings.service_token_key[0].get_secret_value().encode())
    blocked = BlockMemory(database, clock)
    blocks = Blocks(marks, rules=rules, changed=blocked.forget, outbox=outbox, clock=clock)
    payments = PaymentService(orders=orders, blocks=blocks, fees=fees, outbox=outbox, clock=clock)
    processor = stripe(settings, ground, clock=clock)
    inventory = VendorClient("inventory", settings.inventory_url, internal=True)
    ground.closing.push_async_callback(inventory.close)
    tokens_of_ours = ServiceTokens(settings.service_token_key, clock=clock)
    waitlist = WaitlistClient(inventory, tokens_of_ours, deadline=INVENTORY_DEADLINE)
    seats = InventoryClient(
        inventory,
        tokens_of_ours,
        deadline=INVENTORY_DEADLINE,
        patience=settings.inventory_patience,
    )
    afterwards = Afterwards(orders=orders, refunds=OwnRefunds(outbox=outbox, clock=clock), outbox=outbox, clock=clock)
    hybrid_parts = hybrid(
        settings, ground, fees=fees, payments=payments, afterwards=afterwards, platform=processor, clock=clock
    )
    pages = payment_pages(
        settings,
        hybrid_parts.taking,
        database=database,
        own=processor,
        payments=payments,
        seats=seats,
        tokens=tokens,
        clock=clock,
    )
    turns = Turns(
        database=database,
        memory=memory,
        processor=processor,
        pages=pages,
        tokens=tokens,
        durations=durations(settings),
        public_url=settings.public_url,
        clock=clock,
    )
    purchase = Purchase(
        database=database,
        memory=memory,
        orders=orders,
        payments=payments,
        holding=Holding(seats=seats, waitlist=waitlist, public_url=settings.public_url),
        processor=processor,
        pages=pages,
        ways=hybrid_parts.taking.order_ways,
        maintenance=maintenance,
        limits=BuyerLimits(
            open_seats=settings.open_seats_per_buyer,
            per_minute=RateLimit(settings.purchases_per_email_per_minute, clock=clock),
            marks=marks,
            blocks=blocks,
            blocked=blocked,
        ),
        claims=Claims(database=database, seats=seats, lease=settings.checkout_lease, clock=clock),
        tokens=tokens,
        facts=ground.bus.facts,
        turns=turns,
        durations=durations(settings),
        live_mode=settings.stripe_livemode,
        clock=clock,
    )
    ground.closing.push_async_callback(turns.stop)
    sweeper = Sweeper(
        database=database,
        payments=payments,
        pages=pages,
        seats=seats,
        lease=settings.checkout_lease,
        deadline=SWEEP_DEADLINE,
        poll=settings.checkout_sweep,
        clock=clock,
    )
    refunding = RefundService(
        orders=orders, ways=hybrid_parts.taking.refunds, afterwards=afterwards, outbox=outbox, clock=clock
    )
    by_ways, poll = hybrid_parts.taking.refunding, settings.checkout_sweep
    refunds = RefundSender(refunding, by_ways, database=database, processors=[processor], poll=poll)
    city_refunds = CityRefunds(orders=orders, refunds=refunding)
    adoption = Adoption(
        memory=memory, orders=orders, live_mode=settings.stripe_livemode, language=language, clock=clock
    )
    completion = Completion(payments=payments, adoption=adoption)
    handlers = StripeHandlers(
        payments=payments,
        completion=completion,
        afterwards=afterwards,
        appointments=hybrid_parts.taking.settling,
        others=(hybrid_parts.taking.platform_looks, hybrid_parts.collected.looks),
        outbox=outbox,
        clock=clock,
    )
    table = {**handlers.table(), **hybrid_parts.collected.handlers.table()}
    webhooks = WebhookWorker(
        database=database,
        registered=[Registration(source=processor, handlers=table), *hybrid_parts.webhooks],
        outbox=outbox,
        clock=clock,
    )
    desk = StripeDesk(processor)
    inbox = WebhookInbox(database, clock=clock, wake=webhooks.due.wake)
    processors: dict[str, Processor] = {processor.name: processor}
    session_reading = SessionReading(
        database=database, processors=processors, pages=pages, patience=settings.checkout_poll, clock=clock
    )
    webhook_reading = WebhookReading(processors=processors, inbox=inbox, patience=settings.checkout_poll, clock=clock)
    lost_sessions = LostSessionReading(database=database, processors=processors, payments=payments, clock=clock)
    lost_webhooks = LostWebhookReading(database=database, processors=processors, inbox=inbox, clock=clock)
    refusals = Refusals(database, clock=clock)
    ground.closing.push_async_callback(refusals.close)
    secrets_used = SecretsUsed(database, clock=clock)
    ground.closing.push_async_callback(secrets_used.close)
    passes = PassService(outbox=outbox, links=links, keys=settings.ticket_signing_key, clock=clock)
    compared = reconciling(
        settings,
        database=database,
        accounts=Accounts(processors, desk),
        pages=pages,
        completion=completion,
        afterwards=afterwards,
        corrections=corrections,
        passes=passes,
        messages=messages,
        inbox=inbox,
        outbox=outbox,
        confirmed=confirmed,
        clock=clock,
    )
    checks = CustomerChecks(compared.runs, wake=compared.worker.due.wake, clock=clock)
    return Parts(
        database=database,
        memory=memory,
        maintenance=maintenance,
        pausing=MaintenanceService(outbox=outbox, clock=clock),
        blocks=blocks,
        watch=OrderWatch(database),
        purchase=purchase,
        pages=pages,
        cancelling=Cancelling(database=database, orders=orders, payments=payments, pages=pages),
        sweeper=sweeper,
        polls=Polls(
            [session_reading, webhook_reading, lost_sessions, lost_webhooks, *hybrid_parts.collected.lost],
            database=database,
            pace=settings.checkout_poll,
        ),
        reconciliation=compared.runs,
        reconciliation_worker=compared.worker,
        pending=PendingPayments(database=database, processors=processors, reading=session_reading, pages=pages),
        refunding=refunding,
        refunds=refunds,
        city_refunds=city_refunds,
        city_refund_worker=CityRefundWorker(city_refunds, database=database, poll=settings.checkout_sweep),
        processor=processor,
        moves=Moves(database=database, memory=memory, corrections=corrections, seats=seats),
        tickets=Tickets(corrections=corrections, clock=clock),
        transfers=Transfers(memory=memory, corrections=corrections, clock=clock),
        passes=passes,
        grants=Grants(
            database=database,
            memory=memory,
            orders=orders,
            payments=payments,
            seats=seats,
            processor=processor,
            live_mode=settings.stripe_livemode,
            language=language,
            clock=clock,
        ),
        hybrid=hybrid_parts,
        changes=CustomerChanges(corrections=corrections),
        wishes=ChangeWishes(
            corrections=corrections,
            secrets=settings.service_token_key,
            outbox=outbox,
            public_url=settings.public_url,
            clock=clock,
        ),
        customers=Customers(
            secrets=settings.service_token_key, outbox=outbox, public_url=settings.public_url, clock=clock
        ),
        checks=checks,
        stock=StockCopy(inventory, clock=clock),
        waitlist=waitlist,
        inbox=inbox,
        refusals=refusals,
        secrets_used=secrets_used,
        examination=examination(settings, ground, desk, clock=clock),
        replaying=Replaying(database=database, desk=desk, inbox=inbox),
        reports=ground.refusals,
        webhooks=webhooks,
        facts=ground.bus.facts,
        feedback=FeedbackService(outbox=outbox, clock=clock),
        support=Support(checks=checks, outbox=outbox, clock=clock),
    )
