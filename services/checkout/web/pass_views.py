"""What the page of a customer's passes shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from markupsafe import Markup

from chassis import formats
from chassis.ids import display_number
from checkout.passes.domain import Pass, Use
from events import PassState
from languages import gettext, gettext_noop, ngettext, translate
from ui.poster import poster_class

_RESTS: Final = gettext_noop("Your bank asks us about this payment. The pass rests until that is settled.")
_ENDED: Final = gettext_noop("This pass was given back, so it is good no more.")


@dataclass(frozen=True, slots=True)
class UseView:
    """One entry that was used: which, when and where, as people read it.

    undone: since when it counts no more, as it was a mistake; empty while it does
    """

    number: str
    when: str
    place: str
    undone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassView:
    """One pass; each is text as people read it.

    name, poster_size: what it is called, and how large that is written
    number: its order's number
    left: `7 of 10`
    until: the last day on which it is good
    holder: whose it is
    note: why it can't be used; empty when it can
    qr: its code; None when it can't be used
    uses: its entries that were used, the newest first
    """

    name: str
    poster_size: str
    number: str
    left: str
    until: str
    holder: str
    note: str
    qr: Markup | None
    uses: tuple[UseView, ...]


def pass_views(
    held: Sequence[Pass], uses: Mapping[UUID, Sequence[Use]], codes: Mapping[UUID, Markup], *, now: datetime, zone: str
) -> tuple[PassView, ...]:
    """Those that can be used first; `codes` are the QR codes of those, `zone` is the business's."""
    ordered = sorted(held, key=lambda each: not each.usable(now))
    return tuple(_view(each, uses[each.pass_id], codes.get(each.pass_id), now=now, zone=zone) for each in ordered)


def lead(held: Sequence[Pass], now: datetime) -> str:
    """The sentence at the top."""
    left = sum(each.entries_left for each in held if each.usable(now))
    if not held:
        return gettext("There is no pass here yet. A pass that was just paid takes a moment to come.")
    if not left:
        return gettext("No entry can be used now.")
    return ngettext(
        "%(count)s entry left. Show the code at the door; each visit takes one.",
        "%(count)s entries left. Show the code at the door; each visit takes one.",
        left,
    )


def _view(held: Pass, uses: Sequence[Use], code: Markup | None, *, now: datetime, zone: str) -> PassView:
    return PassView(
        name=held.name,
        poster_size=poster_class(held.name),
        number=display_number(held.order_number),
        left=gettext("%(left)s of %(all)s", left=held.entries_left, all=held.entries),
        until=formats.dated(held.valid_until, zone),
        holder=f"{held.customer.first_name} {held.customer.last_name}".strip() or held.customer.email,
        note=_note(held, now),
        qr=code,
        uses=tuple(_use(each, zone) for each in uses),
    )


def _note(held: Pass, now: datetime) -> str:
    if held.state is PassState.ENDED:
        return translate(_ENDED)
    if held.state is PassState.FROZEN:
        return translate(_RESTS)
    if now >= held.valid_until:
        return gettext("Its time is over.")
    return "" if held.entries_left else gettext("All entries are used.")


def _use(use: Use, zone: str) -> UseView:
    undone = gettext("Counted by mistake, undone %(when)s", when=_when(use.undone_at, zone)) if use.undone_at else ""
    number = gettext("Entry %(number)s", number=use.number)
    return UseView(number=number, when=_when(use.used_at, zone), place=use.place, undone=undone)


def _when(moment: datetime, zone: str) -> str:
    return f"{formats.dated(moment, zone)}, {formats.clock_time(moment, zone)}"
