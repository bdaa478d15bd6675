"""What people read of the last day: nothing where there is nothing to say."""

from __future__ import annotations

import pytest

from events import AlertKind, Severity
from monitor.alerts.reviews import errors_matter, health_matter
from monitor.health.domain import Health, HealthEntry, HealthStatus

pytestmark = pytest.mark.proves("O-5")


def health(**entries: HealthEntry) -> Health:
    return Health(status=HealthStatus.DEGRADED, entries=entries, external={}, consumer_lag={})


def test_what_is_not_healthy_is_told_with_the_reason() -> None:
    well, ill = HealthEntry(status=HealthStatus.HEALTHY), HealthEntry(status=HealthStatus.UNHEALTHY, reason="silent")
    assert health_matter(health(kafka=well)) is None
    told = health_matter(health(kafka=well, notifier=ill))
    assert told is not None
    assert told.summary == "Daily health check: degraded. notifier unhealthy: silent"
    assert (told.kind, told.severity) == (AlertKind.NOTICE, Severity.LOW)


def test_the_most_frequent_errors_are_told() -> None:
    assert errors_matter({}) is None
    told = errors_matter({f"api_errors/e{number}": number for number in range(1, 8)})
    assert told is not None
    assert told.summary.startswith("Errors of the last day: api_errors/e7 7, api_errors/e6 6, ")
    assert "api_errors/e3 3, and 2 more kinds. See: fullhouse logs errors" in told.summary
