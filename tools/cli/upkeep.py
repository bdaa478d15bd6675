"""The jobs that keep payments of providers in order, run now and one after the other, by how often they are due."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

# By service and name, in the order in which one follows from another.
PROCEDURES: Final[Mapping[str, Sequence[tuple[str, str]]]] = MappingProxyType(
    {
        "daily": (
            ("monitor", "provider-payments-check"),
            ("checkout", "external-sync"),
            ("checkout", "pending-collections"),
            ("checkout", "analytics-refresh"),
            ("monitor", "log-cleanup"),
        ),
        "weekly": (
            ("checkout", "connection-health"),
            ("checkout", "archive-90d"),
            ("checkout", "stuck-collections"),
            ("checkout", "webhook-check"),
        ),
        "monthly": (
            ("checkout", "payment-performance"),
            ("checkout", "fee-drift"),
            ("checkout", "commission-analysis"),
            ("checkout", "database-maintenance"),
        ),
    }
)
DONE: Final = "done"
_PAUSE_SECONDS: Final = 0.5

Call = Callable[[str, str], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOutcome:
    """What became of a run.

    outcome: as the job's history says it
    seconds: how long it took
    error: the kind of the error that it failed with
    """

    service: str
    job: str
    outcome: str
    seconds: float
    error: str

    @property
    def done(self) -> bool:
        return self.outcome == DONE


def carried_out(call: Call, procedure: str, *, pause: float = _PAUSE_SECONDS) -> Iterator[JobOutcome]:
    """Runs each job and waits for its end; one that fails keeps no other from its turn. What is under way counts.

    `call` takes method and path.
    """
    for service, job in PROCEDURES[procedure]:
        path = f"/api/admin/{service}/jobs/{job}"
        wanted = _under_way(call("GET", f"{path}/runs?limit=1"))
        if wanted is None:
            begun = call("POST", f"{path}/run")
            wanted = (begun["open"] or begun["last"])["id"]
        while (ended := _ended(call("GET", f"{path}/runs?limit=50"), wanted)) is None:
            time.sleep(pause)
        yield JobOutcome(
            service=service, job=job, outcome=ended["outcome"], seconds=ended["seconds"] or 0, error=ended["error"]
        )


def _under_way(page: Mapping[str, Any]) -> int | None:
    return next((run["id"] for run in page["data"] if run["beganAt"] and run["outcome"] is None), None)


def _ended(page: Mapping[str, Any], wanted: int) -> Mapping[str, Any] | None:
    found = next((run for run in page["data"] if run["id"] == wanted), None)
    return found if found is not None and found["outcome"] is not None else None
