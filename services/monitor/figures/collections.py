"""Where collections of commission stand, as the newest event of each has told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from events import (
    CommissionEvent,
    Event,
    PaymentCommissionBlocked,
    PaymentCommissionCollected,
    PaymentCommissionFailed,
    PaymentCommissionInvoiced,
    PaymentCommissionStarted,
    PaymentCommissionWentBack,
)

STUCK_AFTER: Final = timedelta(hours=2)
OVERDUE: Final = "invoice_overdue"
BLOCKED: Final = "blocked"
_PROCESSING: Final = "processing"
_STATES: Final[Mapping[type[CommissionEvent], str]] = MappingProxyType(
    {
        PaymentCommissionBlocked: BLOCKED,
        PaymentCommissionStarted: _PROCESSING,
        PaymentCommissionInvoiced: _PROCESSING,
        PaymentCommissionCollected: "completed",
        PaymentCommissionWentBack: "completed",
        PaymentCommissionFailed: "failed",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionStanding:
    """A collection of commission, as of the newest event that told of it.

    collection_id: its number
    version: the collection's, in that event
    provider_id: whose commission it is
    state: blocked, processing, completed or failed
    since: when it came to stand so
    payable_until: by when its invoice is to be paid; None where none was sent
    cause: why it has failed, as a code; empty when it has not
    amount, currency: how much it is to take, in minor units; None of one that was told of long ago
    """

    collection_id: int
    version: int
    provider_id: int
    state: str
    since: datetime
    payable_until: datetime | None = None
    cause: str = ""
    amount: int | None = None
    currency: str | None = None

    def stuck(self, now: datetime) -> bool:
        """Whether it is under way for too long (P-12); an invoice may rightly stand open until it is due."""
        return self.state == _PROCESSING and now - (self.payable_until or self.since) > STUCK_AFTER

    @property
    def overdue(self) -> bool:
        """Whether an invoice was sent for it, and was not paid in time."""
        return self.cause == OVERDUE


def newest_collections(events: Iterable[Event]) -> list[CollectionStanding]:
    """The state of each collection that the events tell of, by its highest version."""
    newest: dict[int, CollectionStanding] = {}
    for event in events:
        if isinstance(event, CommissionEvent):
            known = newest.get(event.collection_id)
            if known is None or known.version < event.version:
                newest[event.collection_id] = _standing(event)
    return list(newest.values())


def _standing(event: CommissionEvent) -> CollectionStanding:
    return CollectionStanding(
        collection_id=event.collection_id,
        version=event.version,
        provider_id=event.provider_id,
        state=_STATES[type(event)],
        since=event.occurred_at,
        payable_until=event.payable_until if isinstance(event, PaymentCommissionInvoiced) else None,
        cause=event.cause if isinstance(event, PaymentCommissionFailed) else "",
        amount=event.amount,
        currency=event.currency,
    )
