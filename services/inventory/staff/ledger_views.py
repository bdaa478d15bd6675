"""What the page of a city says of its ledger (I-6). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from chassis import formats
from inventory.ledger.domain import LedgerEntry, LedgerRow, Operation
from inventory.staff.inside_views import Choice
from inventory.staff.stock_views import address, number

# The counts of a pool, in the order in which they are told.
_COUNTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "publicLimit": "public limit",
        "actualLimit": "actual limit",
        "held": "held",
        "sold": "sold",
        "spareSold": "from the spare",
        "oversold": "oversold",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """A change of a pool, as the page shows it.

    at: when
    operation: what was done
    tier: the kind of seat
    seats: how many seats it was done to
    counts: each count that changed, before and after
    actor: who did it
    reason: why
    order: the order's id; empty where there is none
    """

    at: str
    operation: str
    tier: str
    seats: str
    counts: Sequence[tuple[str, str, str]]
    actor: str
    reason: str
    order: str


def ledger_lines(found: Iterable[LedgerRow], zone: str, *, now: datetime) -> list[LedgerLine]:
    """The rows, in their order, by the city's clock."""
    return [_line(row.entry, zone, now) for row in found]


def operations(city_id: str, *, chosen: Operation | None) -> list[Choice]:
    """All changes, or those of one kind."""
    everything = Choice(name="All", href=ledger_address(city_id), here=chosen is None)
    return [
        everything,
        *(
            Choice(name=each.capitalize(), href=ledger_address(city_id, operation=each), here=each is chosen)
            for each in Operation
        ),
    ]


def ledger_address(city_id: str, *, operation: Operation | None = None, cursor: str | None = None) -> str:
    """The page of the city with the ledger narrowed so, at this place."""
    query = {"operation": operation.value if operation else None, "cursor": cursor}
    given = urlencode({name: value for name, value in query.items() if value})
    return f"{address(city_id)}{'?' if given else ''}{given}#ledger"


def _line(entry: LedgerEntry, zone: str, now: datetime) -> LedgerLine:
    return LedgerLine(
        at=formats.recent(entry.timestamp, zone, now=now),
        operation=entry.operation.capitalize(),
        tier=entry.tier.upper(),
        seats=number(entry.quantity),
        counts=[
            (word, number(entry.before.get(name, 0)), number(entry.after.get(name, 0)))
            for name, word in _COUNTS.items()
            if entry.before.get(name, 0) != entry.after.get(name, 0)
        ],
        actor=entry.actor,
        reason=entry.reason,
        order=str(entry.order_id or ""),
    )
