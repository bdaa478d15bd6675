"""Who buys, and what a purchase comes to: a payment page, or a place in line. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from checkout.blocks.domain import BuyerMark


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentPage:
    """The seats are held, and the page where the buyer pays is ready; a repeat of the request gets the same.

    order_id: the order
    session_id: the processor's id of the page; None where there is nothing to pay
    url: the page's address; where there is nothing to pay, that of the order's own page
    amount: what the buyer pays, minor units of `currency`
    currency: ISO 4217, upper case
    hold_expires_at: until when the seats are promised
    order_token: what opens the order without signing in
    """

    order_id: UUID
    session_id: str | None
    url: str | None
    amount: int
    currency: str
    hold_expires_at: datetime
    order_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceInLine:
    """The seats are held, and the line before the processor is long.

    order_id: the order
    position: how many are in front, this one counted
    status_url: where to ask whether the page is ready
    hold_expires_at: until when the seats are promised
    order_token: what opens the order without signing in
    """

    order_id: UUID
    position: int
    status_url: str
    hold_expires_at: datetime
    order_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who holds seats, as the limits count; nothing here names a person.

    address: a keyed hash of the address, of an IPv6 customer's whole network
    email: the e-mail address's key
    marks: both, as blocks know them
    exempt: whether only open seats are counted, and nothing that may be abuse
    """

    address: bytes
    email: str
    marks: Sequence[BuyerMark]
    exempt: bool
