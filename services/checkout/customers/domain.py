"""Which orders are purchases, and how long and how often the link to them is given. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from checkout.orders.states import HOLDING, SETTLED

# What nothing came of is no purchase.
PURCHASES: Final = SETTLED | HOLDING
LINK_LIFE: Final = timedelta(hours=1)
# A link that got lost is asked for again soon; nobody fills anybody's inbox.
ASKED_EVERY: Final = timedelta(minutes=5)
MOST_SHOWN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """An address that has bought something.

    customer_id: stands for it
    email: as its newest order has it
    first_name: how that order's buyer is addressed
    """

    customer_id: UUID
    email: str
    first_name: str
