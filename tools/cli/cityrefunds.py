"""Refunds of whole cities in words, and waiting for one."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cli.admin import call
from cli.errors import CommandError
from cli.orders import text
from cli.output import progress
from cli.services import plain

_PATIENCE: Final = 3600.0
_LOOK: Final = 1.0


def foretold(preview: Mapping[str, Any]) -> Iterator[str]:
    """What a refund of the city would do, a sentence a line."""
    yield plain(f"{preview['cityId']}: {preview['orders']} orders get back what is left of their money.")
    for each in preview["money"]:
        yield f"{text(each['amount'], each['currency'])} go back{_account(each)}."
    for why, orders in sorted(Counter(each["why"] for each in preview["excluded"]).items()):
        named = ", ".join(each["displayNumber"] for each in preview["excluded"] if each["why"] == why)
        yield plain(f"Left out, {why}: {orders} ({named}).")


def told(run: Mapping[str, Any]) -> Iterator[str]:
    """How far it is."""
    asked = run["orders"] - run["waiting"] - len(run["failed"])
    states = ", ".join(f"{count} {state}" for state, count in sorted(run["refunds"].items())) or "none yet"
    yield plain(f"{run['cityId']}: {asked} of {run['orders']} orders were asked for; their refunds: {states}.")
    for each in run["failed"]:
        yield plain(f"Order {each['displayNumber']} was left: {each['problem']}.")
    if not run["finished"]:
        yield f"It goes on by itself: `fullhouse orders city-refund {run['runId']}` says how far."


def decided(known: Mapping[str, str], run: Mapping[str, Any]) -> dict[str, Any]:
    """The same, once nothing is left to be done."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        found = call(known, "GET", f"/api/admin/city-refunds/{run['runId']}", role="viewer")
        if found["finished"]:
            return found
        progress(f"{found['orders'] - found['waiting']} of {found['orders']} orders asked for …")
        time.sleep(_LOOK)
    raise CommandError(f"It is not finished. Look at `fullhouse orders city-refund {run['runId']}` later.")


def _account(money: Mapping[str, Any]) -> str:
    own, available, currency = money["ownAmount"], money["available"], money["currency"]
    rest = money["amount"] - own
    theirs = f"; {text(rest, currency)} of it from providers' own accounts, of which we don't know what they have"
    return f"{_our_account(own, available, currency) if own else ''}{theirs if rest else ''}"


def _our_account(own: int, available: int | None, currency: str) -> str:
    if available is None:
        return "; the processor does not say what our account has"
    has = f"our account at the processor has {text(available, currency)}"
    return f"; {has}" if available >= own else f"; {has}: too little, so that refunds wait or fail there"
