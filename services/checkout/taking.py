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
from checkout.processors.accounts import Credentials
from checkout.processors.port import ExternalProcessor
from checkout.providers.service import Providers
from checkout.routing.service import RoutingService
from checkout.settings import CheckoutSettings
from checkout.takings.paying import AppointmentPaying
from checkout.takings.reaching import WayProcessors
from checkout.takings.service import Takings
from checkout.takings.workers import TakingCare
from checkout.transactions.service import Transactions
from eventbus import Outbox

_POLL: Final = timedelta(seconds=5)
# A buyer waits for each way at most so long, and then for its page to be closed.
_DEADLINE: Final = timedelta(seconds=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingParts:
    """What routes and workers use.

    links: of appointments
    takings: what is known of their payments
    transactions: what providers' accounts took, these and others
    paying: has them paid
    care: goes on where somebody has stopped
    """

    links: AppointmentLinks
    takings: Takings
    transactions: Transactions
    paying: AppointmentPaying
    care: TakingCare


def taking(
    settings: CheckoutSettings,
    *,
    database: Database,
    providers: Providers,
    connections: Connections,
    processors: Mapping[str, ExternalProcessor],
    routing: RoutingService,
    appointments: Appointments,
    outbox: Outbox,
    clock: Clock,
) -> TakingParts:
    """From the bottom up. The platform's own account is called as one whose owner has given us its key."""
    links = AppointmentLinks(settings.ticket_signing_key, public_url=settings.public_url)
    own = Credentials(account_id="", access_token=settings.stripe_secret_key)
    ways = WayProcessors(connections, processors=processors, own=own)
    takings = Takings(routing=routing, appointments=appointments, links=links, ways=ways, clock=clock)
    transactions = Transactions(providers, made_here=takings, outbox=outbox, clock=clock)
    paying = AppointmentPaying(
        takings,
        transactions,
        database=database,
        connections=connections,
        ways=ways,
        breakers=Breakers(clock),
        deadline=_DEADLINE,
        clock=clock,
    )
    care = TakingCare(paying, poll=_POLL)
    return TakingParts(links=links, takings=takings, transactions=transactions, paying=paying, care=care)
