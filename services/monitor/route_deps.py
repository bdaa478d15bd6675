"""What the routes and pages of a started monitor get of its parts."""

from __future__ import annotations

from collections.abc import Callable

from chassis.clock import Clock
from chassis.http.deps import provide
from chassis.tokens import ServiceTokens
from config import Config
from eventbus.admin import job_desk
from eventbus.hosting import Ground
from monitor.accounts.api import SignInDeps
from monitor.accounts.page import LoginDeps
from monitor.accounts.sign_in import SignInFlow
from monitor.alerts.api import AlertDeps
from monitor.alerts.deeds import AlertDeeds
from monitor.dashboards.operations.api import OperationsDeps
from monitor.dashboards.operations.page import OperationsPageDeps
from monitor.health.api import HealthDeps
from monitor.jobs.api import AllJobsDeps
from monitor.jobs.gathering import Ask, JobClient
from monitor.monitoring.api import MonitoringDeps
from monitor.monitoring.stock import StockReport
from monitor.playbooks.page import PlaybookDeps
from monitor.proof.api import ProofDeps
from monitor.reference.api import ReferenceDeps
from monitor.settings import MonitorSettings
from monitor.streams.api import StreamDeps
from monitor.wiring import Pages, Parts


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
        AllJobsDeps(asked=_job_lists(settings, ground, clock=clock)),
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


def _job_lists(settings: MonitorSettings, ground: Ground, *, clock: Clock) -> dict[str, Ask]:
    """Asks the services whose addresses are set for their jobs, and ourselves."""
    tokens = ServiceTokens(settings.service_token_key, clock=clock)
    clients = {service: JobClient(service, url, tokens) for service, url in settings.addresses.items()}
    for client in clients.values():
        ground.closing.push_async_callback(client.close)
    return {**{service: each.jobs for service, each in clients.items()}, "monitor": job_desk("monitor", ground.bus).all}
