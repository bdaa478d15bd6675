"""Revenue on the wire: decimals in major units, by what they are summed up (P-8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Self

from pydantic import Field

from chassis.app import Body, Out
from chassis.http.exact import Decimals, SnakeOut
from chassis.money import Money
from checkout.revenue.domain import NO_PROVIDER, RevenueRow, RevenueSums, Span, summed_by


class SumsOut(SnakeOut):
    """What payments of one currency came to."""

    currency: str = Field(description="ISO 4217")
    payments: int = Field(description="how many were paid")
    platform_revenue: Decimals = Field(description="through the platform's own account, less what went back")
    external_revenue: Decimals = Field(description="through providers' own processors, less what went back")
    total_revenue: Decimals = Field(description="both together")
    gross: Decimals = Field(description="what was paid, before anything went back")
    refunds: Decimals = Field(description="what went back, on the day on which it did")
    disputes: Decimals = Field(description="what banks took back, less what they gave again")
    fees: Decimals = Field(description="what processors kept; at the platform's own account by fees.yaml")
    commission: Decimals = Field(description="the platform's share of the external revenue")
    commission_at_source: Decimals = Field(description="what of it processors have kept back for the platform")


class TotalsOut(SumsOut):
    """All of a currency."""

    @classmethod
    def of(cls, currency: str, sums: RevenueSums) -> Self:
        return cls.model_validate(_shown(currency, sums))


class ProviderRevenueOut(SumsOut):
    """Of a provider."""

    provider: int | None = Field(description="null: the platform's own sales")


class ProcessorRevenueOut(SumsOut):
    """At a processor."""

    processor: str


class DayRevenueOut(SumsOut):
    """Of a day."""

    day: date = Field(description="of the business's time zone")


class DashboardOut(SnakeOut):
    """Revenue of some days, as the ledgers have it."""

    as_of: datetime | None = Field(description="all that was known by then is in it; null before the first look")
    since: date
    until: date
    time_zone: str = Field(description="by which days are told")
    provider: int | None = Field(description="whose alone; null: all")
    totals: list[TotalsOut] = Field(description="by currency")
    by_provider: list[ProviderRevenueOut]
    by_processor: list[ProcessorRevenueOut]
    by_day: list[DayRevenueOut] = Field(description="days without any money are left out")

    @classmethod
    def of(
        cls,
        rows: Sequence[RevenueRow],
        *,
        span: Span,
        provider: int | None,
        zone: str,
        as_of: datetime | None,
    ) -> Self:
        """The figures of these rows."""
        return cls(
            as_of=as_of,
            since=span.since,
            until=span.until,
            time_zone=zone,
            provider=provider,
            totals=[TotalsOut.of(money, sums) for (_, money), sums in summed_by(rows, lambda _: "").items()],
            by_provider=[
                ProviderRevenueOut(provider=None if who == NO_PROVIDER else who, **_shown(money, sums))
                for (who, money), sums in summed_by(rows, lambda row: row.provider_id).items()
            ],
            by_processor=[
                ProcessorRevenueOut(processor=where, **_shown(money, sums))
                for (where, money), sums in summed_by(rows, lambda row: row.processor).items()
            ],
            by_day=[
                DayRevenueOut(day=day, **_shown(money, sums))
                for (day, money), sums in summed_by(rows, lambda row: row.day).items()
            ],
        )


class RebuildIn(Body):
    """Which days are summed up anew."""

    since: date | None = Field(None, description="from this day on; without it all")
    days: int = Field(70, ge=1, le=1_000, description="so many by this request, at least")


class RebuildOut(Out):
    """How far it is."""

    since: date
    next_day: date | None = Field(description="the first that is still to be summed up; null: all are in place")
    last_day: date
    days_left: int


class RevenueDifferenceOut(Out):
    """A sum that is not what the ledgers come to, in minor units."""

    day: date
    source: str = Field(description="platform or external")
    provider: int | None
    processor: str
    currency: str
    shown: dict[str, int] = Field(description="what the analytics say")
    ledger: dict[str, int] = Field(description="what the ledger comes to")

    @classmethod
    def of(cls, shown: RevenueRow, ledger: RevenueRow) -> Self:
        """Only the figures that differ."""
        names = [name for name in _FIGURES if getattr(shown, name) != getattr(ledger, name)]
        return cls(
            day=shown.day,
            source=shown.source.value,
            provider=shown.provider_id or None,
            processor=shown.processor,
            currency=shown.currency,
            shown={name: getattr(shown, name) for name in names},
            ledger={name: getattr(ledger, name) for name in names},
        )


class ComparedOut(Out):
    """Where analytics and ledgers differ."""

    as_of: datetime | None
    differences: list[RevenueDifferenceOut] = Field(description="the oldest first, 200 at most")


_FIGURES = ("payments", "paid", "refunded", "disputed", "fees", "at_source")


def _shown(currency: str, sums: RevenueSums) -> dict[str, object]:
    amounts = {
        "platform_revenue": sums.platform,
        "external_revenue": sums.external,
        "total_revenue": sums.total,
        "gross": sums.paid,
        "refunds": sums.refunded,
        "disputes": sums.disputed,
        "fees": sums.fees,
        "commission": sums.commission,
        "commission_at_source": sums.at_source,
    }
    major = {name: Money(amount, currency).major() for name, amount in amounts.items()}
    return {"currency": currency, "payments": sums.payments, **major}
