"""The parts that have appointments paid, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from checkout.appointments.service import Appointments
from checkout.appointments.tokens import AppointmentLinks
from checkout.connections.breaking import Breakers
from checkout.connections.service import Connections
from checkout.payments.afterwards import Afterwards
from checkout.payments.processors.port import Processor
from checkout.payments.service import PaymentService
from checkout.processors.accounts import Credentials
from checkout.processors.port import ExternalProcessor
from checkout.processors.stripe_backs import StripeBacks
from checkout.providers.service import Providers
from checkout.purchases.paid_outside import OrdersPaidOutside, OutsideLedger
from checkout.purchases.trouble_outside import LookedOutside, TroubleOutside
from checkout.purchases.ways import OrderWays
from checkout.routing.reaching import WayProcessors
from checkout.routing.service import RoutingService
from checkout.settings import CheckoutSettings
from checkout.takings.deeds import AppointmentDeeds
from checkout.takings.odd import OddPayments
from checkout.takings.paying import AppointmentPaying
from checkout.takings.refunding import AppointmentRefunds
from checkout.takings.service import Takings
from checkout.takings.settling import Settling
from checkout.takings.watching import WayWatch
from checkout.takings.workers import TakingCare
from checkout.transactions.service import Transactions
from checkout.wayrefunds.giving import WayRefunding
from checkout.wayrefunds.looking import PlatformLooks
from checkout.wayrefunds.platform import PlatformBacks
from checkout.wayrefunds.service import WayRefunds
from checkout.wayrefunds.workers import WayRefundCare
from eventbus import Outbox

_POLL: Final = timedelta(seconds=5)
# A buyer waits for each way at most so long, and then for its page to be closed.
_DEADLINE: Final = timedelta(seconds=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingParts:
    """What routes and workers use.

    links: of appointments
    reach: the processor of each way
    watch: notes what calls there come to
    order_ways: who takes the payments of orders
    outside: what we find out of payments of orders at providers' processors
    takings: what is known of their payments
    settling: what their money means for appointments
    transactions: what providers' accounts took, these and others
    paying: has them paid
    care: goes on where somebody has stopped
    refunds: of what was taken, by whichever way
    refunding: has them made
    refund_care: goes on with them
    platform_backs: follow what went back of the platform's own payments of appointments
    platform_looks: ask for that
    backs: payments of appointments that go back
    deeds: what people do about appointments and their money
    """

    links: AppointmentLinks
    reach: WayProcessors
    watch: WayWatch
    order_ways: OrderWays
    outside: OutsideLedger
    takings: Takings
    settling: Settling
    transactions: Transactions
    paying: AppointmentPaying
    care: TakingCare
    refunds: WayRefunds
    refunding: WayRefunding
    refund_care: WayRefundCare
    platform_backs: PlatformBacks
    platform_looks: PlatformLooks
    backs: AppointmentRefunds
    deeds: AppointmentDeeds


def taking(
    settings: CheckoutSettings,
    *,
    database: Database,
    providers: Providers,
    connections: Connections,
    processors: Mapping[str, ExternalProcessor],
    routing: RoutingService,
    appointments: Appointments,
    links: AppointmentLinks,
    payments: PaymentService,
    afterwards: Afterwards,
    platform: Processor,
    lists: StripeBacks,
    outbox: Outbox,
    clock: Clock,
) -> TakingParts:
    """From the bottom up. For appointments our own account is called as one whose owner has given us its key.

    lists: what went back of payments of our own account
    """
    own = Credentials(account_id="", access_token=settings.stripe_secret_key)
    ways = WayProcessors(connections, processors=processors, own=own)
    refunds = WayRefunds(
        processors,
        appointment=appointments.details,
        looked=LookedOutside(afterwards),
        outbox=outbox,
        clock=clock,
    )
    settling = Settling(appointments, OddPayments(refunds, outbox=outbox, clock=clock), clock=clock)
    takings = Takings(
        routing=routing,
        appointments=appointments,
        links=links,
        ways=ways,
        settling=settling,
        clock=clock,
    )
    order_ways = OrderWays(routing=routing, reach=ways, own=platform)
    orders = OrdersPaidOutside(payments, afterwards, order_ways, refunds, live_mode=settings.stripe_livemode)
    transactions = Transactions(
        providers,
        made_here=(takings, orders),
        trouble=TroubleOutside(afterwards, refunds),
        outbox=outbox,
        clock=clock,
    )
    watch = WayWatch(database=database, connections=connections, breakers=Breakers(clock))
    paying = AppointmentPaying(
        takings,
        transactions,
        database=database,
        ways=ways,
        watch=watch,
        deadline=_DEADLINE,
        clock=clock,
    )
    platform_backs = PlatformBacks(refunds, outbox=outbox, clock=clock)
    refunding = WayRefunding(
        refunds,
        transactions,
        database=database,
        connections=connections,
        ways=ways,
        backs=platform_backs,
        lists=lists,
        deadline=_DEADLINE,
        clock=clock,
    )
    backs = AppointmentRefunds(refunds)
    return TakingParts(
        links=links,
        reach=ways,
        watch=watch,
        order_ways=order_ways,
        outside=OutsideLedger(transactions, orders),
        takings=takings,
        settling=settling,
        transactions=transactions,
        paying=paying,
        care=TakingCare(paying, poll=_POLL),
        refunds=refunds,
        refunding=refunding,
        refund_care=WayRefundCare(refunding, poll=_POLL),
        platform_backs=platform_backs,
        platform_looks=PlatformLooks(platform_backs, lists=lists, database=database, poll=_POLL),
        backs=backs,
        deeds=AppointmentDeeds(appointments, backs, refunding, database=database),
    )
