"""Panel `kpis`: one tile a figure, with its limit, and the mark of a rule that it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from monitor.alerts.domain import Alert
from monitor.dashboards.formats import NONE_YET, at_most, percent
from monitor.dashboards.operations.domain import Operations, ServiceRow
from monitor.dashboards.operations.endpoints import LONGEST, Endpoint
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
    label = "Response, p95, 5 min"
    if overall is None:
        return Tile(label=label, value=NONE_YET, unit="", limit="no requests")
    value, unit = at_most(overall.p95, longest=LONGEST)
    return Tile(
        label=label,
        value=value,
        unit=unit,
        limit=f"limit 5 s · {overall.calls:,} requests",
        breach="high" if overall.p95 > SLOW_SECONDS else "",
    )


def _errors(overall: Endpoint | None) -> Tile:
    share, errors, calls = (overall.error_share, overall.errors, overall.calls) if overall else (None, 0, 0)
    breach = _breach("critical", share, above=0.05, bad=errors)
    limit = _limit("5%", share, above=0.05, bad=errors, of=calls)
    return Tile.of_share("Server errors, 5 min", share, limit=limit, without="no requests", breach=breach)


def _payments(paid: PaymentCounts, alerts: Sequence[Alert]) -> Tile:
    """Marked by the alert of the rule that judges it."""
    severities = {alert.matter.rule: alert.matter.severity.value for alert in reversed(alerts)}
    breach = severities.get("payment_success_low") or severities.get("payment_failure_high") or ""
    share = paid.success_rate if paid.paid + paid.failed else None
    limit = _limit("95%", paid.failure_rate, above=0.05, bad=paid.failed, of=paid.paid + paid.failed)
    return Tile.of_share("Payments, 1 h", share, limit=limit, without="no payments yet", breach=breach)


def _webhooks(counts: WebhookCounts) -> Tile:
    share, failed = counts.failed_share, counts.failed_in_all
    breach = _breach("critical", share, above=0.10, bad=failed)
    limit = _limit("10%", share, above=0.10, bad=failed, of=failed + counts.done_in_all)
    return Tile.of_share("Webhooks failed, 1 h", share, limit=limit, without="no webhooks yet", breach=breach)


def _sms(sms: SmsCounts) -> Tile:
    """What waits to be sent is said beside the share, which is of those alone whose fate is known."""
    breach = _breach("high", sms.failed_share, above=0.05, bad=sms.failed)
    limit = _limit("95%", sms.failed_share, above=0.05, bad=sms.failed, of=sms.delivered + sms.failed)
    waits = f"{sms.unsent:,} not sent yet" if sms.unsent else ""
    return Tile.of_share(
        "Texts delivered, 1 h",
        sms.delivered_share,
        limit=" · ".join(filter(None, (waits, limit))),
        without=waits or "no receipts yet",
        breach=breach,
    )


def _lag(lag: int, services: Sequence[ServiceRow]) -> Tile:
    oldest = max((row.outbox_age for row in services), default=0.0)
    depth = sum(row.outbox_depth for row in services)
    unsent = f"{depth:,} not yet sent, {oldest:.0f} s" if depth else "all are sent"
    return Tile(label="Events waiting", value=f"{lag:,}", unit="events", limit=unsent)


def _limit(limit: str, share: float | None, *, above: float, bad: int, of: int) -> str:
    """The limit and what the share is of; beyond it also why that is no breach, where it is none."""
    few = share is not None and share > above and bad < MINIMUM_BAD
    return f"limit {limit} · {bad:,} of {of:,} failed" + (f", alerts from {MINIMUM_BAD}" if few else "")


def _breach(severity: str, share: float | None, *, above: float, bad: int) -> str:
    """As a rule would judge it: few bad events are no breach (M-5)."""
    return severity if share is not None and share > above and bad >= MINIMUM_BAD else ""
