"""What the page of analytics says: figures, a chart by day, and tables (P-8). Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from chassis import formats
from checkout.revenue.domain import NO_PROVIDER, RevenueRow, RevenueSums, Span, summed_by
from checkout.staff.order_list_views import NONE, money_text
from checkout.staff.provider_views import processor_name

ANALYTICS: Final = "/staff/analytics"
PERIODS: Final = (7, 30, 90)
# Figures are added every 15 s: later than this somebody should look.
_LATE: Final = timedelta(minutes=5)
_WIDTH: Final = 600
_HEIGHT: Final = 100
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueTile:
    """A figure with what it is of."""

    label: str
    value: str
    limit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBar:
    """A day of the chart: x and width of its bar, and how high the platform's and providers' own part are."""

    x: float
    width: float
    platform: float
    external: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SumsLine:
    """A line of a table: what it is of, and its figures as texts."""

    name: str
    payments: str
    platform: str
    external: str
    total: str
    back: str
    fees: str
    commission: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyBoard:
    """All of a currency: tiles, the chart with its ends and highest day, and tables."""

    currency: str
    tiles: Sequence[RevenueTile]
    bars: Sequence[DayBar]
    begins: str
    ends: str
    top: str
    platform: str
    external: str
    days: Sequence[SumsLine]
    processors: Sequence[SumsLine]
    providers: Sequence[SumsLine]


def freshness(as_of: datetime | None, *, now: datetime, zone: ZoneInfo) -> tuple[str, bool]:
    """As of when the figures are, and whether that is too long ago."""
    if as_of is None:
        return "no look yet", True
    return formats.zoned_time(as_of, zone.key), now - as_of > _LATE


def boards(rows: Sequence[RevenueRow], span: Span) -> Sequence[CurrencyBoard]:
    """One for each currency, in order."""
    return [
        _board([row for row in rows if row.currency == each], each, span) for each in sorted({r.currency for r in rows})
    ]


def _board(rows: Sequence[RevenueRow], currency: str, span: Span) -> CurrencyBoard:
    ((_, sums),) = summed_by(rows, lambda _: "").items()
    by_day = {day: each for (day, _), each in summed_by(rows, lambda row: row.day).items()}
    top = max(max(0, each.platform) + max(0, each.external) for each in by_day.values())
    return CurrencyBoard(
        currency=currency,
        tiles=_tiles(sums, currency),
        bars=_bars(by_day, span, top),
        begins=formats.long_date(span.since),
        ends=formats.long_date(span.until),
        top=money_text(top, currency),
        platform=money_text(sums.platform, currency),
        external=money_text(sums.external, currency),
        days=[_line(formats.long_date(day), each, currency) for day, each in reversed(by_day.items())],
        processors=_lines(rows, currency, lambda row: row.processor, processor_name),
        providers=_lines(rows, currency, lambda row: row.provider_id, _provider_name),
    )


def _tiles(sums: RevenueSums, currency: str) -> Sequence[RevenueTile]:
    def said(amount: int) -> str:
        return money_text(amount, currency)

    back = f"{said(sums.refunded)} refunded, {said(sums.disputed)} disputed"
    return (
        RevenueTile(label="Revenue", value=said(sums.total), limit=f"{sums.payments:,} payments"),
        RevenueTile(label="Through the platform", value=said(sums.platform), limit="less what went back"),
        RevenueTile(label="At own processors", value=said(sums.external), limit="less what went back"),
        RevenueTile(label="Went back", value=said(sums.refunded + sums.disputed), limit=back),
        RevenueTile(label="Fees", value=said(sums.fees), limit="kept by processors"),
        RevenueTile(label="Commission", value=said(sums.commission), limit=f"{said(sums.at_source)} at source"),
    )


def _bars(by_day: dict[date, RevenueSums], span: Span, top: int) -> Sequence[DayBar]:
    count = (span.until - span.since).days + 1
    width = _WIDTH / count
    found = []
    for day, sums in by_day.items():
        parts = [round(_HEIGHT * max(0, each) / top, 1) if top else 0 for each in (sums.platform, sums.external)]
        x = round((day - span.since).days * width, 1)
        found.append(DayBar(x=x, width=round(max(1, width - 1), 1), platform=parts[0], external=parts[1]))
    return found


def _lines(
    rows: Sequence[RevenueRow], currency: str, key: Callable[[RevenueRow], Key], name: Callable[[Key], str]
) -> Sequence[SumsLine]:
    return [_line(name(which), sums, currency) for (which, _), sums in summed_by(rows, key).items()]


def _provider_name(provider: int) -> str:
    return "The platform’s own sales" if provider == NO_PROVIDER else f"Provider {provider}"


def _line(name: str, sums: RevenueSums, currency: str) -> SumsLine:
    def said(amount: int) -> str:
        return money_text(amount, currency) if amount else NONE

    return SumsLine(
        name=name,
        payments=f"{sums.payments:,}",
        platform=said(sums.platform),
        external=said(sums.external),
        total=money_text(sums.total, currency),
        back=said(sums.refunded + sums.disputed),
        fees=said(sums.fees),
        commission=said(sums.commission),
    )
