"""The operations board in words: what its template prints, panel by panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from zoneinfo import ZoneInfo

from chassis import formats
from config import Config
from monitor.dashboards.operations.domain import Operations
from monitor.dashboards.operations.panels.alerts import AlertsPanel
from monitor.dashboards.operations.panels.database import DatabasePanel
from monitor.dashboards.operations.panels.endpoints import EndpointsPanel
from monitor.dashboards.operations.panels.seats import SeatsPanel
from monitor.dashboards.operations.panels.services import ServicesPanel
from monitor.dashboards.operations.panels.sms import SmsPanel
from monitor.dashboards.operations.panels.tiles import Tile, tiles
from monitor.dashboards.operations.panels.webhooks import WebhooksPanel


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsView:
    """Each field is named as its panel (M-11). `at`: the moment that it shows."""

    at: str
    open_alerts: AlertsPanel
    kpis: Sequence[Tile]
    inventory_levels_all_cities: SeatsPanel
    stripe_webhook_processing: WebhooksPanel
    api_response_times: EndpointsPanel
    error_rates_by_endpoint: EndpointsPanel
    sms_delivery_status: SmsPanel
    database_performance: DatabasePanel
    services: ServicesPanel

    @classmethod
    def of(cls, now: Operations, *, config: Config, zone: str) -> Self:
        """`zone`: the business's, in which times are written."""
        return cls(
            at=f"{now.at.astimezone(ZoneInfo(zone)):%-I:%M:%S %p} {formats.zone_name(now.at, zone)}",
            open_alerts=AlertsPanel.of(now.alerts, now=now.at, zone=zone, contacts=config.contacts),
            kpis=tiles(now),
            inventory_levels_all_cities=SeatsPanel.of(now.pools, now.alerts, config.catalogue),
            stripe_webhook_processing=WebhooksPanel.of(now.webhooks, last_sale=now.last_sale, now=now.at, zone=zone),
            api_response_times=EndpointsPanel.busiest(now.endpoints),
            error_rates_by_endpoint=EndpointsPanel.failing(now.endpoints),
            sms_delivery_status=SmsPanel.of(now.sms),
            database_performance=DatabasePanel.of(now.services),
            services=ServicesPanel.of(now.services),
        )
