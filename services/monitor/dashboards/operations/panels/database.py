"""Panel `database_performance`: how fast the databases answer, and what waits in them to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from monitor.dashboards.formats import NONE_YET
from monitor.dashboards.operations.domain import ServiceRow


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabasePanel:
    """`pairs`: a figure's name and its value."""

    pairs: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, services: Sequence[ServiceRow]) -> Self:
        pings = [(f"{row.service}, answers in", _ms(row.database_ms)) for row in services]
        oldest = max((row.outbox_age for row in services), default=0.0)
        waiting = sum(row.outbox_depth for row in services)
        return cls(pairs=[*pings, ("Events not yet sent", f"{waiting:,}"), ("Oldest of them", f"{oldest:.1f} s")])


def _ms(value: float | None) -> str:
    return f"{value:.1f} ms" if value is not None else NONE_YET
