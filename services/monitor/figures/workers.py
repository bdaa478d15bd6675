"""Shows business figures as metrics (M-4), from the database, so that a restart doesn't turn them back."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.background import Periodic
from chassis.clock import Clock
from chassis.database import Database
from chassis.metrics import Metric, Metrics, metrics
from chassis.money import Money
from monitor.figures import service, store
from monitor.figures.domain import Cell, Figure, SaleKind, Sums

REFRESH: Final = timedelta(seconds=5)
RATE_WINDOW: Final = timedelta(hours=1)


class FigureMetrics:
    """Tickets and revenue since the beginning, what is left of each pool, and the success rate of the last hour."""

    def __init__(self, database: Database, *, clock: Clock, registry: Metrics = metrics) -> None:
        self._database = database
        self._clock = clock
        self._registry = registry

    def periodic(self) -> Periodic:
        return Periodic("figure metrics", REFRESH, self.refresh)

    async def refresh(self) -> None:
        """Reads the figures and sets the metrics."""
        sold = await store.totals(self._database, [Figure.TICKETS_SOLD])
        self._show_tickets(sold)
        self._show_revenue(sold)
        for pool in await store.pools(self._database):
            self._registry.set(Metric.TICKETS_AVAILABLE, pool.available, city=pool.city, type=pool.tier)
        paid = await service.payments(self._database, since=self._clock.now() - RATE_WINDOW)
        self._registry.set(Metric.PAYMENT_SUCCESS_RATE, paid.success_rate)

    def _show_tickets(self, sold: list[tuple[Cell, Sums]]) -> None:
        seats: dict[tuple[str, str], int] = {}
        for cell, sums in sold:
            seats[cell.city, cell.tier] = seats.get((cell.city, cell.tier), 0) + sums.count
        for (city, tier), count in seats.items():
            self._raise_to(Metric.TICKETS_SOLD, count, city=city, type=tier)

    def _show_revenue(self, sold: list[tuple[Cell, Sums]]) -> None:
        """In major units; money that only a demonstration or a test moved is no revenue."""
        taken: dict[str, int] = {}
        for cell, sums in sold:
            if cell.kind is SaleKind.BUSINESS:
                taken[cell.label] = taken.get(cell.label, 0) + sums.total
        for currency, amount in taken.items():
            self._raise_to(Metric.REVENUE, float(Money(amount, currency).major()), currency=currency)

    def _raise_to(self, counter: Metric, value: float, **labels: str) -> None:
        known = self._registry.value(counter, **labels)
        if value > known:
            self._registry.count(counter, value - known, **labels)
