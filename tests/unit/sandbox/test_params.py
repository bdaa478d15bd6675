"""Stripe's form encoding and the checks from the SDK's own types."""

from __future__ import annotations

import contextlib
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe._encode import _api_encode

from sandbox.core.http import parse_pairs
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.params import checked, nest, shape_of

pytestmark = pytest.mark.proves("S-2")

_SESSION = shape_of("checkout._session_create_params", "SessionCreateParams")
_EVENTS = shape_of("_event_list_params", "EventListParams")


def _through_the_sdk(params: dict[str, Any]) -> Any:
    return checked(parse_pairs(urlencode(list(_api_encode(params))).encode()), _SESSION)


def test_what_the_sdk_encodes_is_what_was_meant() -> None:
    params = {
        "mode": "payment",
        "expires_at": 1_900_000_000,
        "allow_promotion_codes": False,
        "metadata": {"cityId": "dallas & co", "plus": "a+b"},
        "line_items": [
            {"quantity": 2, "price_data": {"currency": "usd", "unit_amount": 5, "product_data": {"name": "é"}}}
        ],
        "expand": ["line_items"],
    }
    assert _through_the_sdk(params) == params


@given(st.dictionaries(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20), st.text(), max_size=8))
def test_any_metadata_survives(metadata: dict[str, str]) -> None:
    expected = {"metadata": metadata} if metadata else {}
    assert _through_the_sdk({"metadata": metadata}) == expected


@given(st.binary(max_size=200))
def test_any_body_is_taken_or_refused(body: bytes) -> None:
    with contextlib.suppress(StripeRefusedError):
        checked(parse_pairs(body), _SESSION)


@pytest.mark.parametrize(
    ("pairs", "code", "param"),
    [
        ([("a", "1"), ("b", "1")], "parameter_unknown", "a"),
        ([("line_items[0][price_data][colour]", "red")], "parameter_unknown", "line_items[0][price_data][colour]"),
        ([("line_items[0][price_data][unit_amount]", "5")], "parameter_missing", "line_items[0][price_data][currency]"),
        ([("expires_at", "1.5")], "parameter_invalid_integer", "expires_at"),
        ([("allow_promotion_codes", "yes")], None, "allow_promotion_codes"),
        ([("mode", "gift")], None, "mode"),
        ([("metadata[a][b]", "c")], None, "metadata"),
        ([("line_items", "2")], None, "line_items"),
        ([("mode", "payment"), ("mode[a]", "b")], None, "mode[a]"),
        ([("a" * 500, "1")], "parameter_unknown", "a" * 400),
        ([("a" + "[b]" * 50, "1")], None, "a" + "[b]" * 33),
    ],
)
def test_what_is_wrong_is_named(pairs: list[tuple[str, str]], code: str | None, param: str) -> None:
    with pytest.raises(StripeRefusedError) as refused:
        checked(pairs, _SESSION)
    assert refused.value.error.get("code") == code
    assert refused.value.error["param"] == param


def test_the_sdks_headers_are_no_parameters() -> None:
    with pytest.raises(StripeRefusedError, match="unknown parameter: idempotency_key"):
        checked([("idempotency_key", "1")], _SESSION)


def test_a_number_or_bounds() -> None:
    assert checked([("created", "5")], _EVENTS) == {"created": 5}
    assert checked([("created[gte]", "5")], _EVENTS) == {"created": {"gte": 5}}
    assert checked([("types[]", "a"), ("types[]", "b")], _EVENTS) == {"types": ["a", "b"]}
    assert nest([("a[1]", "y"), ("a[0]", "x")]) == {"a": {"1": "y", "0": "x"}}
