"""Panels `api_response_times` and `error_rates_by_endpoint`: how the busiest and the most failing routes answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from monitor.dashboards.formats import at_most, percent
from monitor.dashboards.operations.endpoints import LONGEST, Endpoint

_MOST: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRow:
    """A route.

    route: as the service declares it
    method: of the requests
    calls: how many there were
    errors: the share that failed
    p50: the time in which half of the answers came
    p95: in which 95 % came
    p99: in which 99 % came
    """

    route: str
    method: str
    calls: str
    errors: str
    p50: str
    p95: str
    p99: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointsPanel:
    """Some of the routes.

    rows: those that are worth a look
    quiet: how many others there are
    """

    rows: Sequence[EndpointRow]
    quiet: int

    @classmethod
    def busiest(cls, endpoints: Sequence[Endpoint]) -> Self:
        return cls(rows=[_row(each) for each in endpoints[:_MOST]], quiet=len(endpoints[_MOST:]))

    @classmethod
    def failing(cls, endpoints: Sequence[Endpoint]) -> Self:
        """Those that failed, the highest share of errors first; the others are quiet."""
        failed = sorted(filter(_failed, endpoints), key=lambda each: (-each.error_share, -each.calls))
        return cls(rows=[_row(each) for each in failed[:_MOST]], quiet=len(endpoints) - len(failed))


def _failed(endpoint: Endpoint) -> bool:
    return endpoint.errors > 0


def _within(seconds: float) -> str:
    return " ".join(at_most(seconds, longest=LONGEST))


def _row(endpoint: Endpoint) -> EndpointRow:
    return EndpointRow(
        route=endpoint.route,
        method=endpoint.method,
        calls=f"{endpoint.calls:,}",
        errors=f"{percent(endpoint.error_share)}%",
        p50=_within(endpoint.p50),
        p95=_within(endpoint.p95),
        p99=_within(endpoint.p99),
    )
