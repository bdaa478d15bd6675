"""Shows business figures as metrics (M-4): once for the installation, from the database, whatever was restarted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.metrics import Metric, Metrics
from chassis.money import Money
from monitor.figures import service, store
from monitor.figures.domain import Cell, Figure, PoolState, SaleKind, Sums

RATE_WINDOW: Final = timedelta(hours=1)
_COUNTERS: Final[Mapping[Figure, Metric]] = MappingProxyType(
    {
        Figure.TICKETS_SOLD: Metric.TICKETS_SOLD,
        Figure.PASSES_SOLD: Metric.PASSES_SOLD,
        Figure.PASSES_USED: Metric.PASSES_USED,
        Figure.PASSES_UNDONE: Metric.PASSES_UNDONE,
        Figure.CUSTOMERS: Metric.CUSTOMERS,
    }
)
_MONEY: Final = frozenset({Figure.TICKETS_SOLD, Figure.PASSES_SOLD})


class FigureMetrics:
    """Tickets, passes and revenue since the beginning, what is left of each pool, and the last hour's success rate.

    Whoever asks gets them as the database has them then; nothing of them is kept in a process, where a second process
    would show them once more.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def text(self) -> str:
        """The figures in the Prometheus text format; nothing while the database is away."""
        try:
            return (await self.read()).text().decode()
        except Unavailable:
            return ""

    async def read(self) -> Metrics:
        """Demonstrations and tests are no business: neither their tickets nor their money count."""
        figures = Metrics()
        sold = await store.totals(self._database, list(_COUNTERS))
        business = [(cell, sums) for cell, sums in sold if cell.kind is SaleKind.BUSINESS]
        _show_sales(figures, business)
        _show_pools(figures, await store.pools(self._database))
        paid = await service.payments(self._database, since=self._clock.now() - RATE_WINDOW)
        figures.set(Metric.PAYMENT_SUCCESS_RATE, paid.success_rate)
        return figures


def _show_sales(figures: Metrics, sold: Iterable[tuple[Cell, Sums]]) -> None:
    taken: dict[str, int] = {}
    for cell, sums in sold:
        figures.count(_COUNTERS[cell.figure], sums.count, **_labels(cell))
        if cell.figure in _MONEY:
            taken[cell.label] = taken.get(cell.label, 0) + sums.total
    for currency, amount in taken.items():
        figures.count(Metric.REVENUE, float(Money(amount, currency).major()), currency=currency)


def _labels(cell: Cell) -> dict[str, str]:
    match cell.figure:
        case Figure.TICKETS_SOLD:
            return {"city": cell.city, "type": cell.tier}
        case Figure.CUSTOMERS:
            return {"kind": cell.label}
        case _:
            return {"pass": cell.tier}


def _show_pools(figures: Metrics, pools: Iterable[PoolState]) -> None:
    negative = 0
    for pool in pools:
        figures.set(Metric.TICKETS_AVAILABLE, pool.available, city=pool.city, type=pool.tier)
        negative += pool.short
    figures.set(Metric.INVENTORY_NEGATIVE, negative)
