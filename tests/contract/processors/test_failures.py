"""What a call that fails says about the money, at every external processor (fallback only where it is sure)."""

from __future__ import annotations

import pytest

from checkout.payments.processors.port import (
    ProcessorBusy,
    ProcessorFailed,
    ProcessorFailure,
    ProcessorRefused,
    ProcessorUncertain,
)
from checkout.processors.accounts import Credentials
from checkout.processors.domain import CallOutcome, CredentialsRefused, PageStatus, outcome_of
from tests.contract.processors.support import DEADLINE, LOST, Counterpart, a_moment_ago, refund_wish, wish

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-4")]


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after", "error"])
async def test_a_page_without_an_answer_is_never_paid(
    counterpart: Counterpart, credentials: Credentials, kind: str
) -> None:
    processor, wanted, since = counterpart.processor, wish(), a_moment_ago()
    await counterpart.fail("create_payment", kind, count=1)
    with pytest.raises(ProcessorUncertain) as lost:
        await processor.create_payment(credentials, wanted, deadline=LOST)
    assert not outcome_of(lost.value).charged_by_nobody
    assert (await processor.cancel_wish(credentials, wanted, deadline=DEADLINE)).status is PageStatus.CLOSED
    page = await processor.list_changed(credentials, since=since, after=None, deadline=DEADLINE)
    assert [payment for payment in page.payments if payment.key == wanted.key] == []


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after", "error", "rate_limit"])
async def test_one_lost_answer_is_asked_for_again(
    counterpart: Counterpart, credentials: Credentials, kind: str
) -> None:
    wanted = wish()
    await counterpart.fail("create_payment", kind, count=1)
    page = await counterpart.processor.create_payment(credentials, wanted, deadline=DEADLINE)
    assert page == await counterpart.processor.create_payment(credentials, wanted, deadline=DEADLINE)


@pytest.mark.parametrize(
    ("method", "kind", "failure", "outcome"),
    [
        ("create_payment", "rate_limit", ProcessorBusy, CallOutcome.NOT_ATTEMPTED),
        ("read_account", "rate_limit", ProcessorBusy, CallOutcome.NOT_ATTEMPTED),
        ("read_account", "error", ProcessorFailed, CallOutcome.NOT_ATTEMPTED),
        ("read_account", "timeout_before", ProcessorFailed, CallOutcome.NOT_ATTEMPTED),
    ],
)
async def test_what_did_not_happen_says_so(
    counterpart: Counterpart,
    credentials: Credentials,
    method: str,
    kind: str,
    failure: type[ProcessorFailure],
    outcome: CallOutcome,
) -> None:
    await counterpart.fail(method, kind)
    processor = counterpart.processor
    asked = (
        processor.create_payment(credentials, wish(), deadline=DEADLINE)
        if method == "create_payment"
        else processor.read_account(credentials, deadline=DEADLINE)
    )
    with pytest.raises(failure) as failed:
        await asked
    assert outcome_of(failed.value) is outcome


async def test_a_refund_without_an_answer_is_made_once(counterpart: Counterpart, credentials: Credentials) -> None:
    processor = counterpart.processor
    payment_id = await counterpart.paid(credentials, wish(10_000))
    back = refund_wish(payment_id, 10_000)
    await counterpart.fail("refund", "timeout_after", count=1)
    with pytest.raises(ProcessorUncertain):
        await processor.refund(credentials, back, deadline=LOST)
    await processor.refund(credentials, back, deadline=DEADLINE)
    assert (await processor.read_payment(credentials, payment_id, deadline=DEADLINE)).refunded == 10_000


async def test_an_access_token_that_is_over_refuses_and_is_renewed(
    counterpart: Counterpart, credentials: Credentials
) -> None:
    processor = counterpart.processor
    permitted = await processor.exchange(await counterpart.permission(), deadline=DEADLINE)
    assert permitted.refresh_token is not None
    assert (permitted.expires_at is None) == (processor.abilities.token_lifetime is None)
    if permitted.expires_at is None:
        return
    await counterpart.outdate(permitted)
    with pytest.raises(CredentialsRefused) as refused:
        await processor.create_payment(permitted, wish(), deadline=DEADLINE)
    assert outcome_of(refused.value) is CallOutcome.DECLINED
    renewed = await processor.refresh(permitted, deadline=DEADLINE)
    assert renewed.account_id == permitted.account_id
    account = await processor.read_account(renewed, deadline=DEADLINE)
    assert account.account_id == renewed.account_id


async def test_a_decision_is_a_decision_however_it_is_told(counterpart: Counterpart, credentials: Credentials) -> None:
    """Of a payment that was never made nothing can be given back."""
    with pytest.raises(ProcessorRefused) as refused:
        await counterpart.processor.refund(credentials, refund_wish("unheard-of", 100), deadline=DEADLINE)
    assert outcome_of(refused.value) is CallOutcome.DECLINED
