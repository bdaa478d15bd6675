"""Asks a processor for the sessions of payments, by its list where that takes fewer calls than one for each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from chassis.due_rows import side_by_side
from checkout.payments.domain import Session
from checkout.payments.processors.port import Processor, Stretch
from checkout.polls.domain import SKEW
from checkout.reconciliation.detectors.detector import AT_ONCE, DEADLINE

# Of so many on a page of the list that is worth its call.
_WORTH_IT: Final = 3


async def sessions_of_payments(
    processor: Processor, taken: Mapping[str, datetime], *, longest: timedelta
) -> Mapping[str, Session]:
    """Those that there are, by the processor's ids of the payments, of which `taken` says when their money came.

    longest: how long a session lives. Raises ProcessorFailure.
    """
    found = await _listed(processor, taken, longest) if len(taken) > _WORTH_IT else {}

    async def one(payment_intent: str) -> None:
        listed = await processor.find_sessions(email=None, payment_intent=payment_intent, after=None, deadline=DEADLINE)
        for session in listed.items:
            found[payment_intent] = session

    await side_by_side(one, [each for each in taken if each not in found], at_once=AT_ONCE)
    return found


async def _listed(processor: Processor, taken: Mapping[str, datetime], longest: timedelta) -> dict[str, Session]:
    """While its pages have some: a debit's money comes days after its session was made."""
    made = Stretch(since=min(taken.values()) - longest - SKEW, until=max(taken.values()) + SKEW)
    found: dict[str, Session] = {}
    after: str | None = None
    while len(found) < len(taken):
        listed = await processor.list_sessions(made, complete=True, after=after, deadline=DEADLINE)
        wanted = {each.payment_intent: each for each in listed.items if each.payment_intent in taken}
        found |= {payment_intent: each for payment_intent, each in wanted.items() if payment_intent is not None}
        after = listed.after
        if after is None or len(wanted) < _WORTH_IT:
            return found
    return found
