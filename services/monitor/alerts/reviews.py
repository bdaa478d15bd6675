"""What people read of the last day at set times: notices, where there is something to say. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from events import AlertKind, Severity
from monitor.alerts.domain import Matter
from monitor.health.domain import Health, HealthStatus

_SHOWN: Final = 5


def health_matter(health: Health) -> Matter | None:
    """What is not healthy right now."""
    trouble = {name: entry for name, entry in health.entries.items() if entry.status is not HealthStatus.HEALTHY}
    if not trouble:
        return None
    told = "; ".join(f"{name} {entry.status}: {entry.reason or 'no reason given'}" for name, entry in trouble.items())
    return _notice("health_check", f"Daily health check: {health.status}. {told}")


def errors_matter(errors: Mapping[str, int]) -> Matter | None:
    """The most frequent errors, by category and name."""
    if not errors:
        return None
    most = Counter(errors).most_common(_SHOWN)
    rest = len(errors) - len(most)
    more = f", and {rest} more kinds" if rest else ""
    told = ", ".join(f"{name} {count}" for name, count in most)
    return _notice("error_review", f"Errors of the last day: {told}{more}. See: fullhouse logs errors --since 24h")


def _notice(rule: str, summary: str) -> Matter:
    return Matter(
        rule=rule, kind=AlertKind.NOTICE, severity=Severity.LOW, category="operations", labels={}, summary=summary
    )
