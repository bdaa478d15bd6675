"""Steps of a payment's life, and what of them moved money. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeStep:
    """Something that happened to a payment.

    at: when
    step: what, as a word such as PROCESSOR_CALL
    data: more about it; amounts in minor units
    """

    at: datetime
    step: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyMove:
    """An entry of a ledger: money that came, or went. Amounts are minor units.

    at: when, by the processor's clock
    kind: payment, refund, dispute, dispute_won, or fees
    processor, connection_id, payment_id: who has moved it, and its id of the payment; no connection: by our own account
    amount, currency: how much; below 0 where it went
    fee: what the processor kept for itself of it
    at_source: what of our commission it kept back with it
    """

    at: datetime
    kind: str
    processor: str
    connection_id: int | None
    payment_id: str
    amount: int
    currency: str
    fee: int
    at_source: int
