"""Redriving and dropping, of letters that are named and of all that fit."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cli import letters
from cli.admin import call
from cli.environment import environ
from cli.services import agreed, each, services_named

_LOOK_SECONDS: Final = 0.25
_PATIENCE_SECONDS: Final = 30


def redrive_named(names: Sequence[str], *, wait: bool) -> dict[str, int]:
    """`{redriven, applied, died, waiting, silent}`; without waiting the middle three are unknown, and 0."""
    known, paths = environ(), [_path(name) for name in names]
    for path in paths:
        call(known, "POST", f"{path}/redrive", body={})
    states = [_outcome(known, path) for path in paths] if wait else []
    return {
        "redriven": len(paths),
        "applied": states.count("applied"),
        "died": states.count("dead"),
        "waiting": states.count("redriven"),
        "silent": 0,
    }


def redrive_all(services: Sequence[str], wanted: Mapping[str, Any], *, wait: bool) -> dict[str, int]:
    """As `redrive_named`, for all dead letters that fit."""
    known = environ()
    each_did = each(services_named(services), lambda service: _redrive(known, service, wanted, wait=wait))
    names = ("redriven", "applied", "died", "waiting")
    sums = {name: sum(did[name] for did in each_did.values()) for name in names}
    return sums | {"silent": len(each_did.silent)}


def drop_named(names: Sequence[str], *, because: str, yes: bool) -> int:
    known, paths = environ(), [_path(name) for name in names]
    agreed(f"Drop {', '.join(names)} for good?", yes=yes)
    for path in paths:
        call(known, "POST", f"{path}/drop", body={"because": because})
    return len(paths)


def drop_all(services: Sequence[str], wanted: Mapping[str, Any], *, because: str, yes: bool) -> int:
    known, dead = environ(), {**wanted, "state": ["dead"]}
    found = each(services_named(services), lambda service: letters.counts(known, service, dead))
    found.all_answered()
    totals = {service: sum(counts.values()) for service, counts in found.items()}
    if not sum(totals.values()):
        return 0
    told = ", ".join(f"{total} of {service}" for service, total in totals.items() if total)
    agreed(f"Drop {told} for good?", yes=yes)
    body = {**dead, "because": because}
    return sum(
        sum(letters.settle_many(known, service, "drop", body, total=total))
        for service, total in totals.items()
        if total
    )


def _redrive(known: Mapping[str, str], service: str, wanted: Mapping[str, Any], *, wait: bool) -> dict[str, int]:
    before = letters.counts(known, service, wanted)
    total = before.get("dead", 0)
    nothing = {"redriven": 0, "applied": 0, "died": 0, "waiting": 0}
    if not total:
        return nothing
    redriven = sum(letters.settle_many(known, service, "redrive", wanted, total=total))
    if not wait:
        return nothing | {"redriven": redriven}
    waiting = letters.await_outcome(known, service, wanted)
    applied = letters.counts(known, service, wanted).get("applied", 0) - before.get("applied", 0)
    died = max(0, redriven - applied - waiting)
    return {"redriven": redriven, "applied": applied, "died": died, "waiting": waiting}


def _path(name: str) -> str:
    service, number = letters.reference(name)
    return f"/api/admin/{service}/dlq/{number}"


def _outcome(known: Mapping[str, str], path: str) -> str:
    """The letter's state once its group has finished with it, or when that takes too long."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        state: str = call(known, "GET", path, role="viewer")["state"]
        if state != "redriven" or time.monotonic() > until:
            return state
        time.sleep(_LOOK_SECONDS)
