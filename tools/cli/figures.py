"""Figures of providers' payments in a period, as tables: pages that processors opened, fees, and commission rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cli.output import say, table

PERFORMANCE: Final = "/api/v1/hybrid-payments/performance"
FEES: Final = "/api/v1/external-payments/fees"
RATES: Final = "/api/v1/platform-collections/rates"


def show_performance(found: Mapping[str, Any]) -> None:
    if not found["data"]:
        say("No processor was asked for a page.")
        return
    columns = ("Processor", "Asked", "Failed", "Half within", "95 % within")
    table("Payment pages", columns, [_performed(row) for row in found["data"]])


def show_fees(found: Mapping[str, Any]) -> None:
    if not found["data"]:
        say("No processor has said what it kept of a payment.")
        return
    columns = ("Processor", "Currency", "Payments", "Volume", "fees.yaml", "Kept", "Off")
    table("Fees", columns, [_compared(row) for row in found["data"]])


def drifts(found: Mapping[str, Any]) -> bool:
    """Whether fees.yaml is off anywhere."""
    return any(row["drifts"] for row in found["data"])


def show_rates(found: Mapping[str, Any]) -> None:
    if not found["data"]:
        say("No provider has taken a payment itself.")
        return
    columns = ("Rate", "Currency", "Volume", "Commission")
    table("Rates", columns, [_earned(row) for row in found["data"]])


def _performed(row: Mapping[str, Any]) -> tuple[str, ...]:
    failed = f"{row['failed']} ({row['failure_rate']:.1%})"
    return row["processor"], str(row["asked"]), failed, f"{row['median_seconds']} s", f"{row['p95_seconds']} s"


def _compared(row: Mapping[str, Any]) -> tuple[str, ...]:
    expected = row["estimated_fees"]
    return (
        row["processor"],
        row["currency"],
        str(row["payments"]),
        f"{row['volume']:.2f}",
        "nothing" if expected is None else f"{expected:.2f}",
        f"{row['actual_fees']:.2f}",
        "yes" if row["drifts"] else "no",
    )


def _earned(row: Mapping[str, Any]) -> tuple[str, ...]:
    return f"{row['commission_rate']:.2%}", row["currency"], f"{row['volume']:.2f}", f"{row['commission']:.2f}"
