"""What PayPal takes: the fields of each body, which must be there, and amounts.

PayPal overlooks fields that it doesn't know. Here they are refused, so that a misspelt one is found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

from sandbox.core.http import Record, Request
from sandbox.paypal.errors import PaypalRefusedError

Shape: TypeAlias = Mapping[str, Any]
"""Fields by name: `TEXT`, `ANY`, the shape of an object, or of a list's items in a list. `!` ends what is required."""
TEXT: Final = "text"
ANY: Final = "any"
MONEY: Final[Shape] = {"currency_code!": TEXT, "value!": TEXT}
ITEM: Final[Shape] = {
    "name!": TEXT, "unit_amount!": MONEY, "quantity!": TEXT, "tax": MONEY, "description": TEXT, "sku": TEXT,
    "url": TEXT, "category": TEXT, "image_url": TEXT,
}  # fmt: skip
UNIT: Final[Shape] = {
    "amount!": {**MONEY, "breakdown": ANY}, "reference_id": TEXT, "description": TEXT, "custom_id": TEXT,
    "invoice_id": TEXT, "soft_descriptor": TEXT, "items": [ITEM], "payee": {"email_address": TEXT, "merchant_id": TEXT},
    "payment_instruction": ANY,
}  # fmt: skip
EXPERIENCE: Final[Shape] = dict.fromkeys(
    ("brand_name", "locale", "shipping_preference", "return_url", "cancel_url", "landing_page", "user_action",
     "payment_method_preference"), TEXT
)  # fmt: skip
WALLET: Final[Shape] = {"email_address": TEXT, "experience_context": EXPERIENCE}
CONTEXT: Final[Shape] = dict.fromkeys(
    ("brand_name", "locale", "landing_page", "shipping_preference", "user_action", "return_url", "cancel_url"), TEXT
)
ORDER: Final[Shape] = {
    "intent!": TEXT, "purchase_units!": [UNIT], "payment_source": {"paypal": WALLET}, "application_context": CONTEXT,
    "processing_instruction": TEXT,
}  # fmt: skip
CAPTURE: Final[Shape] = {}
REFUND: Final[Shape] = {
    "amount": MONEY, "custom_id": TEXT, "invoice_id": TEXT, "note_to_payer": TEXT, "payment_instruction": ANY,
}  # fmt: skip
WEBHOOK: Final[Shape] = {"url!": TEXT, "event_types!": [{"name!": TEXT}]}
SIMULATION: Final[Shape] = {"event_type!": TEXT, "webhook_id": TEXT, "url": TEXT, "resource_version": TEXT}
VERIFICATION: Final[Shape] = {
    "auth_algo!": TEXT, "cert_url!": TEXT, "transmission_id!": TEXT, "transmission_sig!": TEXT,
    "transmission_time!": TEXT, "webhook_id!": TEXT, "webhook_event!": ANY,
}  # fmt: skip

WHOLE_ONLY: Final = frozenset({"HUF", "JPY", "TWD"})
CURRENCIES: Final = frozenset(
    {"AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR", "NOK",
     "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD"}
)  # fmt: skip
_VALUE: Final = re.compile(r"\d{1,20}(\.\d+)?\Z")


def read(request: Request, shape: Shape) -> Record:
    """The body, checked; an empty one is an empty object. Raises PaypalRefusedError."""
    body: Record = any_json(request)
    check(body, shape, "")
    return body


def any_json(request: Request) -> Any:
    """Raises PaypalRefusedError."""
    try:
        return json.loads(request.body or b"{}")
    except ValueError as error:
        raise PaypalRefusedError.invalid("MALFORMED_REQUEST_JSON", field="/") from error


def check(body: object, shape: Shape, path: str) -> None:
    """Raises PaypalRefusedError for what is no such object."""
    if not isinstance(body, dict):
        raise PaypalRefusedError.invalid("MALFORMED_REQUEST_JSON", field=path or "/")
    known = {name.rstrip("!"): inner for name, inner in shape.items()}
    for name in shape:
        if name.endswith("!") and body.get(name[:-1]) in (None, "", []):
            raise PaypalRefusedError.invalid("MISSING_REQUIRED_PARAMETER", field=f"{path}/{name[:-1]}")
    for name, value in body.items():
        if name not in known:
            raise PaypalRefusedError.invalid("NOT_SUPPORTED", field=f"{path}/{name}")
        _check_value(value, known[name], f"{path}/{name}")


def _check_value(value: object, shape: Any, path: str) -> None:
    if shape == ANY:
        return
    fits = isinstance(value, str if shape == TEXT else list if isinstance(shape, list) else dict)
    if not fits:
        raise PaypalRefusedError.invalid("INVALID_PARAMETER_SYNTAX", field=path, value=value)
    if isinstance(value, list):
        for at, each in enumerate(value):
            _check_value(each, shape[0], f"{path}/{at}")
    elif isinstance(value, dict):
        check(value, shape, path)


def amount_of(money: Record, path: str) -> Decimal:
    """An amount above nothing, in a currency that PayPal has. Raises PaypalRefusedError."""
    currency, value = money["currency_code"], money["value"]
    if currency not in CURRENCIES:
        raise PaypalRefusedError.unprocessable("CURRENCY_NOT_SUPPORTED", field=f"{path}/currency_code")
    if not _VALUE.match(value):
        raise PaypalRefusedError.invalid("INVALID_PARAMETER_SYNTAX", field=f"{path}/value", value=value)
    amount = Decimal(value)
    if amount <= 0:
        raise PaypalRefusedError.unprocessable("CANNOT_BE_ZERO_OR_NEGATIVE", field=f"{path}/value")
    _check_precision(amount, currency, path)
    return amount


def _check_precision(amount: Decimal, currency: str, path: str) -> None:
    if amount != amount.quantize(Decimal("0.01")):
        raise PaypalRefusedError.unprocessable("DECIMAL_PRECISION", field=f"{path}/value")
    if currency in WHOLE_ONLY and amount != amount.to_integral_value():
        raise PaypalRefusedError.unprocessable("DECIMALS_NOT_SUPPORTED", field=f"{path}/value")


def money(amount: Decimal, currency: str) -> Record:
    """As PayPal writes an amount."""
    digits = 0 if currency in WHOLE_ONLY else 2
    return {"currency_code": currency, "value": f"{amount:.{digits}f}"}


def fee_of(amount: Decimal, currency: str) -> Decimal:
    """PayPal's price in the United States: 3.49 % and 49 cents, but never more than the amount."""
    step = Decimal(1) if currency in WHOLE_ONLY else Decimal("0.01")
    return min(amount, (amount * Decimal("0.0349") + Decimal("0.49")).quantize(step))
