"""`/api/monitoring/…`: the figures of a period (M-2). For viewers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends

from chassis.app import Out
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from config import Config
from monitor.monitoring.domain import Timeframe
from monitor.monitoring.stock import StockReport
from monitor.monitoring.stock_schemas import StockMonitoringOut

router = APIRouter(prefix="/api/monitoring", tags=["monitoring"])


class StockMonitoringAnswer(Out):
    """The stock's figures."""

    success: Literal[True] = True
    data: StockMonitoringOut


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringDeps:
    """What these routes work with. `config`: what is in force; `currency`: the installation's."""

    stock: StockReport
    config: Callable[[], Config]
    currency: str


@router.get("/inventory")
async def inventory(
    deps: Annotated[MonitoringDeps, provided(MonitoringDeps)],
    _viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
    timeframe: Timeframe = Timeframe.DAY,
) -> StockMonitoringAnswer:
    """Seats of all cities that pages list, how fast they sell, alerts on them, and trends."""
    config = deps.config()
    found = await deps.stock.look(timeframe)
    shown = StockMonitoringOut.of(found, catalogue=config.catalogue, levels=config.stock_levels, currency=deps.currency)
    return StockMonitoringAnswer(data=shown)
