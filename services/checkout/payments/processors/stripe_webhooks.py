"""Stripe's webhooks: whether a secret of ours signed them, and what their envelope says. Pure."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from stripe import SignatureVerificationError, WebhookSignature

from chassis.signatures import SignatureInvalid, SignatureMissing, is_timely
from checkout.payments.errors import ObjectStrange
from checkout.payments.processors.stripe_objects import NAME
from checkout.webhooks.domain import RawWebhook

_MARKED: Final = b"signing secret of webhooks"
_MARK: Final = 24
_THIN_PREFIX: Final = "v1."
_MOST_SIGNATURES: Final = 16
# What a thin event may name: where we would send our key to read it.
_OBJECT = re.compile(r"/v1/(?:checkout/sessions|payment_intents|charges|disputes|refunds|invoices)/[A-Za-z0-9_]{1,255}")
# What staff see of an event: nothing about a person, no address of a page, and of metadata only what we wrote.
_HARMLESS: Final = """
account address amount amount_captured amount_due amount_paid amount_refunded amount_subtotal amount_total api_version
brand captured card charge cityId code collection collectionId country created currency customer_details data
decline_code disputed due_by due_date evidence_details expires_at failure_balance_transaction failure_code
failure_reason funding has_evidence id last_payment_error latest_charge livemode metadata mode network_status object
orderId outcome paid payment_intent payment_method_details payment_method_types payment_status pending_webhooks
providerId quantity reason refundId refunded related_object snapshot_event state status submission_count ticketType
type wallet
"""
_SHOWN: Final = frozenset(_HARMLESS.split())
_STAMP = re.compile(r"t=([0-9]{1,12})")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,255}")


def verify(payload: bytes, header: str, secrets: Sequence[str], *, now: datetime) -> str:
    """The secret that signed these bytes within 300 s of now, either way; raises SignatureMissing or SignatureInvalid.

    Stripe's own check compares in constant time; the clock is ours, so that tests move it, and the future counts.
    """
    if not header:
        raise SignatureMissing
    if not header.isascii() or header.count(",") > _MOST_SIGNATURES or not _timely(header, now):
        raise SignatureInvalid
    for secret in secrets:
        if _signed(payload, header, secret):
            return secret
    raise SignatureInvalid


def mark(secret: str) -> str:
    """What tells a signing secret from others, and can't be turned back into it."""
    return hmac.digest(secret.encode(), _MARKED, "sha256").hex()[:_MARK]


def read_webhook(payload: bytes, *, connected: bool = False) -> RawWebhook:
    """Raises SignatureInvalid for what is signed and yet no event: then the secret was used for something else.

    `connected`: it must name an account that is connected to ours. What names one and comes as our own is of it, too.
    """
    try:
        found = json.loads(payload)
        thin = found["object"] == "v2.core.event"
        account = _account(found, thin=thin, needed=connected)
        event_id, kind = _name(found["id"]), _name(found["type"])
        return RawWebhook(
            processor=NAME,
            event_id=event_id,
            occasion=_name(found.get("snapshot_event") or event_id) if thin else event_id,
            type=plain_type(kind) if thin else kind,
            thin=thin,
            live_mode=bool(found["livemode"]),
            payload=payload,
            created_at=_created(found["created"]),
            account=account,
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise SignatureInvalid("The body is not an event.") from error


def plain_type(name: str) -> str:
    """What a thin event's type is called in its full form."""
    return name.removeprefix(_THIN_PREFIX)


def read_listed(event: Mapping[str, Any]) -> RawWebhook:
    """An event out of Stripe's own list, as if it had been sent."""
    return read_webhook(json.dumps(event).encode())


def object_path(event: Mapping[str, Any]) -> str:
    """Where the object of a thin event is read. Raises ObjectStrange for anything but an object of a kind of ours."""
    named = event.get("related_object")
    url = named.get("url") if isinstance(named, dict) else None
    if not (isinstance(url, str) and _OBJECT.fullmatch(url)):
        raise ObjectStrange("It names no object of a kind that is read at Stripe")
    return url


def shown(payload: bytes) -> Any:
    """An event as staff see it: the fields that are known to be harmless, and no others."""
    return _shown(json.loads(payload))


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shown(each) for name, each in value.items() if name in _SHOWN}
    return [_shown(each) for each in value] if isinstance(value, list) else value


def _timely(header: str, now: datetime) -> bool:
    stamps = [part for part in header.split(",") if part.startswith("t=")]
    stamp = _STAMP.fullmatch(stamps[0]) if len(stamps) == 1 else None
    return stamp is not None and is_timely(stamp[1], now)


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


def _account(event: Mapping[str, Any], *, thin: bool, needed: bool) -> str | None:
    """The connected account that an event is of; a thin one calls it its context."""
    found = event.get("context" if thin else "account")
    return None if found is None and not needed else _name(found)


def _created(value: object) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    return datetime.fromtimestamp(int(str(value)), UTC)
