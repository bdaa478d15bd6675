"""What staff's pages of passes say: which ones fit what somebody typed or scanned, and how one stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import formats
from chassis.ids import display_number, parse_short_number
from chassis.pass_codes import CODE_PREFIX, PassCodeInvalid, pass_of_code
from chassis.telemetry.masking import mask_email
from checkout.passes.domain import Pass, Use
from checkout.passes.store import PassFilters
from events import PassState

HOME: Final = "/staff/passes"
# Mark and word of each state; what is active may still be over or used up.
_STATES: Final = {PassState.FROZEN: ("high", "Payment disputed"), PassState.ENDED: ("off", "Money went back")}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPassRow:
    """A pass, as the pages show it.

    pass_id, href: its id, and its page
    name, number: what kind it is, and its order's number
    order: its order's id
    left: how many entries are left: `7 of 10`
    until: the last day
    mark, state: whether an entry can be used now, in shape and words
    usable: the same
    whose: its owner's address, masked below admin
    """

    pass_id: str
    href: str
    name: str
    number: str
    order: str
    left: str
    until: str
    mark: str
    state: str
    usable: bool
    whose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRow:
    """An entry that was used.

    use_id: its own id
    number: which one it was
    at: when
    place: where, as staff called it
    by: who let the person in
    undone: when, by whom and why it was undone; empty while it counts
    """

    use_id: str
    number: int
    at: str
    place: str
    by: str
    undone: str


def pass_of(text: str) -> UUID | None:
    """The pass whose code, or id, somebody has typed or scanned; None for anything else."""
    try:
        return pass_of_code(text) if text.startswith(CODE_PREFIX) else UUID(text)
    except (ValueError, PassCodeInvalid):
        return None


def filters_of(text: str) -> PassFilters:
    """Those of an address, or of an order's number; all without any text."""
    if not text:
        return PassFilters()
    return PassFilters(email=text) if "@" in text else PassFilters(order_number=parse_short_number(text) or text)


def pass_row(held: Pass, *, now: datetime, zone: ZoneInfo, personal: bool) -> HeldPassRow:
    """`personal`: with the owner's whole address."""
    mark, state = _standing(held, now)
    return HeldPassRow(
        pass_id=str(held.pass_id),
        href=f"{HOME}/{held.pass_id}",
        name=held.name,
        number=display_number(held.order_number),
        order=str(held.order_id),
        left=f"{held.entries_left} of {held.entries}",
        until=formats.dated(held.valid_until, zone.key),
        mark=mark,
        state=state,
        usable=held.usable(now),
        whose=held.customer.email if personal else mask_email(held.customer.email),
    )


def use_rows(uses: Iterable[Use], *, now: datetime, zone: ZoneInfo) -> list[UseRow]:
    """The newest first, as they come."""
    return [
        UseRow(
            use_id=use.use_id,
            number=use.number,
            at=formats.recent(use.used_at, zone.key, now=now),
            place=use.place,
            by=use.used_by,
            undone=_undone(use, now=now, zone=zone),
        )
        for use in uses
    ]


def _undone(use: Use, *, now: datetime, zone: ZoneInfo) -> str:
    if use.undone_at is None:
        return ""
    why = f": {use.undone_reason}" if use.undone_reason else ""
    return f"{formats.recent(use.undone_at, zone.key, now=now)} by {use.undone_by}{why}"


def _standing(held: Pass, now: datetime) -> tuple[str, str]:
    if held.state in _STATES:
        return _STATES[held.state]
    if now >= held.valid_until:
        return "off", "Over"
    return ("ok", "Good") if held.entries_left else ("off", "Used up")
