"""What PayPal gave back of a payment for a dispute, which tells of that money too: it must count once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from checkout.processors.paypal_disputes import DEBIT, settlements
from checkout.processors.paypal_objects import minor
from checkout.processors.paypal_rows import backs_in

_MADE: Final = "COMPLETED"


@dataclass(frozen=True, slots=True)
class GoneBack:
    """Money that went back of a payment, minor units, and when."""

    amount: int
    at: datetime


def gone_by_refunds(refunds: Sequence[Mapping[str, Any]]) -> list[GoneBack]:
    """Of a payment's refunds, as its order has them."""
    made = (each for each in refunds if each["status"] == _MADE)
    return [GoneBack(minor(each["amount"]), datetime.fromisoformat(each["create_time"])) for each in made]


def gone_by_rows(rows: Sequence[Mapping[str, Any]], payment_id: str) -> list[GoneBack]:
    """Of rows of the search."""
    return [
        GoneBack(-minor(each["transaction_amount"]), datetime.fromisoformat(each["transaction_initiation_date"]))
        for each in backs_in(rows, payment_id)
    ]


def given_back(gone: Sequence[GoneBack], disputes: Iterable[Mapping[str, Any]]) -> int:
    """What went back that no dispute tells of, minor units.

    PayPal does not say which refund a dispute has made: one of the very amount that it took since the dispute began.
    Refunds are dated to the second.
    """
    left = list(gone)
    for dispute in disputes:
        began = datetime.fromisoformat(dispute["create_time"]).replace(microsecond=0)
        for taken in settlements(dispute, DEBIT):
            reversal = next((each for each in left if each.amount == taken and each.at >= began), None)
            if reversal is not None:
                left.remove(reversal)
    return sum(each.amount for each in left)
