"""What the page of webhooks says: each cause in words, and what a person can do about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from chassis import formats
from checkout.webhooks.domain import ListedWebhook, RefusedRequests, WebhookState

HOME: Final = "/staff/webhooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A cause, for people.

    why: what has happened
    step: what can be done about it; empty where nothing has to be
    """

    why: str
    step: str = ""


CAUSES: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "amount_mismatch": Words(
            why="Not the amount that the order asks for",
            step="Compare both at the processor, then refund the payment there.",
        ),
        "session_unknown": Words(
            why="A payment that is none of ours",
            step="Look at the payment at the processor, then refund it there.",
        ),
        "object_strange": Words(
            why="It names nothing that can be read at the processor",
            step="Look at the event at the processor, and replace the endpoint’s secret if it is not there.",
        ),
        "order_unknown": Words(why="Its order is not here yet"),
        "payment_unknown": Words(why="The payment that it is about is not here yet"),
        "charges_unknown": Words(why="Payments since the backup are read first"),
        "dispute_unknown": Words(why="The dispute that it is about is not here yet"),
        "refund_under_way": Words(why="A refund of ours may be part of it: its answer comes first"),
        "object_unreadable": Words(why="The processor did not hand out what it is about"),
        "payment_not_told": Words(why="The provider’s processor did not hand out the payment that it names"),
        "payment_not_completed": Words(why="The payment that is disputed was not completed yet"),
        "dispute_in_other_currency": Words(
            why="The dispute has another currency than its payment",
            step="Look at both at the provider’s processor: the commission stays as it was.",
        ),
        "waited_too_long": Words(
            why="What it builds on has not come for 7 days",
            step="Look at the processor for the events that came before it.",
        ),
        "handler_failed": Words(why="A mistake of ours", step="Look into the logs for its id."),
        "not_ours": Words(why="About nothing of ours"),
        "no_handler": Words(why="Nothing is done about this type"),
        "connected_account": Words(why="About an account that is connected to ours"),
        "signature_missing": Words(
            why="No signature", step="Nothing to do, unless the processor is set up to send without one."
        ),
        "webhook_signature_invalid": Words(
            why="No secret of ours signed it, or it was too old",
            step="Compare the endpoint’s secret at the processor with ours: STRIPE_WEBHOOK_SECRET or"
            " STRIPE_CONNECT_WEBHOOK_SECRET. For a provider’s connection, fullhouse connections webhook register"
            " mends it.",
        ),
    }
)
_STATES: Final[Mapping[WebhookState, tuple[str, str]]] = MappingProxyType(
    {
        WebhookState.FAILED: ("high", "Failed"),
        WebhookState.WAITING: ("waiting", "Waiting"),
        WebhookState.RECEIVED: ("waiting", "Received"),
        WebhookState.PROCESSING: ("waiting", "Working"),
        WebhookState.DONE: ("ok", "Done"),
        WebhookState.IGNORED: ("off", "Ignored"),
        WebhookState.CLOSED: ("off", "Closed"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A way to narrow the list.

    word: what it is called
    href: where it leads
    count: how many there are, where that is worth knowing
    here: whether the list is narrowed so
    """

    word: str
    href: str
    count: int | None
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRow:
    """A stored webhook, as the page shows it.

    at: when it was stored
    what: its type
    processor: who sent it, and of which connected account
    event_id: the processor's id of it
    payload: where its payload can be read
    mark: the shape and colour of its state
    state: its state in a word
    why: why it is not done, in words; empty where nothing is amiss
    detail: the same, about this one
    cause: the same as a code
    step: what a person can do
    attempts: how often handling it failed
    order: the order's id
    """

    at: str
    what: str
    processor: str
    event_id: str
    payload: str
    mark: str
    state: str
    why: str
    detail: str
    cause: str
    step: str
    attempts: int
    order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRow:
    """Requests that were refused at the door, as the page shows them.

    at: when the last of them came
    processor: whose webhooks they were said to be
    requests: how many they were
    source: where the last one came from
    why: why, in words
    cause: the same as a code
    step: what a person can do
    """

    at: str
    processor: str
    requests: int
    source: str
    why: str
    cause: str
    step: str


def filters(unfinished: Mapping[WebhookState, int], *, chosen: WebhookState | None) -> list[Filter]:
    """All, and each state; how many there are is said of those that are not done."""
    everything = Filter(word="All", href=HOME, count=None, here=chosen is None)
    return [everything, *(_filter(state, unfinished, chosen) for state in _STATES)]


def webhook_rows(found: Iterable[ListedWebhook], *, now: datetime, zone: ZoneInfo) -> list[WebhookRow]:
    """The list, in its order."""
    return [_row(webhook, now, zone) for webhook in found]


def refusal_rows(found: Iterable[RefusedRequests], *, now: datetime, zone: ZoneInfo) -> list[RefusalRow]:
    """The refusals, in their order."""
    return [
        RefusalRow(
            at=formats.recent(each.last_at, zone.key, now=now),
            processor=each.processor.capitalize(),
            requests=each.requests,
            source=each.source,
            why=_words(each.cause).why,
            cause=each.cause,
            step=_words(each.cause).step,
        )
        for each in found
    ]


def address(*, state: WebhookState | None = None, cursor: str | None = None) -> str:
    """The page with this filter, at this place."""
    query = {"state": state.value if state else None, "cursor": cursor}
    given = {name: value for name, value in query.items() if value}
    return f"{HOME}?{urlencode(given)}" if given else HOME


def _filter(state: WebhookState, unfinished: Mapping[WebhookState, int], chosen: WebhookState | None) -> Filter:
    _, word = _STATES[state]
    return Filter(word=word, href=address(state=state), count=unfinished.get(state), here=chosen is state)


def _row(webhook: ListedWebhook, now: datetime, zone: ZoneInfo) -> WebhookRow:
    mark, state = _STATES[webhook.state]
    words = _words(webhook.cause) if webhook.cause else Words(why="")
    return WebhookRow(
        at=formats.recent(webhook.received_at, zone.key, now=now),
        what=webhook.type,
        processor=" ".join(filter(None, (webhook.processor.capitalize(), webhook.account))),
        event_id=webhook.event_id,
        payload=f"/api/admin/webhooks/{webhook.processor}/{webhook.event_id}",
        mark=mark,
        state=state,
        why=words.why,
        detail=webhook.last_error or "",
        cause=webhook.cause or "",
        step=words.step if webhook.state is WebhookState.FAILED else "",
        attempts=webhook.attempts,
        order=str(webhook.order_id) if webhook.order_id else "",
    )


def _words(cause: str) -> Words:
    """A cause that has no words yet is told as it is."""
    return CAUSES.get(cause, Words(why=cause))
