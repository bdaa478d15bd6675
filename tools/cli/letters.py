"""Letters as a person names them on the command line, and settling many of them a page at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from cli.admin import call
from cli.errors import UsageError
from cli.output import progress
from cli.services import services_named

STATES: Final = ("dead", "redriven", "applied", "dropped")
_LOOK_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 30


def reference(text: str) -> tuple[str, int]:
    """`inventory/17`: letters are numbered by the service whose group gave the event up."""
    service, separator, number = text.partition("/")
    if not separator or not number.isdigit():
        raise UsageError(f"“{text}” names no letter: write its service and number, as inventory/17.")
    return services_named([service])[0], int(number)


def filters(
    *,
    group: Sequence[str],
    topic: Sequence[str],
    event_type: Sequence[str],
    state: Sequence[str],
    since: str,
    until: str,
    reason: str,
) -> dict[str, Any]:
    """As the API takes them; only those that say something."""
    from datetime import UTC, datetime

    from cli.moments import moment

    unknown = sorted(set(state) - set(STATES))
    if unknown:
        raise UsageError(f"There is no state “{unknown[0]}”: write one of {', '.join(STATES)}.")
    now = datetime.now(UTC)
    found: dict[str, Any] = {
        "group": list(group),
        "topic": list(topic),
        "type": list(event_type),
        "state": list(state),
        "since": moment(since, now=now).isoformat() if since else None,
        "until": moment(until, now=now).isoformat() if until else None,
        "reason": reason or None,
    }
    return {name: value for name, value in found.items() if value}


def page(environ: Mapping[str, str], service: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    query = urlencode(wanted, doseq=True)
    return call(environ, "GET", f"/api/admin/{service}/dlq?{query}", role="viewer")


def counts(environ: Mapping[str, str], service: str, wanted: Mapping[str, Any]) -> dict[str, int]:
    """How many fit, by state."""
    found: dict[str, int] = page(environ, service, {**wanted, "limit": 1})["counts"]
    return found


def settle_many(
    environ: Mapping[str, str], service: str, verb: str, wanted: Mapping[str, Any], *, total: int
) -> Iterator[int]:
    """Settles all that fit, the oldest first; gives how many of each page it did."""
    after, done = 0, 0
    while True:
        answer = call(environ, "POST", f"/api/admin/{service}/dlq/{verb}", body={**wanted, "after": after})
        done += answer["settled"]
        progress(f"{service}: {done} of {total}")
        yield answer["settled"]
        if answer["last"] is None:
            return
        after = answer["last"]


def await_outcome(environ: Mapping[str, str], service: str, wanted: Mapping[str, Any]) -> int:
    """Waits until the group has worked through what was handed back; how many still wait when it gets nowhere."""
    still = {**wanted, "state": ["redriven"]}
    waiting = sum(counts(environ, service, still).values())
    moved_at = time.monotonic()
    while waiting and time.monotonic() - moved_at < _PATIENCE_SECONDS:
        time.sleep(_LOOK_SECONDS)
        left = sum(counts(environ, service, still).values())
        if left != waiting:
            waiting, moved_at = left, time.monotonic()
            progress(f"{service}: {waiting} still wait")
    return waiting
