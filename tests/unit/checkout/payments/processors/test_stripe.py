"""The call to Stripe: what it says, and what each answer means (C-1)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest

from chassis.clock import Clock
from chassis.http_client import VendorClient, VendorResponse, VendorTimeout, VendorUnavailable
from checkout.payments.processors.port import (
    ProcessorBusy,
    ProcessorFailed,
    ProcessorRefused,
    ProcessorUncertain,
    Sale,
)
from checkout.payments.processors.stripe import StripeProcessor
from checkout.payments.processors.stripe_objects import DELAYED_METHODS
from sandbox.stripe.params import shape_of
from tests.fixtures.clocks import SteppingClock

SESSION = {"id": "cs_1", "url": "https://pay.example.com", "status": "open", "created": 1, "livemode": False}
SALE = Sale(
    order_id="o-1",
    number="7K3M2QXD",
    placed_at=datetime(2026, 11, 30, 12, 0, 0, 250_000, tzinfo=UTC),
    code=None,
    city_id="dallas-jan-2027",
    tier="ga",
    quantity=2,
    unit_price=59900,
    currency="USD",
    title="Dallas workshop, Jan 23–24, General Admission",
    note="",
    promise="Your seats are held until 2:24 PM CST.",
    email="jordan@example.com",
    success_url="https://tickets.example.com/success",
    cancel_url="https://tickets.example.com/cancel",
    expires_at=1_800_000_000,
    delayable=True,
)


_AT_ONCE = """
affirm afterpay_clearpay alipay alma amazon_pay bancontact billie bizum blik card cashapp crypto eps fpx
giropay grabpay ideal kakao_pay klarna kr_card mb_way mobilepay naver_pay p24 pay_by_bank payco paynow
paypal paypay pix promptpay revolut_pay samsung_pay satispay scalapay sequra sunbit swish twint upi
wechat_pay zip
"""
PAID_AT_ONCE = frozenset(_AT_ONCE.split())


class Responses(VendorClient):
    """Answers, or fails, in turn."""

    def __init__(self, *outcomes: VendorResponse | Exception) -> None:
        super().__init__("stripe", "http://127.0.0.1:1")
        self.outcomes = list(outcomes)
        self.keys: list[str] = []

    async def request(self, *_call: str, **options: object) -> VendorResponse:
        headers = options["headers"]
        assert isinstance(headers, dict)
        self.keys.append(headers.get("Idempotency-Key", ""))
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def response(status: int, body: object = SESSION) -> VendorResponse:
    return VendorResponse(status, {}, json.dumps(body).encode(), 0.0)


def processor(client: VendorClient, clock: Clock | None = None) -> StripeProcessor:
    return StripeProcessor(
        client, secret_key="sk_test_x", webhook_secrets=["whsec_x"], rate=25, clock=clock or SteppingClock()
    )


def lost(*, ambiguous: bool) -> Exception:
    kind = VendorTimeout if ambiguous else VendorUnavailable
    return kind("stripe", "sessions.create", ambiguous=ambiguous, reason="lost")


def test_metadata_and_inline_prices_are_in_the_call() -> None:
    sent = dict(parse_qsl(processor(Responses()).call_for(SALE)))
    assert sent["line_items[0][price_data][unit_amount]"] == "59900"
    assert sent["line_items[0][price_data][currency]"] == "usd"
    for base in ("metadata", "payment_intent_data[metadata]"):
        assert sent[f"{base}[cityId]"] == "dallas-jan-2027"
        assert sent[f"{base}[ticketType]"] == "GA"
        assert sent[f"{base}[quantity]"] == "2"
        assert sent[f"{base}[orderId]"] == "o-1"
    assert sent["expires_at"] == "1800000000"
    assert sent["line_items[0][price_data][product_data][name]"] == "Dallas workshop, Jan 23–24, General Admission"
    assert sent["custom_text[submit][message]"] == "Your seats are held until 2:24 PM CST."


@pytest.mark.proves("W-1")
@pytest.mark.parametrize(("language", "locale"), [("en", "en"), ("es", "es"), ("eo", "auto")])
def test_the_page_speaks_the_buyers_language_where_stripe_does(language: str, locale: str) -> None:
    sent = dict(parse_qsl(processor(Responses()).call_for(replace(SALE, language=language))))
    assert sent["locale"] == locale


@pytest.mark.proves("X-5")
def test_a_page_whose_seats_may_not_wait_offers_no_method_that_is_paid_later() -> None:
    def excluded(sale: Sale) -> list[str]:
        sent = parse_qsl(processor(Responses()).call_for(sale))
        return [value for name, value in sent if name.startswith("excluded_payment_method_types[")]

    assert excluded(SALE) == []
    assert excluded(replace(SALE, delayable=False)) == list(DELAYED_METHODS)


@pytest.mark.proves("X-5")
def test_each_method_that_stripe_knows_is_paid_at_once_or_known_to_be_paid_later() -> None:
    """A newer SDK brings newer methods: each belongs into one of the lists."""
    known = shape_of("checkout", "SessionCreateParams").fields["excluded_payment_method_types"].items
    assert known is not None
    assert set(known.literals) == {*DELAYED_METHODS, *PAID_AT_ONCE}


@pytest.mark.asyncio
@pytest.mark.proves("C-1")
@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([response(200)], None),
        ([response(429, {}), response(429, {}), response(200)], None),
        ([lost(ambiguous=True), response(200)], None),
        ([response(409, {}), response(200)], None),
        ([response(400, {"error": {"code": "x"}})], ProcessorRefused),
        ([response(500, {})], ProcessorFailed),
        ([lost(ambiguous=False)], ProcessorFailed),
        ([response(429, {})] * 50, ProcessorBusy),
        ([lost(ambiguous=True)] * 50, ProcessorUncertain),
        ([lost(ambiguous=True), lost(ambiguous=False)], ProcessorUncertain),
        ([response(409, {}), response(502, {})], ProcessorUncertain),
    ],
)
async def test_what_answers_mean(outcomes: list[VendorResponse | Exception], expected: type[Exception] | None) -> None:
    """429 and lost answers are tried again within the deadline, always with the same key."""
    client = Responses(*outcomes)
    call = processor(client).create_session("a=b", idempotency_key="k-1", deadline=timedelta(seconds=10))
    if expected is None:
        assert (await call).session_id == "cs_1"
    else:
        with pytest.raises(expected):
            await call
    assert set(client.keys) == {"k-1"}


@pytest.mark.asyncio
@pytest.mark.proves("C-1")
async def test_the_queue_is_known_and_whoever_is_too_late_hears_so_at_once() -> None:
    clock = SteppingClock()
    client = Responses(*[response(200)] * 500)
    stripe = processor(client, clock)
    for _ in range(5):
        await stripe.create_session("", idempotency_key="k", deadline=timedelta(seconds=10))
    wait = stripe.queue()
    assert (wait > timedelta(0), stripe.place(wait), stripe.place(-wait)) == (True, 1, 1)
    assert len(client.keys) == 5


@pytest.mark.asyncio
@pytest.mark.proves("C-1")
@pytest.mark.parametrize("body", [{}, {"id": "cs_1"}, {**SESSION, "created": None}, {**SESSION, "metadata": "x"}])
async def test_an_answer_that_is_no_session_leaves_open_what_happened(body: object) -> None:
    with pytest.raises(ProcessorUncertain):
        await processor(Responses(response(200, body))).create_session(
            "", idempotency_key="k", deadline=timedelta(seconds=1)
        )
