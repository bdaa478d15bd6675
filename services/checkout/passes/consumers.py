"""Follows our own orders: what is paid becomes a pass, what goes back ends it, what did not arrive wakes it (C-9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from chassis.database import Transaction
from checkout.passes.service import PassService
from eventbus import Effect, Received, Start
from events import (
    OrderDisputeClosed,
    OrderDisputed,
    OrderPaid,
    OrderRefunded,
    OrderRefundFailed,
    PassUsed,
    PassUseUndone,
    Topic,
)

GROUP: Final = "checkout-passes"


def passes_effect(passes: PassService) -> Effect:
    """From the beginning: a pass that was paid is granted, however late this is read."""

    async def grant(tx: Transaction, batch: Sequence[Received[OrderPaid]]) -> None:
        for received in batch:
            await passes.grant(tx, received.event)

    async def follow(tx: Transaction, batch: Sequence[Received[Any]]) -> None:
        for received in batch:
            await passes.follow(tx, received.event)

    async def note_use(tx: Transaction, batch: Sequence[Received[PassUsed]]) -> None:
        for received in batch:
            await passes.note_use(tx, received.event)

    async def note_undo(tx: Transaction, batch: Sequence[Received[PassUseUndone]]) -> None:
        for received in batch:
            await passes.note_undo(tx, received.event)

    return Effect(
        group=GROUP,
        topics=(Topic.ORDERS,),
        start=Start.BEGINNING,
        handlers={
            OrderPaid: grant,
            OrderRefunded: follow,
            OrderRefundFailed: follow,
            OrderDisputed: follow,
            OrderDisputeClosed: follow,
            PassUsed: note_use,
            PassUseUndone: note_undo,
        },
    )
