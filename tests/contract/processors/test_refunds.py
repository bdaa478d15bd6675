"""Money goes back, whole or in parts, at every external processor."""

from __future__ import annotations

import pytest

from checkout.payments.processors.port import ProcessorRefused
from checkout.processors.accounts import Credentials
from checkout.processors.domain import RefundStatus
from tests.contract.processors.support import DEADLINE, Counterpart, refund_wish, wish

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-4")]


async def test_a_payment_goes_back_once(counterpart: Counterpart, credentials: Credentials) -> None:
    processor = counterpart.processor
    payment_id = await counterpart.paid(credentials, wish(10_000))
    back = refund_wish(payment_id, 10_000)
    assert await processor.find_refund(credentials, back, deadline=DEADLINE) is None
    first = await processor.refund(credentials, back, deadline=DEADLINE)
    assert (first.payment_id, first.amount, first.currency) == (payment_id, 10_000, "USD")
    again = await processor.refund(credentials, back, deadline=DEADLINE)
    found = await processor.find_refund(credentials, back, deadline=DEADLINE)
    assert found is not None
    assert again.refund_id == found.refund_id == first.refund_id
    read = await processor.read_refund(credentials, first.refund_id, deadline=DEADLINE)
    assert read.status in (RefundStatus.PENDING, RefundStatus.COMPLETED)
    assert (read.refund_id, read.payment_id, read.amount) == (first.refund_id, payment_id, 10_000)
    assert (await processor.read_payment(credentials, payment_id, deadline=DEADLINE)).refunded == 10_000


async def test_parts_go_back_until_nothing_is_left(counterpart: Counterpart, credentials: Credentials) -> None:
    processor = counterpart.processor
    payment_id = await counterpart.paid(credentials, wish(10_000))
    if not processor.abilities.partial_refunds:
        with pytest.raises(ProcessorRefused):
            await processor.refund(credentials, refund_wish(payment_id, 4_000), deadline=DEADLINE)
        return
    for part, total in ((4_000, 4_000), (5_999, 9_999)):
        await processor.refund(credentials, refund_wish(payment_id, part), deadline=DEADLINE)
        assert (await processor.read_payment(credentials, payment_id, deadline=DEADLINE)).refunded == total
    with pytest.raises(ProcessorRefused):
        await processor.refund(credentials, refund_wish(payment_id, 2), deadline=DEADLINE)
    assert (await processor.read_payment(credentials, payment_id, deadline=DEADLINE)).refunded == 9_999


async def test_what_of_our_commission_goes_back_is_kept_no_longer(
    counterpart: Counterpart, credentials: Credentials
) -> None:
    processor = counterpart.processor
    if not processor.abilities.commission_at_source:
        return
    payment_id = await counterpart.paid(credentials, wish(10_000, commission=2_000))
    for part, back, left in ((4_000, 800, 1_200), (6_000, 1_200, 0)):
        await processor.refund(credentials, refund_wish(payment_id, part, commission=back), deadline=DEADLINE)
        kept = await processor.read_payment(credentials, payment_id, deadline=DEADLINE)
        assert kept.commission == left
        page = await processor.list_changed(credentials, since=kept.created_at, after=None, deadline=DEADLINE)
        assert [each.commission for each in page.payments if each.payment_id == payment_id] == [left]
