"""Panel `kpis`: one tile a figure, with its limit, and the mark of a rule that it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from monitor.alerts.domain import Alert
from monitor.dashboards.formats import NONE_YET, milliseconds, percent
from monitor.dashboards.operations.domain import Operations, ServiceRow
from monitor.dashboards.operations.endpoints import Endpoint
from monitor.figures.domain import PaymentCounts, SmsCounts, WebhookCounts

MINIMUM_BAD: Final = 5
SLOW_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A figure.

    label: what it is
    value: its digits
    unit: what they are given in
    limit: what is still good, or why there is no value
    breach: the severity of what is wrong with it, or empty
    """

    label: str
    value: str
    unit: str
    limit: str
    breach: str = ""

    @classmethod
    def of_share(cls, label: str, share: float | None, *, limit: str, without: str, breach: str = "") -> Self:
        """`without` says why there is no share."""
        if share is None:
            return cls(label=label, value=NONE_YET, unit="", limit=without)
        return cls(label=label, value=percent(share), unit="%", limit=limit, breach=breach)


def tiles(now: Operations) -> list[Tile]:
    """In the order of the page."""
    return [
        _response(now.overall),
        _errors(now.overall),
        _payments(now.payments, now.alerts),
        _webhooks(now.webhooks),
        _sms(now.sms),
        _lag(sum(now.lag.values()), now.services),
    ]


def _response(overall: Endpoint | None) -> Tile:
    label = "Response, p95"
    if overall is None:
        return Tile(label=label, value=NONE_YET, unit="", limit="no requests yet")
    value, unit = milliseconds(overall.p95)
    return Tile(
        label=label, value=value, unit=unit, limit="limit 5 s", breach="high" if overall.p95 > SLOW_SECONDS else ""
    )


def _errors(overall: Endpoint | None) -> Tile:
    share, errors = (overall.error_share, overall.errors) if overall else (None, 0)
    breach = _breach("critical", share, above=0.05, bad=errors)
    return Tile.of_share("Server errors", share, limit="limit 5%", without="no requests yet", breach=breach)


def _payments(paid: PaymentCounts, alerts: Sequence[Alert]) -> Tile:
    """Marked by the alert of the rule that judges it."""
    severities = {alert.matter.rule: alert.matter.severity.value for alert in reversed(alerts)}
    breach = severities.get("payment_success_low") or severities.get("payment_failure_high") or ""
    share = paid.success_rate if paid.paid + paid.failed else None
    return Tile.of_share("Payments, 1 h", share, limit="limit 95%", without="no payments yet", breach=breach)


def _webhooks(counts: WebhookCounts) -> Tile:
    share = counts.failed_share
    breach = _breach("critical", share, above=0.10, bad=counts.failed_in_all)
    return Tile.of_share("Webhooks failed, 1 h", share, limit="limit 10%", without="no webhooks yet", breach=breach)


def _sms(sms: SmsCounts) -> Tile:
    breach = _breach("high", sms.failed_share, above=0.05, bad=sms.failed)
    return Tile.of_share(
        "Texts delivered, 1 h", sms.delivered_share, limit="limit 95%", without="no receipts yet", breach=breach
    )


def _lag(lag: int, services: Sequence[ServiceRow]) -> Tile:
    oldest = max((row.outbox_age for row in services), default=0.0)
    return Tile(label="Consumer lag", value=f"{lag:,}", unit="events", limit=f"outbox {oldest:.0f} s")


def _breach(severity: str, share: float | None, *, above: float, bad: int) -> str:
    """As a rule would judge it: few bad events are no breach (M-5)."""
    return severity if share is not None and share > above and bad >= MINIMUM_BAD else ""
