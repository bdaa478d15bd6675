"""The parts of commission, put together: what makes collections, takes them, and hears of their invoices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.http_client import VendorClient
from checkout.commission.back_looking import CollectionLooks
from checkout.commission.collecting import Collecting
from checkout.commission.debiting import Debiting
from checkout.commission.debits import StripeDebits
from checkout.commission.invoice_backs import StripeInvoiceBacks
from checkout.commission.invoices import StripeInvoices
from checkout.commission.invoicing import Invoicing
from checkout.commission.lost_reading import LostCollections, LostDebitReading, LostInvoiceReading
from checkout.commission.messages import CollectionMessages
from checkout.commission.returning import Returning
from checkout.commission.service import Collections
from checkout.commission.webhook_handlers import CollectionHandlers
from checkout.commission.workers import Collector
from checkout.external import installation_mark
from checkout.polls.reading import Reading
from checkout.processors.stripe_backs import StripeBacks
from checkout.processors.stripe_calls import StripeConnectCalls
from checkout.settings import CheckoutSettings
from eventbus import Outbox
from eventbus.hosting import Ground

# New collections wake the worker themselves.
_POLL: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectingParts:
    """What `hybrid.py` takes of it.

    collections: the use cases
    collecting: makes those that are due
    collector: takes them
    looks: ask what went back of them
    handlers: hear of their invoices
    lost: read what a backup has forgotten of them
    """

    collections: Collections
    collecting: Collecting
    collector: Collector
    looks: CollectionLooks
    handlers: CollectionHandlers
    lost: Sequence[Reading]


def collecting_parts(
    settings: CheckoutSettings, ground: Ground, *, lists: StripeBacks, outbox: Outbox, clock: Clock
) -> CollectingParts:
    """By our own account at Stripe, which debits those that are connected to it and sends the others invoices.

    lists: what went back of payments of our own account
    """
    client = VendorClient("stripe", settings.stripe_api_url)
    ground.closing.push_async_callback(client.close)
    calls = StripeConnectCalls(client, secret_key=settings.stripe_secret_key, clock=clock)
    mark = installation_mark(settings)
    messages = CollectionMessages(outbox=outbox, clock=clock)
    collections = Collections(messages, mark=mark, clock=clock)
    looks = CollectionLooks(
        Returning(messages),
        database=ground.database,
        invoices=StripeInvoiceBacks(calls),
        lists=lists,
        poll=_POLL,
    )
    debits, invoices = StripeDebits(calls), StripeInvoices(calls, days=settings.commission_invoice_days)
    debiting = Debiting(collections, database=ground.database, debits=debits)
    collector = Collector(
        collections,
        database=ground.database,
        debiting=debiting,
        invoicing=Invoicing(
            collections,
            database=ground.database,
            invoices=invoices,
            debiting=debiting,
            clock=clock,
        ),
        poll=_POLL,
    )
    lost = LostCollections(ground.database, mark=mark)
    return CollectingParts(
        collections=collections,
        collecting=Collecting(collections, database=ground.database, wake=collector.due.wake, clock=clock),
        collector=collector,
        looks=looks,
        handlers=CollectionHandlers(wake=collector.due.wake, looks=looks),
        lost=(
            LostDebitReading(lost, debits=debits, clock=clock),
            LostInvoiceReading(lost, invoices=invoices, clock=clock),
        ),
    )
