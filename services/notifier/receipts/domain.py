"""Reads receipts from callbacks: which delivery, how far, and whether the recipient wants no more of it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from chassis.emails import LONGEST as LONGEST_EMAIL
from chassis.emails import is_email
from chassis.texts import said
from notifier.channels.sendgrid import DELIVERY_ARGUMENT

TRY_AGAIN: Final = timedelta(seconds=1)
TRIES: Final = 60
_LONGEST_WORD: Final = 255
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
    payload: the callback as it came, as JSON
    """

    provider: str
    dedup: str
    delivery_id: UUID | None
    provider_id: str | None
    status: str
    error_code: str | None
    payload: str


def twilio_receipt(form: Mapping[str, str], delivery: str | None) -> RawReceipt | None:
    """A status callback; None when it says nothing of a message. `delivery` is from the address we gave."""
    sid = _word(form.get("MessageSid") or form.get("SmsSid"))
    status = _word(form.get("MessageStatus") or form.get("SmsStatus"))
    if not sid or not status:
        return None
    return RawReceipt(
        provider="twilio",
        dedup=f"{sid}:{status}",
        delivery_id=_uuid(delivery),
        provider_id=sid,
        status=status,
        error_code=_word(form.get("ErrorCode")) or None,
        payload=json.dumps(dict(form)),
    )


def sendgrid_receipt(event: Mapping[str, Any]) -> RawReceipt | None:
    """One event of a batch; None when it has no kind."""
    status = _word(event.get("event"))
    if not status:
        return None
    raw = _raw(event)
    return RawReceipt(
        provider="sendgrid",
        dedup=_word(event.get("sg_event_id")) or hashlib.sha256(raw.encode()).hexdigest(),
        delivery_id=_uuid(event.get(DELIVERY_ARGUMENT)),
        # The event's id has the receiving server behind a dot; the send answer's hasn't.
        provider_id=_word(event.get("sg_message_id")).partition(".")[0] or None,
        status=status,
        error_code=_word(event.get("status")) or None,
        payload=raw,
    )


def unwanted(events: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Addresses that must not be written to again, with the reason. A block is the server's mood: not forever."""
    found = {}
    for event in events:
        reason, email = _SUPPRESSING.get(_word(event.get("event"))), said(event.get("email"), longest=LONGEST_EMAIL)
        if reason and is_email(email) and event.get("type") != "blocked":
            found[email] = reason
    return found


def _word(value: object) -> str:
    return said(value, longest=_LONGEST_WORD)


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(_word(text))
    except ValueError:
        return None


def _raw(event: Mapping[str, Any]) -> str:
    """The event as JSON in ASCII, which every database keeps; of one that is too deep what stands at its surface."""
    try:
        return json.dumps(event, sort_keys=True)
    except RecursionError:
        flat = {name: value for name, value in event.items() if not isinstance(value, dict | list)}
        return json.dumps(flat, sort_keys=True)
