"""What went back of a payment of our own account, as its processor lists it, whoever gave it back. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from checkout.processors.domain import ExternalDispute, ExternalRefund


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRefund:
    """A refund in its payment's list.

    refund: itself
    key: of our wish for it; None: somebody made it at the processor
    reason: the sentence that went with the wish; empty where none did
    made_at: when it was made, by the processor's clock
    """

    refund: ExternalRefund
    key: str | None
    reason: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WentBack:
    """All of it.

    refunds: the oldest first
    disputes: what the bank of whoever paid asks for, or has taken
    """

    refunds: tuple[FoundRefund, ...]
    disputes: tuple[ExternalDispute, ...]
