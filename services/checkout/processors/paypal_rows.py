"""Rows of PayPal's transaction search: which payments they are about, and what went back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from checkout.processors.domain import ExternalPayment, PaymentStatus
from checkout.processors.paypal_objects import minor

_ROW_STATUSES: Final = {"S": PaymentStatus.COMPLETED, "V": PaymentStatus.COMPLETED, "P": PaymentStatus.PENDING}
_INTO_ACCOUNT, _BACK_OUT = "T00", ("T11", "T12")
# Chargebacks, and money that is held for a dispute: these are told by the dispute itself.
_OF_DISPUTES: Final = ("T12", "T1110", "T1111")
_DENIED: Final = "D"
_REFERENCE_IS_TRANSACTION: Final = "TXN"


def rows_of(found: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The transactions on a page of the search."""
    return [each["transaction_info"] for each in found.get("transaction_details") or ()]


def payments_in(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any] | None]:
    """The ids of the payments that rows are about, the first ones first, each with its own row where that is there."""
    found: dict[str, Mapping[str, Any] | None] = {}
    for row in rows:
        if row["transaction_event_code"].startswith(_INTO_ACCOUNT) and _is_income(row):
            found[row["transaction_id"]] = row
        elif reference := reference_of(row):
            found.setdefault(reference, None)
    return found


def reference_of(row: Mapping[str, Any]) -> str:
    """The payment of which a row took something back; empty where it did no such thing."""
    of_payment = row.get("paypal_reference_id_type") == _REFERENCE_IS_TRANSACTION
    back = row["transaction_event_code"].startswith(_BACK_OUT) and of_payment
    return str(row["paypal_reference_id"]) if back else ""


def backs_in(rows: Sequence[Mapping[str, Any]], payment_id: str) -> Sequence[Mapping[str, Any]]:
    """The rows that took something back of a payment."""
    back = (row for row in rows if not row["transaction_event_code"].startswith(_OF_DISPUTES))
    return [row for row in back if reference_of(row) == payment_id and row["transaction_status"] != _DENIED]


def read_row(row: Mapping[str, Any]) -> ExternalPayment:
    """A payment that came by another way than orders: all that is known of it is its row."""
    fee = row.get("fee_amount")
    return ExternalPayment(
        payment_id=row["transaction_id"],
        key=row.get("custom_field") or None,
        status=_ROW_STATUSES.get(row["transaction_status"], PaymentStatus.FAILED),
        amount=minor(row["transaction_amount"]),
        refunded=0,
        currency=row["transaction_amount"]["currency_code"],
        commission=0,
        fee=None if fee is None else -minor(fee),
        created_at=datetime.fromisoformat(row["transaction_initiation_date"]),
        updated_at=datetime.fromisoformat(row["transaction_updated_date"]),
    )


def _is_income(row: Mapping[str, Any]) -> bool:
    return Decimal(row["transaction_amount"]["value"]) > 0
