from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from stripe import SignatureVerificationError, WebhookSignature

from checkout.webhooks.errors import SignatureInvalid, SignatureMissing

TOLERANCE: Final = timedelta(seconds=300)
THIN_PREFIX: Final = "v1."
ATTEMPTS: Final = 8
LONGEST_WAIT: Final = timedelta(days=7)
_MOST_SIGNATURES: Final = 16
_STAMP = re.compile(r"t=([0-9]{1,12})")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,255}")


class State(StrEnum):
    """received ──► processing ──► done | ignored | failed;   waiting ⇄ processing"""

    RECEIVED = "received"
    PROCESSING = "processing"
    WAITING = "waiting"
    DONE = "done"
    IGNORED = "ignored"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEvent:
    """An event as it came, verified. `occasion` is what its thin and its snapshot form have in common."""

    event_id: str
    occasion: str
    type: str
    thin: bool
    live_mode: bool
    payload: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """A raw event from the store. `attempts` counts tries that failed, not those that waited."""

    event_id: str
    type: str
    thin: bool
    live_mode: bool
    payload: bytes
    attempts: int
    created_at: datetime
    received_at: datetime

    def document(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(self.payload)
        return found


def verify(payload: bytes, header: str, secrets: Sequence[str], *, now: datetime) -> None:
    """Raises SignatureMissing, or SignatureInvalid unless a secret signed these bytes within 300 s of now, either way.

    Stripe's own check compares in constant time; the clock is ours, so that tests move it, and the future counts.
    """
    if not header:
        raise SignatureMissing
    if header.count(",") > _MOST_SIGNATURES or not _timely(header, now):
        raise SignatureInvalid
    if not any(_signed(payload, header, secret) for secret in secrets):
        raise SignatureInvalid


def read_event(payload: bytes) -> RawEvent:
    """Raises SignatureInvalid for what is signed and yet no event: then the secret was used for something else."""
    try:
        found = json.loads(payload)
        thin = found["object"] == "v2.core.event"
        event_id, kind = _name(found["id"]), _name(found["type"])
        return RawEvent(
            event_id=event_id,
            occasion=_name(found.get("snapshot_event") or event_id) if thin else event_id,
            type=kind.removeprefix(THIN_PREFIX) if thin else kind,
            thin=thin,
            live_mode=bool(found["livemode"]),
            payload=payload,
            created_at=_created(found["created"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise SignatureInvalid("The body is not an event.") from error


def pause_after(failures: int) -> timedelta:
    """Backoff of an event that failed: 1 s, doubling, 5 minutes at most."""
    return timedelta(seconds=min(300, 2 ** min(failures, 9)))


def pause_while_waiting(age: timedelta) -> timedelta:
    """An early event is looked at often at first: what it waits for is usually right behind it."""
    return min(max(age / 4, timedelta(milliseconds=250)), timedelta(minutes=5))


def _timely(header: str, now: datetime) -> bool:
    stamps = [part for part in header.split(",") if part.startswith("t=")]
    stamp = _STAMP.fullmatch(stamps[0]) if len(stamps) == 1 else None
    return stamp is not None and abs(now.timestamp() - int(stamp[1])) <= TOLERANCE.total_seconds()


def _signed(payload: bytes, header: str, secret: str) -> bool:
    try:
        return bool(WebhookSignature.verify_header(payload, header, secret))
    except (SignatureVerificationError, ValueError):
        return False


def _name(value: object) -> str:
    """An id or a type, as Stripe writes them: nothing that a database or a log line could stumble over."""
    if not (isinstance(value, str) and _NAME.fullmatch(value)):
        raise ValueError("not a name of Stripe's")
    return value


def _created(value: object) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    return datetime.fromtimestamp(int(str(value)), UTC)
