"""A processor's webhooks as values, and how long one that is not done yet rests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from chassis.audit import target
from chassis.backoff import doubled

ATTEMPTS: Final = 8
LONGEST_WAIT: Final = timedelta(days=7)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=5)
# Why a webhook is ignored, as a code.
NOT_OURS: Final = "not_ours"
NO_HANDLER: Final = "no_handler"
CONNECTED_ACCOUNT: Final = "connected_account"
# Why one is waiting though nothing outside is missing.
HANDLER_FAILED: Final = "handler_failed"


class WebhookState(StrEnum):
    """received ──► processing ──► done | ignored | failed;   waiting ⇄ processing;   all that is open ──► closed"""

    RECEIVED = "received"
    PROCESSING = "processing"
    WAITING = "waiting"
    DONE = "done"
    IGNORED = "ignored"
    FAILED = "failed"
    CLOSED = "closed"


# Nothing is left to do about these; the rest is open.
FINISHED: Final = frozenset({WebhookState.DONE, WebhookState.IGNORED, WebhookState.CLOSED})


class Action(StrEnum):
    """What people do to webhooks, as the audit keeps it."""

    CLOSED = "webhook_closed"
    REPLAYED = "webhooks_replayed"


def audited(processor: str, event_id: str) -> str:
    """A webhook, as the audit's target."""
    return target("webhook", f"{processor}/{event_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawWebhook:
    """A webhook as it came, verified.

    processor: who sent it
    event_id: the processor's id of it; it is stored once
    occasion: what its thin and its full form have in common: the first of them is stored
    type: what happened, in the processor's words
    thin: whether it only names the object that it is about
    live_mode: whether real money is meant
    payload: the bytes that were signed
    created_at: when it happened, by the processor's clock
    account: whom it is about: an account that is connected to ours; None: our own
    signed_by: the mark of the secret that signed it; None where it was read from the processor's list
    connection_id: the provider's connection that it was sent for; None: it came to our own account
    """

    processor: str
    event_id: str
    occasion: str
    type: str
    thin: bool
    live_mode: bool
    payload: bytes
    created_at: datetime
    account: str | None = None
    signed_by: str | None = None
    connection_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWebhook:
    """A webhook from the store, taken to be handled.

    processor: who sent it
    event_id: the processor's id of it
    type: what happened, in the processor's words
    thin: whether it only names the object that it is about
    live_mode: whether real money is meant
    payload: the bytes that were signed
    attempts: how often handling it failed; waiting does not count
    created_at: when it happened, by the processor's clock
    received_at: when it was stored, by ours
    account: the connected account that it is about; None: our own
    connection_id: the provider's connection that it was sent for; None: it came to our own account
    """

    processor: str
    event_id: str
    type: str
    thin: bool
    live_mode: bool
    payload: bytes
    attempts: int
    created_at: datetime
    received_at: datetime
    account: str | None = None
    connection_id: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from every other one."""
        return self.processor, self.event_id

    @property
    def elsewhere(self) -> bool:
        """Whether our own account was told of another one's: it is nothing of ours, nor of a provider's."""
        return self.account is not None and self.connection_id is None

    def document(self) -> Mapping[str, Any]:
        """The payload, parsed."""
        found: Mapping[str, Any] = json.loads(self.payload)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A stored webhook as its handler gets it.

    stored: the webhook
    subject: the object that it is about
    """

    stored: StoredWebhook
    subject: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a handler has made of a webhook.

    order_id: the order that it was about, as far as that is known
    ours: whether it was about anything of ours; what is not is ignored
    known: whether anything is done about what it tells; what is not is ignored, too
    payment: the processor's id of the payment that it was about, where no order says it; of one that is not ours so
        far the webhook is handled again if it ever is
    """

    order_id: UUID | None = None
    ours: bool = True
    known: bool = True
    payment: str | None = None

    @property
    def state(self) -> WebhookState:
        """How far the webhook is with it."""
        return WebhookState.DONE if self.cause is None else WebhookState.IGNORED

    @property
    def cause(self) -> str | None:
        """Why nothing was done, as a code."""
        if not self.ours:
            return NOT_OURS
        return None if self.known else NO_HANDLER


@dataclass(frozen=True, slots=True, kw_only=True)
class Setback:
    """Why a webhook is not done.

    cause: a code that stays the same, for lists and alerts
    error: a sentence for people
    """

    cause: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedWebhook:
    """What became of a webhook, without its payload.

    processor: who sent it
    event_id: the processor's id of it
    type: what happened, in the processor's words
    live_mode: whether real money is meant
    received_at: when it was stored
    state: how far it is
    attempts: how often handling it failed
    cause: why it is not done, as a code
    last_error: the same as a sentence
    order_id: the order that it is about, as far as that is known
    processed_at: when it was done, ignored or given up
    account: the connected account that it is about; None: our own
    connection_id: the provider's connection that it was sent for; None: it came to our own account
    """

    processor: str
    event_id: str
    type: str
    live_mode: bool
    received_at: datetime
    state: WebhookState
    attempts: int
    cause: str | None
    last_error: str | None
    order_id: UUID | None
    processed_at: datetime | None
    account: str | None = None
    connection_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRequests:
    """Requests of one minute that were refused for the same cause.

    minute: when that minute began
    processor: whose webhooks they were said to be
    cause: why they were refused, as a code
    requests: how many they were
    source: the shortened address of the last one
    last_at: when the last one came
    """

    minute: datetime
    processor: str
    cause: str
    requests: int
    source: str
    last_at: datetime

    def and_one(self, *, source: str, at: datetime) -> RefusedRequests:
        """With one more of them."""
        return replace(self, requests=self.requests + 1, source=source, last_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretInUse:
    """When a signing secret was last seen to be right: the processor has signed with it.

    processor: who signed
    connected: whether at the endpoint for accounts that are connected to ours
    secret: the secret's mark
    last_at: when the last webhook came that it had signed
    """

    processor: str
    connected: bool
    secret: str
    last_at: datetime


def pause_after(failures: int) -> timedelta:
    """Backoff of a webhook whose handler failed: 1 s, doubling, 5 minutes at most."""
    return doubled(_FIRST_PAUSE, failures, longest=_LONGEST_PAUSE)


def pause_while_waiting(age: timedelta) -> timedelta:
    """An early webhook is looked at often at first: what it waits for is usually right behind it."""
    return min(max(age / 4, timedelta(milliseconds=250)), timedelta(minutes=5))
