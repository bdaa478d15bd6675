"""What banks take back is found by webhooks and by lists, at every external processor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checkout.processors.accounts import Credentials
from checkout.processors.domain import DisputeStatus, ExternalDispute
from checkout.processors.news import News, NewsKind
from tests.contract.processors.support import DEADLINE, Counterpart, a_moment_ago, wish

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-4", "P-5", "P-6")]


async def listed(counterpart: Counterpart, credentials: Credentials, since: datetime) -> list[ExternalDispute]:
    """Those of the list, each with its payment on the same page."""
    found: dict[str, ExternalDispute] = {}
    after: str | None = None
    while True:
        page = await counterpart.processor.list_changed(credentials, since=since, after=after, deadline=DEADLINE)
        assert {each.payment_id for each in page.disputes} <= {each.payment_id for each in page.payments}
        found |= {each.dispute_id: each for each in page.disputes}
        after = page.after
        if after is None:
            return list(found.values())


@pytest.mark.parametrize("won", [True, False], ids=["won", "lost"])
async def test_a_dispute_is_in_the_list_with_its_payment_and_what_became_of_it(
    counterpart: Counterpart, credentials: Credentials, won: bool
) -> None:
    payment_id = await counterpart.sell(credentials, 4_000, at=datetime.now(UTC) - timedelta(days=2))
    since = a_moment_ago()
    dispute_id = await counterpart.dispute(credentials, payment_id)
    (opened,) = [each for each in await listed(counterpart, credentials, since) if each.payment_id == payment_id]
    assert (opened.dispute_id, opened.status) == (dispute_id, DisputeStatus.OPEN)
    assert (opened.amount, opened.returned, opened.currency) == (4_000, 0, "USD")
    await counterpart.decide(credentials, dispute_id, won=won)
    known = await counterpart.processor.read_dispute(credentials, dispute_id, deadline=DEADLINE)
    assert (known.status, known.returned) == ((DisputeStatus.WON, 4_000) if won else (DisputeStatus.LOST, 0))
    assert (known.amount, known.opened_at) == (4_000, opened.opened_at)
    if won:
        (after,) = [each for each in await listed(counterpart, credentials, since) if each.payment_id == payment_id]
        assert after == known


async def test_webhooks_tell_of_a_dispute_and_of_how_it_ends(
    counterpart: Counterpart, credentials: Credentials
) -> None:
    processor = counterpart.processor
    payment_id = await counterpart.paid(credentials, wish(4_000))
    subscription = await processor.register_webhook(credentials, counterpart.hook_url, deadline=DEADLINE)
    dispute_id = await counterpart.dispute(credentials, payment_id)
    await counterpart.decide(credentials, dispute_id, won=True)
    heard: list[News] = []
    while not _is_over(heard):
        (request, *_) = (await counterpart.hooks(len(heard) + 1))[len(heard) :]
        heard.append(await processor.verify_webhook(request, [subscription.secret], now=datetime.now(UTC)))
    heard = [each for each in heard if each.kind is NewsKind.DISPUTE]
    assert {(each.kind, each.subject_id, each.payment_id) for each in heard} == {
        (NewsKind.DISPUTE, dispute_id, payment_id)
    }
    assert {each.account_id for each in heard} == {credentials.account_id}
    told = {each.dispute.status for each in heard if each.dispute is not None}
    assert told in ({DisputeStatus.OPEN, DisputeStatus.WON}, set()), "all of it, or what is asked for"


def _is_over(heard: list[News]) -> bool:
    """Whether beginning and end were told, in any order; where webhooks don't say which, whether there were two."""
    told = [each.dispute for each in heard if each.kind is NewsKind.DISPUTE]
    stands = {each.status for each in told if each is not None}
    return len(told) > 1 and (not stands or stands >= {DisputeStatus.OPEN, DisputeStatus.WON})
