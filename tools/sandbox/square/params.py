"""What Square's calls take: names, types and which must be there. The conformance test compares it with the SDK."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sandbox.core.http import Record, Request
from sandbox.square.errors import SquareRefusedError

Kind: TypeAlias = "type | Shape"
_LONGEST = {"idempotency_key": 45, "reference_id": 40, "note": 500, "payment_note": 500, "reason": 192}
_EXPECTED = {str: "STRING", int: "INTEGER", bool: "BOOLEAN", list: "ARRAY", dict: "OBJECT"}


@dataclass(frozen=True, slots=True)
class Shape:
    """An object: the types of its fields, and those that it must have."""

    fields: Mapping[str, Kind]
    needed: frozenset[str] = field(default_factory=frozenset)


def _shape(needed: str = "", /, **fields: Kind) -> Shape:
    return Shape(fields, frozenset(needed.split()))


MONEY = _shape(amount=int, currency=str)
QUICK_PAY = _shape("name price_money location_id", name=str, price_money=MONEY, location_id=str)
CHECKOUT_OPTIONS = _shape(
    allow_tipping=bool, custom_fields=list, subscription_plan_id=str, redirect_url=str, merchant_support_email=str,
    ask_for_shipping_address=bool, accepted_payment_methods=dict, app_fee_money=MONEY, shipping_fee=dict,
    enable_coupon=bool, enable_loyalty=bool,
)  # fmt: skip
PRE_POPULATED = _shape(buyer_email=str, buyer_phone_number=str, buyer_address=dict)
CREATE_LINK = _shape(
    idempotency_key=str, description=str, quick_pay=QUICK_PAY, order=dict, checkout_options=CHECKOUT_OPTIONS,
    pre_populated_data=PRE_POPULATED, payment_note=str,
)  # fmt: skip
CREATE_PAYMENT = _shape(
    "source_id idempotency_key",
    source_id=str, idempotency_key=str, amount_money=MONEY, tip_money=MONEY, app_fee_money=MONEY,
    app_fee_allocations=list, delay_duration=str, delay_action=str, autocomplete=bool, order_id=str, customer_id=str,
    location_id=str, team_member_id=str, reference_id=str, verification_token=str, accept_partial_authorization=bool,
    buyer_email_address=str, buyer_phone_number=str, billing_address=dict, shipping_address=dict, note=str,
    statement_description_identifier=str, cash_details=dict, external_details=dict, customer_details=dict,
    offline_payment_details=dict,
)  # fmt: skip
CANCEL_BY_KEY = _shape("idempotency_key", idempotency_key=str)
CREATE_REFUND = _shape(
    "idempotency_key amount_money",
    idempotency_key=str, amount_money=MONEY, app_fee_money=MONEY, app_fee_allocations=list, payment_id=str,
    destination_id=str, unlinked=bool, location_id=str, customer_id=str, reason=str, payment_version_token=str,
    team_member_id=str, cash_details=dict, external_details=dict,
)  # fmt: skip
SUBSCRIPTION = _shape(
    id=str, name=str, enabled=bool, event_types=list, notification_url=str, api_version=str, signature_key=str,
    created_at=str, updated_at=str,
)  # fmt: skip
CREATE_SUBSCRIPTION = _shape("subscription", subscription=SUBSCRIPTION, idempotency_key=str)
UPDATE_SUBSCRIPTION = _shape(subscription=SUBSCRIPTION)
TEST_SUBSCRIPTION = _shape(event_type=str)
OBTAIN_TOKEN = _shape(
    "client_id grant_type",
    client_id=str, grant_type=str, client_secret=str, code=str, redirect_uri=str, refresh_token=str,
    migration_token=str, scopes=list, short_lived=bool, code_verifier=str, use_jwt=bool,
)  # fmt: skip
REVOKE_TOKEN = _shape(client_id=str, access_token=str, merchant_id=str, revoke_only_access_token=bool)
LIST_PAYMENTS = _shape(
    begin_time=str, end_time=str, sort_order=str, cursor=str, location_id=str, total=int, last_4=str, card_brand=str,
    limit=int, is_offline_payment=bool, offline_begin_time=str, offline_end_time=str, updated_at_begin_time=str,
    updated_at_end_time=str, sort_field=str,
)  # fmt: skip
LIST_REFUNDS = _shape(
    begin_time=str, end_time=str, sort_order=str, cursor=str, location_id=str, status=str, source_type=str, limit=int,
    updated_at_begin_time=str, updated_at_end_time=str, sort_field=str,
)  # fmt: skip
LIST_DISPUTES = _shape(cursor=str, states=str, location_id=str)
LIST_SUBSCRIPTIONS = _shape(cursor=str, include_disabled=bool, sort_order=str, limit=int)
NOTHING = _shape()


def body_of(request: Request, shape: Shape) -> Record:
    """The checked body. Raises SquareRefusedError."""
    try:
        found = json.loads(request.body or b"{}")
    except ValueError as error:
        raise SquareRefusedError(400, "BAD_REQUEST", "The request body is not valid JSON.") from error
    if not isinstance(found, dict):
        raise SquareRefusedError(400, "EXPECTED_OBJECT", "Expected an object.")
    _check(found, shape, "")
    return found


def query_of(request: Request, shape: Shape) -> Record:
    """The checked query, with numbers as such. Raises SquareRefusedError."""
    given: Record = {}
    for name, value in request.query():
        if name not in shape.fields:
            raise SquareRefusedError(400, "UNKNOWN_QUERY_PARAMETER", f"Unknown query parameter `{name}`.", field=name)
        given[name] = int(value) if shape.fields[name] is int and value.isdigit() else value
    return given


def _check(given: Record, shape: Shape, path: str) -> None:
    for name, value in given.items():
        here = f"{path}.{name}" if path else name
        kind = shape.fields.get(name)
        if kind is None:
            raise SquareRefusedError(400, "BAD_REQUEST", f"The field named '{name}' is unrecognized.", field=here)
        if value is not None:
            _check_value(value, kind, here)
    for name in sorted(shape.needed):
        if given.get(name) in (None, ""):
            here = f"{path}.{name}" if path else name
            raise SquareRefusedError(400, "MISSING_REQUIRED_PARAMETER", "Field must be set", field=here)


def _check_value(value: object, kind: Kind, path: str) -> None:
    expected = dict if isinstance(kind, Shape) else kind
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        name = _EXPECTED[expected]
        raise SquareRefusedError(400, f"EXPECTED_{name}", f"Expected a value of type {name.lower()}.", field=path)
    longest = _LONGEST.get(path.rpartition(".")[2])
    if longest is not None and isinstance(value, str) and len(value) > longest:
        words = f"Field must not be greater than {longest} length"
        raise SquareRefusedError(400, "VALUE_TOO_LONG", words, field=path)
    if isinstance(kind, Shape) and isinstance(value, dict):
        _check(value, kind, path)
