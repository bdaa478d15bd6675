"""Panels `api_response_times` and `error_rates_by_endpoint`: how the busiest and the most failing routes answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from monitor.dashboards.formats import milliseconds, percent
from monitor.dashboards.operations.endpoints import Endpoint

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
    """Some of the routes."""

    rows: Sequence[EndpointRow]

    @classmethod
    def busiest(cls, endpoints: Sequence[Endpoint]) -> Self:
        return cls(rows=[_row(each) for each in endpoints[:_MOST]])

    @classmethod
    def failing(cls, endpoints: Sequence[Endpoint]) -> Self:
        """Those with the highest share of errors."""
        return cls.busiest(sorted(endpoints, key=lambda each: (-each.error_share, -each.calls)))


def _row(endpoint: Endpoint) -> EndpointRow:
    return EndpointRow(
        route=endpoint.route,
        method=endpoint.method,
        calls=f"{endpoint.calls:,}",
        errors=f"{percent(endpoint.error_share)}%",
        p50=" ".join(milliseconds(endpoint.p50)),
        p95=" ".join(milliseconds(endpoint.p95)),
        p99=" ".join(milliseconds(endpoint.p99)),
    )
