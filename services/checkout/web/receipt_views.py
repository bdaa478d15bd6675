"""The lines that add up to a total: before a purchase from its quote, after it from its order."""

from __future__ import annotations

from dataclasses import dataclass

from chassis import formats
from chassis.money import Money
from checkout.catalogue.domain import Quote
from checkout.orders.domain import Order
from events import CatalogueTier


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a stub or receipt."""

    label: str
    amount: str


def quote_lines(tier: CatalogueTier, quote: Quote) -> tuple[LineView, ...]:
    """What a quote consists of: the list price, and each discount by itself."""
    price, code = quote.price, quote.code
    lines = [_line(f"{price.quantity} × {tier.name}", price.list_price * price.quantity, price.currency)]
    if price.member_discount:
        lines.append(_line(_member_price(tier), -price.member_discount * price.quantity, price.currency))
    if code is not None and price.code_discount:
        lines.append(_line(f"Code {code.code}", -price.code_discount * price.quantity, price.currency))
    return tuple(lines)


def order_lines(order: Order, tier: CatalogueTier) -> tuple[LineView, ...]:
    """What was charged: the list price, and all discounts together, which an order keeps as one sum."""
    sold = order.line
    lines = [_line(f"{sold.quantity} × {tier.name}", sold.list_price * sold.quantity, order.currency)]
    if order.discount_total:
        lines.append(_line(_reasons(order, tier), -order.discount_total, order.currency))
    return tuple(lines)


def percent_off(tier: CatalogueTier) -> str:
    """What members save, such as `20% off`."""
    return f"{tier.member_discount_percent}% off"


def _reasons(order: Order, tier: CatalogueTier) -> str:
    code = f"Code {order.discount_code}" if order.discount_code else ""
    if not order.member:
        return code
    return f"Member price and {code}" if code else _member_price(tier)


def _member_price(tier: CatalogueTier) -> str:
    return f"Member price, {percent_off(tier)}"


def _line(label: str, amount: int, currency: str) -> LineView:
    return LineView(label=label, amount=formats.money(Money(amount, currency)))
