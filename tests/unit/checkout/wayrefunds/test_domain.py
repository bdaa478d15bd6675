"""What may go back of a payment, and what of our commission with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from checkout.processors.domain import Abilities
from checkout.routing.domain import Decision, Way
from checkout.wayrefunds.domain import AskedBack, WayPayment, commission_back, left_of, settle_amount
from checkout.wayrefunds.errors import WayRefundImpossible, WayRefundTooLarge

pytestmark = pytest.mark.proves("P-4", "P-7")

NOW = datetime(2027, 3, 1, tzinfo=UTC)
ABLE = Abilities(
    commission_at_source=True,
    refunds=True,
    partial_refunds=True,
    refundable_for=timedelta(days=180),
    pkce=False,
    test_webhooks=False,
    token_lifetime=None,
    list_lag=timedelta(0),
    refunds_fail_within=None,
    currencies=None,
)
PAYMENT = WayPayment(
    way=Way(decision=Decision.EXTERNAL, processor="square", connection_id=3),
    payment_id="pay-1",
    provider_id=7,
    appointment_id=12,
    order_id=None,
    amount=10_000,
    refunded=0,
    commission=2_000,
    commission_ppm=200_000,
    currency="USD",
    paid_at=NOW - timedelta(days=180),
)


@pytest.mark.parametrize(
    ("refunded", "asked", "left"),
    [
        (0, AskedBack(), 10_000),
        (4_000, AskedBack(), 6_000),
        (4_000, AskedBack(done=4_000), 6_000),
        (0, AskedBack(done=4_000), 6_000),
        (4_000, AskedBack(open=1_000, done=4_000), 5_000),
        (10_000, AskedBack(open=1_000), 0),
    ],
    ids=["nothing yet", "by its owner", "by us", "not told yet", "on its way", "more than all"],
)
def test_what_is_left_knows_what_we_and_what_others_gave_back(refunded: int, asked: AskedBack, left: int) -> None:
    assert left_of(replace(PAYMENT, refunded=refunded), asked) == left


def test_all_that_is_left_goes_back_where_no_amount_is_named() -> None:
    assert settle_amount(PAYMENT, AskedBack(done=1), None, ABLE, now=NOW) == 9_999
    assert settle_amount(PAYMENT, AskedBack(), 1, ABLE, now=NOW) == 1


@pytest.mark.parametrize("wanted", [0, -1, 10_001])
def test_never_more_than_is_left_nor_nothing(wanted: int) -> None:
    with pytest.raises(WayRefundTooLarge) as refused:
        settle_amount(PAYMENT, AskedBack(), wanted, ABLE, now=NOW)
    assert refused.value.extra == {"left": "100.00"}


@pytest.mark.parametrize(
    ("able", "later"),
    [
        (replace(ABLE, refunds=False), timedelta(0)),
        (replace(ABLE, partial_refunds=False), timedelta(0)),
        (ABLE, timedelta(microseconds=1)),
    ],
    ids=["gives nothing back", "no parts", "too old"],
)
def test_what_a_processor_cannot_do_is_refused(able: Abilities, later: timedelta) -> None:
    with pytest.raises(WayRefundImpossible, match="square"):
        settle_amount(PAYMENT, AskedBack(), 4_000, able, now=NOW + later)


def test_whatever_goes_back_in_parts_takes_all_of_our_commission_with_it_and_no_more() -> None:
    rng = Random(7)
    for _ in range(200):
        amount = rng.randint(1, 50_000)
        payment = replace(PAYMENT, amount=amount, commission=rng.randint(0, amount))
        while payment.refunded < amount:
            part = rng.randint(1, amount - payment.refunded)
            back = commission_back(payment, part)
            assert 0 <= back <= payment.commission
            payment = replace(payment, refunded=payment.refunded + part, commission=payment.commission - back)
        assert payment.commission == 0
    assert commission_back(payment, 1) == 0, "nothing is left"
