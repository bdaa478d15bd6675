"""Counts the errors of A-11's catalogue: as a figure, as a line in the log, and as an event for the monitor.

`count_error("email_bounce", to=…)` does all three; the events are told together every 10 seconds (E-11).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from chassis.background import Periodic
from chassis.clock import Clock
from chassis.metrics import Metric, metrics
from chassis.telemetry import CountedName, get_logger
from events import ServiceErrorsCounted, Severity

TOGETHER: Final = timedelta(seconds=10)

log = get_logger()


class _Kind(NamedTuple):
    """What A-11 says of an error."""

    category: str
    severity: Severity


def _kinds(category: str, **severities: Severity) -> dict[str, _Kind]:
    return {name: _Kind(category, severity) for name, severity in severities.items()}


KINDS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        **_kinds(
            "payment_errors",
            stripe_api_errors=Severity.CRITICAL,
            webhook_processing_failed=Severity.CRITICAL,
            invalid_payment_data=Severity.MEDIUM,
            payment_declined=Severity.LOW,
        ),
        **_kinds(
            "inventory_errors",
            oversold_tickets=Severity.CRITICAL,
            inventory_sync_failed=Severity.HIGH,
            concurrent_purchase_conflict=Severity.MEDIUM,
            reservation_expired=Severity.LOW,
        ),
        **_kinds(
            "communication_errors",
            notification_queue_full=Severity.CRITICAL,
            sms_delivery_failed=Severity.HIGH,
            twilio_rate_limited=Severity.HIGH,
            email_bounce=Severity.MEDIUM,
        ),
        **_kinds(
            "system_errors",
            database_connection_lost=Severity.CRITICAL,
            memory_leak_detected=Severity.CRITICAL,
            api_timeout=Severity.HIGH,
            disk_space_low=Severity.HIGH,
        ),
    }
)


class ErrorTally:
    """The errors of a process since it was last told of them."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, name: str) -> None:
        """One more of the name."""
        self._counts[name] += 1

    def take(self) -> Mapping[str, int]:
        """What came together, which counts no more."""
        taken, self._counts = self._counts, Counter()
        return taken


tally: Final = ErrorTally()


def count_error(name: CountedName, **fields: object) -> None:
    """Counts an error under its name, and says it in the log at the level of the name."""
    metrics.count(Metric.ERRORS, category=KINDS[name].category, error=name)
    tally.add(name)
    log.record(name, **fields)


class ErrorReports:
    """Tells the monitor of a process's errors.

    service, instance: whose they are
    send: takes a fact that may be lost
    clock: gives the time
    """

    def __init__(
        self, *, service: str, instance: str, send: Callable[[ServiceErrorsCounted], None], clock: Clock
    ) -> None:
        self._service = service
        self._instance = instance
        self._send = send
        self._clock = clock

    def periodic(self) -> Periodic:
        """What tells of them."""
        return Periodic("tell of errors", TOGETHER, self.look)

    async def look(self) -> None:
        """Tells of what was counted since the last look."""
        for name, count in tally.take().items():
            kind = KINDS[name]
            self._send(
                ServiceErrorsCounted(
                    service=self._service,
                    instance=self._instance,
                    category=kind.category,
                    error=name,
                    severity=kind.severity,
                    count=count,
                    occurred_at=self._clock.now(),
                )
            )
