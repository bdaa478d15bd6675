"""What is known of a customer, as the services told it, and what one finds about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An order with what belongs to it.

    order: the order, with its history and fulfilment
    money: what came, went back, and is on its way back; None for who may not see it
    messages: to whom it was told, the newest first
    """

    order: Row
    money: Row | None
    messages: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known of an address.

    email: the address, as it was asked for
    now: when it was asked for
    bought: its orders, the newest first
    passes: its passes
    waiting: its places in line for seats
    calls: its calls for help
    unread: sentences about what could not be read: nothing is known of that
    """

    email: str
    now: datetime
    bought: Sequence[Bought]
    passes: Sequence[Row]
    waiting: Sequence[Row]
    calls: Sequence[Row]
    unread: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Something that a customer may ask about.

    subject: what it is about: an order's number, a pass's kind …
    wrong: whether somebody must do something; else it is only worth knowing
    said: what it is, as a sentence
    commands: what mends it, or shows more, in this order
    """

    subject: str
    wrong: bool
    said: str
    commands: tuple[str, ...] = ()
