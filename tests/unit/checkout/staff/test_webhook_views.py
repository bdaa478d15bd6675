"""What the page of webhooks says of each cause (C-4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

import checkout.app  # noqa: F401 - with it all rooms, and their causes
from chassis.signatures import SignatureInvalid, SignatureMissing
from checkout.staff.webhook_views import CAUSES, Words, address, filters, refusal_rows, webhook_rows
from checkout.webhooks.domain import (
    CONNECTED_ACCOUNT,
    HANDLER_FAILED,
    NO_HANDLER,
    NOT_OURS,
    ListedWebhook,
    RefusedRequests,
    WebhookState,
)
from checkout.webhooks.errors import Early, Refusal
from tests.unit.checkout.samples import NOW, ORDER_ID

pytestmark = pytest.mark.proves("C-4", "W-2")

ZONE = ZoneInfo("America/New_York")


def causes() -> Iterator[str]:
    """Everything that may stand as a cause in the store."""
    kinds: tuple[type[Early | Refusal], ...] = (*Early.__subclasses__(), *Refusal.__subclasses__())
    for kind in kinds:
        if kind.__module__.startswith("checkout."):
            yield kind.code
    yield from (CONNECTED_ACCOUNT, HANDLER_FAILED, NO_HANDLER, NOT_OURS, SignatureMissing.code, SignatureInvalid.code)


def webhook(state: WebhookState, cause: str | None = None, error: str | None = None) -> ListedWebhook:
    return ListedWebhook(
        processor="stripe",
        event_id="evt_1",
        type="checkout.session.completed",
        live_mode=False,
        received_at=NOW,
        state=state,
        attempts=1 if state is WebhookState.FAILED else 0,
        cause=cause,
        last_error=error,
        order_id=UUID(str(ORDER_ID)),
        processed_at=None,
    )


@pytest.mark.parametrize("cause", sorted(causes()))
def test_each_cause_has_words(cause: str) -> None:
    assert CAUSES[cause].why


def test_nobody_explains_what_can_not_happen() -> None:
    assert set(CAUSES) == set(causes())


def test_a_failed_one_says_why_and_what_to_do() -> None:
    [row] = webhook_rows([webhook(WebhookState.FAILED, "amount_mismatch", "1.00 USD paid")], now=NOW, zone=ZONE)
    assert (row.state, row.mark, row.cause, row.detail) == ("Failed", "high", "amount_mismatch", "1.00 USD paid")
    assert row.why == CAUSES["amount_mismatch"].why
    assert row.step == CAUSES["amount_mismatch"].step
    assert row.payload == "/api/admin/webhooks/stripe/evt_1"


@pytest.mark.parametrize("state", [state for state in WebhookState if state is not WebhookState.FAILED])
def test_only_failed_ones_ask_for_a_person(state: WebhookState) -> None:
    [row] = webhook_rows([webhook(state, "amount_mismatch")], now=NOW, zone=ZONE)
    assert row.step == ""


def test_a_cause_without_words_is_told_as_it_is() -> None:
    [row] = webhook_rows([webhook(WebhookState.FAILED, "of_tomorrow")], now=NOW, zone=ZONE)
    assert Words(why=row.why, step=row.step) == Words(why="of_tomorrow")


def test_the_filters_lead_to_each_state_and_count_what_is_open() -> None:
    shown = filters({WebhookState.FAILED: 2}, chosen=WebhookState.FAILED)
    assert {one.word: one.count for one in shown if one.count} == {"Failed": 2}
    assert [one.word for one in shown if one.here] == ["Failed"]
    assert {one.href for one in shown} == {address(), *(address(state=state) for state in WebhookState)}


def test_refusals_say_why_and_from_where() -> None:
    refused = RefusedRequests(
        minute=NOW,
        processor="stripe",
        cause=SignatureInvalid.code,
        requests=7,
        source="192.0.2.0",
        last_at=NOW + timedelta(seconds=3),
    )
    [row] = refusal_rows([refused], now=NOW, zone=ZONE)
    assert (row.processor, row.requests, row.source, row.cause) == ("Stripe", 7, "192.0.2.0", refused.cause)
    assert row.why == CAUSES[refused.cause].why
