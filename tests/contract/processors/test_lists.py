"""Everything that changed is found by a cursor, whoever made it, at every external processor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checkout.processors.accounts import Credentials
from checkout.processors.domain import ExternalPayment
from tests.contract.processors.support import DEADLINE, Counterpart, a_moment_ago, wish

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-4")]


async def _changed(counterpart: Counterpart, credentials: Credentials, since: datetime) -> list[ExternalPayment]:
    found: list[ExternalPayment] = []
    after: str | None = None
    while True:
        page = await counterpart.processor.list_changed(credentials, since=since, after=after, deadline=DEADLINE)
        assert [each.updated_at for each in page.payments] == sorted(each.updated_at for each in page.payments)
        found += page.payments
        after = page.after
        if after is None:
            return found


async def test_payments_of_one_moment_are_all_found_over_pages(
    counterpart: Counterpart, credentials: Credentials
) -> None:
    moment = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    sold = [await counterpart.sell(credentials, 100 + n, at=moment) for n in range(105)]
    before = await counterpart.sell(credentials, 99, at=moment - timedelta(seconds=1))
    later = await counterpart.sell(credentials, 205, at=moment + timedelta(seconds=1))
    found = [payment for payment in await _changed(counterpart, credentials, moment) if payment.amount < 1_000]
    assert sorted(payment.payment_id for payment in found) == sorted([*sold, later])
    assert before not in {payment.payment_id for payment in found}
    assert {payment.key for payment in found} == {None}


async def test_a_refund_made_elsewhere_is_a_change(counterpart: Counterpart, credentials: Credentials) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=2)
    payment_id = await counterpart.sell(credentials, 4_000, at=long_ago)
    since = a_moment_ago()
    assert payment_id not in {payment.payment_id for payment in await _changed(counterpart, credentials, since)}
    await counterpart.give_back(credentials, payment_id, 4_000)
    found = [each for each in await _changed(counterpart, credentials, since) if each.payment_id == payment_id]
    assert [payment.refunded for payment in found] == [4_000]


async def test_our_own_payment_comes_with_our_key(counterpart: Counterpart, credentials: Credentials) -> None:
    wanted, since = wish(), a_moment_ago()
    payment_id = await counterpart.paid(credentials, wanted)
    found = [each for each in await _changed(counterpart, credentials, since) if each.key == wanted.key]
    assert [payment.payment_id for payment in found] == [payment_id]
