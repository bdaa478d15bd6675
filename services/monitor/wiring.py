"""The parts of a started monitor, put together once; `route_deps.py` gives routes and pages what they need of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from chassis.clock import Clock
from chassis.database import Database
from chassis.tokens import ServiceTokens, TokenSigner
from config import Brand, Config, EvidenceKind, Vendors
from eventbus import KafkaConnection
from eventbus.hosting import Ground
from eventbus.operation.digest_client import DigestClient
from monitor.accounts.page import LoginPage
from monitor.accounts.passwords import Passwords
from monitor.accounts.service import SignInService
from monitor.alerts.evidence import EvidenceDesk, Gather
from monitor.alerts.service import AlertService
from monitor.alerts.stock import StockAlerts
from monitor.alerts.webhook_evidence import WebhookEvidence
from monitor.dashboards.operations.page import OperationsPage
from monitor.dashboards.operations.service import OperationsBoard
from monitor.examinations.checkout import CheckoutExamination
from monitor.examinations.domain import PaymentCheck
from monitor.health import service as health
from monitor.health.scraping import MergedMetrics
from monitor.health.watch import HealthWatch
from monitor.playbooks.page import PlaybookPages
from monitor.proof.domain import OURSELVES
from monitor.proof.workers import Prover
from monitor.reference.api import ReferencePage
from monitor.settings import MonitorSettings
from monitor.streams.feed import Feed


class Pages:
    """Pages with their files, which are served before the service has started."""

    def __init__(self, brand: Brand, *, vendors: Callable[[], Vendors]) -> None:
        self.login = LoginPage(brand)
        self.operations = OperationsPage(brand)
        self.reference = ReferencePage(brand)
        self.playbooks = PlaybookPages(brand, vendors=vendors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What routes, consumers and workers use.

    database: the monitor's own
    alerts: what may become of an alert
    stock: alerts on stock levels
    sign_in: who may sign in
    board: gathers what the operations board shows
    feed: what happens, as it happens
    watch: what every process says of itself
    """

    database: Database
    alerts: AlertService
    stock: StockAlerts
    sign_in: SignInService
    board: OperationsBoard
    feed: Feed
    watch: HealthWatch


async def put_together(
    settings: MonitorSettings,
    ground: Ground,
    *,
    config: Callable[[], Config],
    watch: HealthWatch,
    metrics: MergedMetrics,
    clock: Clock,
) -> Parts:
    """From the bottom up: what was known of the processes, alerts, sign-in, the board. `config`: what is in force."""
    database, outbox = ground.database, ground.bus.outbox
    ground.closing.push_async_callback(metrics.close)
    await health.load(database, watch.instances)
    signer = TokenSigner(settings.auth_signing_key[0], clock=clock)
    alerts = AlertService(outbox, config=config, clock=clock)
    return Parts(
        database=database,
        alerts=alerts,
        stock=StockAlerts(alerts, config=config),
        sign_in=SignInService(signer=signer, passwords=Passwords(), reports=ground.refusals, clock=clock),
        board=OperationsBoard(database, situation=watch.fresh, metrics=metrics.text, clock=clock),
        feed=Feed(KafkaConnection.from_settings(settings), clock=clock),
        watch=watch,
    )


def prover(settings: MonitorSettings, ground: Ground, *, clock: Clock) -> Prover:
    """Asks the services whose addresses are set whether what must hold does."""
    tokens = ServiceTokens(settings.service_token_key, clock=clock)
    digests = {
        service: DigestClient(service, url, tokens, caller=OURSELVES) for service, url in settings.addresses.items()
    }
    for digest in digests.values():
        ground.closing.push_async_callback(digest.close)
    return Prover(digests, database=ground.database, pace=settings.proof_pace, clock=clock)


def payment_examination(
    settings: MonitorSettings, ground: Ground, *, clock: Clock
) -> Callable[[], Awaitable[Sequence[PaymentCheck]]]:
    """Makes the checks of providers' payments; none where checkout's address is not set."""

    async def none() -> Sequence[PaymentCheck]:
        return ()

    url = settings.addresses.get("checkout")
    if url is None:
        return none
    checkout = CheckoutExamination(url, ServiceTokens(settings.service_token_key, clock=clock), clock=clock)
    ground.closing.push_async_callback(checkout.close)
    return checkout.look


def evidence_desk(settings: MonitorSettings, ground: Ground, *, clock: Clock) -> EvidenceDesk:
    """Who is asked before alerts are raised that carry evidence: checkout, where its address is set."""
    gather: dict[EvidenceKind, Gather] = {}
    if url := settings.addresses.get("checkout"):
        checkout = WebhookEvidence(url, ServiceTokens(settings.service_token_key, clock=clock))
        ground.closing.push_async_callback(checkout.close)
        gather[EvidenceKind.WEBHOOKS] = checkout.lines
    desk = EvidenceDesk(gather, clock=clock)
    ground.closing.push_async_callback(desk.close)
    return desk
