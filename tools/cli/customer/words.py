"""A customer in words: what there is, then what is wrong, with the commands. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cli.customer.domain import Bought, Diagnosis, Known
from cli.moments import stamp
from cli.orders import listed, shown
from cli.services import plain


def told(known: Known, found: Sequence[Diagnosis]) -> Iterator[str]:
    """All that `fullhouse customer` prints, a line a time."""
    yield from (f"✗ NOT READ: {plain(each)}" for each in known.unread)
    for bought in known.bought:
        yield from _bought(bought)
    for held in known.passes:
        yield plain(
            f"pass {held['itemId']} of {held['orderNumber']}  {held['state']}  "
            f"{held['entriesLeft']} of {held['entries']} left until {stamp(held['validUntil'])}"
        )
    for entry in known.waiting:
        yield plain(f"waiting list  {entry['cityId']} {entry['tier'].upper()}  {entry['quantity']}  {entry['state']}")
    for call in known.calls:
        closed = f"closed: {call['reason']}" if call["closedAt"] else "open"
        yield plain(f"call for help  {stamp(call['madeAt'])}  {call['kind']}  {closed}")
    yield ""
    yield from _diagnoses(known, found)


def _bought(bought: Bought) -> Iterator[str]:
    if bought.money is None:
        yield listed(bought.order)
    else:
        yield from shown(bought.order, bought.money)
    for each in bought.messages:
        why = f"  {each['reason']}" if each["reason"] else ""
        yield plain(f"    {each['channel']} {each['kind']}  {each['state']}, {stamp(each['createdAt'])}{why}")


def _diagnoses(known: Known, found: Sequence[Diagnosis]) -> Iterator[str]:
    if not any(each.wrong for each in found):
        yield "Of the rest nothing is wrong." if known.unread else "Nothing is wrong."
    for each in found:
        yield plain(f"{'✗' if each.wrong else '·'} {each.subject}: {each.said}")
        yield from (f"    → {plain(command)}" for command in each.commands)
