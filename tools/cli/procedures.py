"""What is looked at beside the jobs of `fullhouse payments upkeep`, for the person who has run them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

from cli import comparing, figures
from cli.admin import call
from cli.moments import month_span
from cli.output import progress, say
from cli.services import plain

_CONNECTIONS: Final = "/api/v1/external-payments/connections"
_PAUSE_SECONDS: Final = 0.5
_UNDER_WAY: Final = ("waiting", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was looked at.

    name: as JSON has it
    document: what was found
    show: prints it
    well: whether nobody need do anything about it
    """

    name: str
    document: Any
    show: Callable[[], None]
    well: bool = True


def health(known: Mapping[str, str]) -> Iterator[Look]:
    """The six checks of `fullhouse doctor payments`."""
    from cli import connections
    from cli.commands import doctor
    from cli.doctor import CHECKS
    from cli.doctor.examining import healthy

    results = connections.run(doctor.examined(doctor.chosen(CHECKS, [doctor.COUNTED]), known))
    document = {"checks": [doctor.row(each) for each in results], "summary": doctor.tally(results)}
    yield Look(name="health", document=document, show=lambda: doctor.show(results), well=healthy(results))


def reading(known: Mapping[str, str]) -> Iterator[Look]:
    """How many payments each connected account's processor has listed, once that is over."""
    found = [_read(known, each["id"]) for each in _connected(known)]
    failed = [each for each in found if each["state"] == "failed"]
    yield Look(name="sync", document=found, show=lambda: say("\n".join(_read_lines(found))), well=not failed)


def comparison(known: Mapping[str, str]) -> Iterator[Look]:
    """What `fullhouse payments reconcile` says of the last week; what it has mended nobody need look at."""
    run = comparing.finished(known, {"since": f"{datetime.now(UTC) - comparing.WEEK:%FT%TZ}", "dry_run": False})
    well = comparing.exit_code(run) in comparing.SETTLED
    yield Look(name="reconciliation", document=run, show=lambda: comparing.show(run), well=well)


def month_before(known: Mapping[str, str]) -> Iterator[Look]:
    """What payment pages, fees and commission rates came to in the month before."""
    query = urlencode(month_span("last", known))

    def asked(path: str) -> Mapping[str, Any]:
        return call(known, "GET", f"{path}?{query}", role="viewer")

    performance, fees, rates = map(asked, (figures.PERFORMANCE, figures.FEES, figures.RATES))
    yield Look(name="performance", document=performance, show=lambda: figures.show_performance(performance))
    yield Look(name="fees", document=fees, show=lambda: figures.show_fees(fees), well=not figures.drifts(fees))
    yield Look(name="rates", document=rates, show=lambda: figures.show_rates(rates))


LOOKS: Final[Mapping[str, Sequence[Callable[[Mapping[str, str]], Iterator[Look]]]]] = MappingProxyType(
    {"daily": (reading, health), "weekly": (comparison,), "monthly": (month_before,)}
)


def _connected(known: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    asked = {"limit": "500"}
    while True:
        page = call(known, "GET", f"{_CONNECTIONS}?{urlencode(asked)}", role="viewer")
        yield from (each for each in page["data"] if each["status"] == "connected")
        if page["next_cursor"] is None:
            return
        asked["cursor"] = page["next_cursor"]


def _read(known: Mapping[str, str], connection: int) -> Mapping[str, Any]:
    while (found := call(known, "GET", f"{_CONNECTIONS}/{connection}/sync", role="viewer"))["state"] in _UNDER_WAY:
        progress(f"connection {connection}: {found['seen']} payments read …")
        time.sleep(_PAUSE_SECONDS)
    return found


def _read_lines(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for each in found:
        if each["state"] == "failed":
            yield f"Connection {each['connection']} could not be read: {plain(each['last_error'])}"
        else:
            counts = f"{each['seen']} payments read, {each['missing']} were missing, {each['outdated']} outdated"
            yield f"Connection {each['connection']}: {counts}."
    if not found:
        yield "There is no connection to read."
