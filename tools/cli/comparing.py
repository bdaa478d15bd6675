"""A comparison of providers' own payments with their processors' lists, from its begin to its end, and in words."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from cli.admin import call
from cli.output import progress, say, table
from cli.services import plain, printable

PATH: Final = "/api/v1/external-payments/reconciliations"
WEEK: Final = timedelta(days=7)
_CODES: Final = {"nothing": 0, "repaired": 1, "person": 2, "unreadable": 3}
# After which nobody need do anything.
SETTLED: Final = frozenset({0, 1})
_FIRST_LOOK, _LONGEST_LOOK = 0.2, 2.0


def finished(known: Mapping[str, str], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The run, when it is done."""
    run, pause = call(known, "POST", PATH, role="operator", body=wanted), _FIRST_LOOK
    while run["state"] != "done":
        compared = sum(each["theirs"] + each["ours"] for each in run["compared"])
        progress(f"{compared} compared, {len(run['discrepancies'])} found …")
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_LOOK)
        run = call(known, "GET", f"{PATH}/{run['id']}", role="viewer")
    return run


def exit_code(run: Mapping[str, Any]) -> int:
    """The worst counts."""
    return _CODES.get(run["outcome"], max(_CODES.values()))


def show(run: Mapping[str, Any]) -> None:
    """A table of what differs, and what was compared."""
    if run["discrepancies"]:
        rows = [[printable(cell) for cell in _row(each)] for each in run["discrepancies"]]
        table("Found", ("Payment", "Connection", "Transaction", "What", "Fields", "Now"), rows)
    for line in _lines(run):
        say(plain(line))


def _lines(run: Mapping[str, Any]) -> Iterator[str]:
    for each in run["compared"]:
        if each["state"] == "unreadable":
            yield f"NOT READ: connection {each['connection']}: {each['trouble']} Nothing is said of what stands there."
        else:
            yield f"Connection {each['connection']}: {each['theirs']} of the processor’s and {each['ours']} of ours."
    if not run["compared"]:
        yield "There is no connection to compare."
    found = run["discrepancies"]
    mended = sum(each["mended"] for each in found)
    yield f"{len(found)} found, {mended} mended, {len(found) - mended} for a person."


def _row(found: Mapping[str, Any]) -> tuple[str, ...]:
    number = str(found["transaction_id"] or "–")
    now = "mended" if found["mended"] else "open"
    fields = ", ".join(found["fields"]) or "–"
    return found["payment_id"], str(found["connection"]), number, found["kind"], fields, now
