"""Seats in words, and as CSV. Pure but for the printing."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from chassis.spreadsheets import csv_line
from cli.moments import stamp
from cli.services import plain

SEAT: Final = (
    "orderId",
    "orderNumber",
    "seat",
    "cityId",
    "tier",
    "place",
    "valid",
    "voidReason",
    "issuedAt",
    "voidedAt",
)
# For people the short number comes first, and the id last.
SEAT_SHOWN: Final = ("orderNumber", "seat", "cityId", "tier", "place", "valid", "voidReason", "issuedAt", "orderId")
_COUNTS: Final = ("publicLimit", "actualLimit", "held", "sold", "spareSold", "oversold")


def lines(row: Mapping[str, Any]) -> tuple[str, str]:
    """What was done to which pool, by whom and why; what it changed."""
    changed = [
        f"{name} {row['before'][name]} → {row['after'][name]}"
        for name in _COUNTS
        if row["before"].get(name) != row["after"].get(name) and name in row["before"]
    ]
    moment = stamp(row["timestamp"])
    head = f"{moment}  {row['cityId']} {row['tier'].upper()}  {row['operation']} {row['quantity']}  {row['actor']}"
    order = f"; order {row['orderId']}" if row["orderId"] else ""
    return plain(head), plain(f"    {', '.join(changed) or 'begun'}; {row['reason']}{order}")


def audited(answer: Mapping[str, Any]) -> Iterator[str]:
    """What was found; what could not be compared is said as well."""
    for row in answer["data"]:
        pool = f"{row['cityId']} {row['tier'].upper()}"
        yield plain(f"✗ {pool}: {row['what']} is {row['actual']}, its {row['source']} say {row['expected']}")
    if not answer["data"]:
        yield f"✓ {answer['pools']} pools are what everything else says."
    for source, why in answer["unjudged"].items():
        yield plain(f"· Not compared with {source}: {why}.")


def corrected(answer: Mapping[str, Any]) -> Iterator[str]:
    """What each pool was and is."""
    for each in answer["corrected"]:
        before, after = each["before"], each["after"]
        moved = ", ".join(f"{name} {before[name]} → {after[name]}" for name in _COUNTS if before[name] != after[name])
        yield plain(f"{answer['cityId']} {each['tier'].upper()} is corrected: {moved or 'its ledger goes on'}.")
    if not answer["corrected"]:
        yield "Nothing was wrong."


def owed(row: Mapping[str, Any]) -> tuple[str, str]:
    """Whose order has no seat, since when, and where it should be."""
    seats = ", ".join(map(str, row["seats"]))
    moment = stamp(row["since"])
    head = (
        f"{moment}  {row['cityId']} {row['tier'].upper()}  order {row['orderNumber'] or row['orderId']}, seat {seats}"
    )
    bought = row["customer"]
    whose = bought and f"{bought['firstName']} {bought['lastName']}, {bought['email']}, {bought['phone'] or 'no phone'}"
    return plain(head), plain(f"    {whose or 'whose it is, checkout knows'}")


def print_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    """A line a change, with the pool's counts before and after it."""
    plain = ("id", "timestamp", "cityId", "tier", "operation", "quantity", "orderId", "actor", "reason", "eventId")
    counts = [(when, name) for when in ("before", "after") for name in _COUNTS]
    head = [*plain, *(f"{when}.{name}" for when, name in counts)]
    write_csv(head, ([*(r[name] for name in plain), *(r[when].get(name) for when, name in counts)] for r in rows))


def write_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """To standard output, with the names first."""
    sys.stdout.write(csv_line(head))
    sys.stdout.writelines(map(csv_line, rows))


def rows_of(city: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for tier, offered in city["publicLimits"].items():
        numbers = (city[name][tier] for name in ("actualLimits", "sold", "held", "publicAvailable", "status"))
        yield city["cityId"], tier, *map(str, (offered, *numbers))


def limits(each: Mapping[str, Any]) -> str:
    """`GA has 45 seats now, 35 before; 40 are offered, 30 before`"""
    before, after = each["before"], each["after"]
    room = f"{each['tier'].upper()} has {after['actual']} seats now, {before['actual']} before"
    return f"{room}; {after['public']} are offered, {before['public']} before"
