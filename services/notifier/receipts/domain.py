"""Reads receipts from callbacks: which delivery, how far, and whether the recipient wants no more of it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from notifier.channels.sendgrid import DELIVERY_ARGUMENT

TRY_AGAIN: Final = timedelta(seconds=1)
TRIES: Final = 60
_SUPPRESSING: Final[Mapping[str, str]] = {
    "bounce": "bounce",
    "spamreport": "spam_report",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReceipt:
    """What a vendor tells of a message, as it is stored.

    provider: the vendor
    dedup: the same for repeats of one callback
    delivery_id: the delivery, where the callback names it
    provider_id: what the vendor calls the message
    status: how far it is, in the vendor's word
    error_code: the vendor's own, for one that failed
    payload: the callback
    """

    provider: str
    dedup: str
    delivery_id: UUID | None
    provider_id: str | None
    status: str
    error_code: str | None
    payload: Mapping[str, Any]


def twilio_receipt(form: Mapping[str, str], delivery: str | None) -> RawReceipt | None:
    """A status callback; None when it says nothing of a message. `delivery` is from the address we gave."""
    sid, status = form.get("MessageSid") or form.get("SmsSid"), form.get("MessageStatus") or form.get("SmsStatus")
    if not sid or not status:
        return None
    return RawReceipt(
        provider="twilio",
        dedup=f"{sid}:{status}",
        delivery_id=_uuid(delivery),
        provider_id=sid,
        status=status,
        error_code=form.get("ErrorCode") or None,
        payload=dict(form),
    )


def sendgrid_receipt(event: Mapping[str, Any]) -> RawReceipt | None:
    """One event of a batch; None when it has no kind."""
    status = event.get("event")
    if not isinstance(status, str):
        return None
    code = event.get("status")
    return RawReceipt(
        provider="sendgrid",
        dedup=str(event.get("sg_event_id") or _hash(event)),
        delivery_id=_uuid(event.get(DELIVERY_ARGUMENT)),
        # The event's id has the receiving server behind a dot; the send answer's hasn't.
        provider_id=str(event.get("sg_message_id", "")).partition(".")[0] or None,
        status=status,
        error_code=str(code) if code else None,
        payload=event,
    )


def unwanted(events: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Addresses that must not be written to again, with the reason. A block is the server's mood: not forever."""
    found = {}
    for event in events:
        reason = _SUPPRESSING.get(str(event.get("event")))
        email = event.get("email")
        if reason and isinstance(email, str) and event.get("type") != "blocked":
            found[email] = reason
    return found


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def _hash(event: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(event, sort_keys=True, default=str).encode()).hexdigest()
