"""What inventory and the notifier say about an order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

# Kinds of message about an order that go to somebody else than its buyer.
TO_OTHERS: Final = frozenset({"address_left", "ticket_given", "ticket_left", "ticket_ended"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message about an order, as the notifier says.

    channel: the way that it takes, such as `sms`
    kind: what it says
    state: how far it is: queued, sent, delivered, failed or suppressed
    changed_at: since when
    """

    channel: str
    kind: str
    state: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment:
    """What inventory and the notifier say about an order.

    revision: grows with each change
    sold_at: when its seats became sold
    oversold: whether there was no seat left for it
    deliveries: the messages about it, in the order of their newest change
    """

    revision: int
    sold_at: datetime | None
    oversold: bool
    deliveries: tuple[Delivery, ...]

    def newest(self, channel: str) -> Delivery | None:
        """The last message that was sent to the buyer over a channel."""
        mine = (each for each in reversed(self.deliveries) if each.channel == channel and each.kind not in TO_OTHERS)
        return next(mine, None)


NOT_FULFILLED = Fulfilment(revision=0, sold_at=None, oversold=False, deliveries=())
