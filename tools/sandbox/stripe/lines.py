"""What a session is made of: line items, their prices and products, and the total."""

from __future__ import annotations

from decimal import Decimal

from sandbox.core.http import Record
from sandbox.stripe import money
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.metadata import check_metadata
from sandbox.stripe.shapes import LINE_ITEM, PRICE, PRODUCT


def line_item(account: StripeAccount, item: Record, path: str) -> Record:
    quantity = item.get("quantity")
    if quantity is None:
        raise StripeRefusedError.missing(f"{path}[quantity]")
    if quantity < 1:
        raise StripeRefusedError.invalid(
            "This value must be greater than or equal to 1.",
            param=f"{path}[quantity]",
            code="parameter_invalid_integer",
        )
    price, description = _price(account, item, path)
    amount = round(Decimal(price["unit_amount_decimal"]) * quantity)
    return LINE_ITEM | {
        "id": account.new_id("li_1"),
        "amount_subtotal": amount,
        "amount_total": amount,
        "currency": price["currency"],
        "description": description,
        "price": price,
        "quantity": quantity,
    }


def _price(account: StripeAccount, item: Record, path: str) -> tuple[Record, str]:
    """The price of an item and the name of its product."""
    if "price" in item:
        raise StripeRefusedError.no_such("price", item["price"], param=f"{path}[price]", status=400)
    data = item.get("price_data")
    if data is None:
        raise StripeRefusedError.invalid(
            "You must specify either `price` or `price_data` when using prices.", param=path
        )
    path = f"{path}[price_data]"
    currency = data["currency"].lower()
    if currency not in money.CURRENCIES:
        raise StripeRefusedError.invalid(f"Invalid currency: {currency}.", param=f"{path}[currency]")
    if "recurring" in data:
        raise StripeRefusedError.invalid(
            "You can't use recurring prices in `payment` mode.", param=f"{path}[recurring]"
        )
    product = _product(account, data, path)
    price = PRICE | {"id": account.new_id("price_1"), "active": False, "created": account.now, "currency": currency,
                     "product": product["id"]} | _unit_amount(data, path)  # fmt: skip
    return account.state.prices.add(price), product["name"]


def _unit_amount(data: Record, path: str) -> Record:
    decimal = str(data.get("unit_amount", data.get("unit_amount_decimal", "")))
    if ("unit_amount" in data) == ("unit_amount_decimal" in data):
        raise StripeRefusedError.invalid(
            "You must specify exactly one of `unit_amount` and `unit_amount_decimal`.", param=f"{path}[unit_amount]"
        )
    if Decimal(decimal) < 0:
        raise StripeRefusedError.invalid(
            "Invalid non-negative integer", param=f"{path}[unit_amount]", code="parameter_invalid_integer"
        )
    whole = Decimal(decimal) == Decimal(decimal).to_integral_value()
    return {"unit_amount": int(Decimal(decimal)) if whole else None, "unit_amount_decimal": decimal}


def _product(account: StripeAccount, data: Record, path: str) -> Record:
    if "product" in data:
        return account.state.products.get(data["product"], param=f"{path}[product]", status=400)
    details = data.get("product_data")
    if details is None:
        raise StripeRefusedError.invalid("You must specify either `product` or `product_data`.", param=path)
    if not details["name"]:
        raise StripeRefusedError.invalid(
            "You passed an empty string for 'line_items[0][price_data][product_data][name]'.",
            param=f"{path}[product_data][name]",
            code="parameter_invalid_empty",
        )
    check_metadata(details.get("metadata"), f"{path}[product_data][metadata]")
    kept = {name: details[name] for name in ("name", "description", "images", "metadata") if name in details}
    moment = account.now
    product = (
        PRODUCT | {"id": account.new_id("prod_", 14), "active": False, "created": moment, "updated": moment} | kept
    )
    return account.state.products.add(product)


def total_of(items: list[Record]) -> int:
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise StripeRefusedError.invalid(
            "All line items must have the same currency.", param="line_items", code="checkout_session_currency_mismatch"
        )
    total: int = sum(item["amount_total"] for item in items)
    _check_total(total, currencies.pop())
    return total


def _check_total(total: int, currency: str) -> None:
    """Nothing at all is free; what is charged has a least, a most, and in some currencies a step."""
    rules = money.rules(currency)
    if 0 < total < rules.least:
        raise StripeRefusedError.invalid(
            "The Checkout Session's total amount must convert to at least 50 cents."
            f" {money.shown(rules.least, currency)} is the least.",
            code="amount_too_small",
        )
    if total > rules.most:
        raise StripeRefusedError.invalid(
            f"The Checkout Session's total amount due must be no more than {money.shown(rules.most, currency)}.",
            code="amount_too_large",
        )
    money.check_step(total, currency, param="line_items")
