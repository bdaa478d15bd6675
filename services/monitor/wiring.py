"""The parts of a started monitor, put together once, and what its routes get of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chassis.clock import Clock
from chassis.database import Database
from chassis.http.deps import provide
from chassis.tokens import ServiceTokens, TokenSigner
from config import Brand, Config, Vendors
from eventbus import KafkaConnection
from eventbus.admin import job_desk
from eventbus.hosting import Ground
from eventbus.operation.digest_client import DigestClient
from monitor.accounts.api import SignInDeps
from monitor.accounts.page import LoginDeps, LoginPage
from monitor.accounts.passwords import Passwords
from monitor.accounts.service import SignInService
from monitor.accounts.sign_in import SignInFlow
from monitor.alerts.api import AlertDeps
from monitor.alerts.deeds import AlertDeeds
from monitor.alerts.service import AlertService
from monitor.alerts.stock import StockAlerts
from monitor.dashboards.operations.api import OperationsDeps
from monitor.dashboards.operations.page import OperationsPage, OperationsPageDeps
from monitor.dashboards.operations.service import OperationsBoard
from monitor.health import service as health
from monitor.health.api import HealthDeps
from monitor.health.scraping import MergedMetrics
from monitor.health.watch import HealthWatch
from monitor.jobs.api import AllJobsDeps
from monitor.jobs.gathering import Ask, JobClient
from monitor.monitoring.api import MonitoringDeps
from monitor.monitoring.stock import StockReport
from monitor.playbooks.page import PlaybookDeps, PlaybookPages
from monitor.proof.api import ProofDeps
from monitor.proof.domain import OURSELVES
from monitor.proof.workers import Prover
from monitor.reference.api import ReferenceDeps, ReferencePage
from monitor.settings import MonitorSettings
from monitor.streams.api import StreamDeps
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


def provide_deps(
    ground: Ground,
    parts: Parts,
    *,
    settings: MonitorSettings,
    pages: Pages,
    config: Callable[[], Config],
    clock: Clock,
) -> None:
    """Gives each room's routes what they work with."""
    flow = SignInFlow(service=parts.sign_in, database=parts.database, clock=clock)
    deeds = AlertDeeds(parts.alerts)
    app = ground.app
    provide(
        app,
        AllJobsDeps(asked=job_lists(settings, ground, clock=clock)),
        SignInDeps(flow=flow),
        LoginDeps(page=pages.login, flow=flow),
        AlertDeps(database=parts.database, deeds=deeds),
        HealthDeps(watch=parts.watch),
        OperationsDeps(board=parts.board),
        OperationsPageDeps(
            page=pages.operations,
            board=parts.board,
            database=parts.database,
            deeds=deeds,
            config=config,
            clock=clock,
            zone=str(settings.business_timezone),
        ),
        MonitoringDeps(
            stock=StockReport(parts.database, config=config, clock=clock), config=config, currency=settings.currency
        ),
        ProofDeps(database=parts.database),
        ReferenceDeps(page=pages.reference),
        PlaybookDeps(pages=pages.playbooks),
        StreamDeps(feed=parts.feed, verifier=app.state.verifier, clock=clock),
    )


def job_lists(settings: MonitorSettings, ground: Ground, *, clock: Clock) -> dict[str, Ask]:
    """Asks the services whose addresses are set for their jobs, and ourselves."""
    tokens = ServiceTokens(settings.service_token_key, clock=clock)
    clients = {service: JobClient(service, url, tokens) for service, url in settings.addresses.items()}
    for client in clients.values():
        ground.closing.push_async_callback(client.close)
    return {**{service: each.jobs for service, each in clients.items()}, "monitor": job_desk("monitor", ground.bus).all}


def prover(settings: MonitorSettings, ground: Ground, *, clock: Clock) -> Prover:
    """Asks the services whose addresses are set whether what must hold does."""
    tokens = ServiceTokens(settings.service_token_key, clock=clock)
    digests = {
        service: DigestClient(service, url, tokens, caller=OURSELVES) for service, url in settings.addresses.items()
    }
    for digest in digests.values():
        ground.closing.push_async_callback(digest.close)
    return Prover(digests, database=ground.database, pace=settings.proof_pace, clock=clock)
