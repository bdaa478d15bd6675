"""Events of the processor, page by page: what of them is not handled here, and having that done (R-4)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from cli.errors import UsageError

_PATH: Final = "/api/admin/webhooks/replay"
_STATES: Final = "/api/admin/webhooks/states"
_SECONDS: Final = 60
_PATIENCE: Final = 60.0
_LOOK: Final = 0.25
_PAGE: Final = 100
_UNDER_WAY: Final = frozenset({"received", "processing"})


@dataclass(frozen=True, slots=True)
class Found:
    """How the processor's events stand here: how many of each."""

    presences: Counter[str]

    @property
    def due(self) -> int:
        """How many are to be handled."""
        return self.presences["missing"] + self.presences["failed"]

    def facts(self) -> dict[str, Any]:
        return {"listed": self.presences.total(), **{name: self.presences[name] for name in _PRESENCES}}

    def sentence(self) -> str:
        parts = ", ".join(f"{self.presences[name]} {words}" for name, words in _PRESENCES.items())
        return f"{self.presences.total()} events at the processor: {parts}."


_PRESENCES: Final = {
    "missing": "are not here",
    "failed": "have failed here",
    "open": "are being handled or wait",
    "finished": "were handled before",
}


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of those that were handled now, by their state."""

    states: Counter[str]

    @property
    def failed(self) -> int:
        return self.states["failed"]

    def facts(self) -> dict[str, Any]:
        return {"replayed": self.states.total(), "states": dict(self.states)}

    def sentence(self) -> str:
        told = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        return f"{self.states.total()} were handled: {told or 'none'}."


def wish(*, since: str, ids: Sequence[str], account: str) -> dict[str, Any]:
    """Which events; one stretch of time for all pages. Raises UsageError."""
    from cli.moments import moment

    if bool(since) == bool(ids):
        raise UsageError("Say which events: --since 24h, or --id evt_….")
    if len(ids) > _PAGE:
        raise UsageError(f"At most {_PAGE} events by their ids; use --since.")
    of_account = {"account": account} if account else {}
    if ids:
        return {"eventIds": list(ids), **of_account}
    now = datetime.now(UTC)
    return {"since": moment(since, now=now).isoformat(), "until": now.isoformat(), **of_account}


def found(known: Mapping[str, str], wanted: Mapping[str, Any]) -> Found:
    """Looks through all of them; changes nothing."""
    presences: Counter[str] = Counter()
    for page in _pages(known, wanted, method="GET"):
        presences.update(each["presence"] for each in page["found"])
    return Found(presences)


def replayed(known: Mapping[str, str], wanted: Mapping[str, Any]) -> Replayed:
    """Has them handled, and waits until they are."""
    ids = [event_id for page in _pages(known, wanted, method="POST") for event_id in page["replayed"]]
    states: Counter[str] = Counter()
    for first in range(0, len(ids), _PAGE):
        states.update(_settled(known, ids[first : first + _PAGE]))
    return Replayed(states)


def _pages(known: Mapping[str, str], wanted: Mapping[str, Any], *, method: str) -> Iterator[Mapping[str, Any]]:
    from cli.output import progress

    cursor, read = None, 0
    while True:
        page = _page(known, {**wanted, **({"cursor": cursor} if cursor else {})}, method)
        yield page
        read += len(page["found"])
        progress(f"{read} events {'looked at' if method == 'GET' else 'gone through'} …")
        if (cursor := page["nextCursor"]) is None:
            return


def _page(known: Mapping[str, str], asked: Mapping[str, Any], method: str) -> dict[str, Any]:
    import asyncio

    from cli.admin import answer

    if method == "POST":
        return asyncio.run(answer(known, "POST", _PATH, role="operator", body=asked, seconds=_SECONDS))
    query = {name if name != "eventIds" else "event": value for name, value in asked.items()}
    path = f"{_PATH}?{urlencode(query, doseq=True)}"
    return asyncio.run(answer(known, "GET", path, role="operator", seconds=_SECONDS))


def _settled(known: Mapping[str, str], ids: Sequence[str]) -> list[str]:
    """The states of some, once nobody is at them any more, or that takes too long."""
    from cli.admin import call

    until = time.monotonic() + _PATIENCE
    path = f"{_STATES}?{urlencode({'event': ids}, doseq=True)}"
    while True:
        states = list(call(known, "GET", path, role="viewer")["states"].values())
        if not _UNDER_WAY.intersection(states) or time.monotonic() > until:
            return states
        time.sleep(_LOOK)
