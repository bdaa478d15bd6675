"""The lines that add up to a total: before a purchase from its quote, after it from its order."""

from __future__ import annotations

from dataclasses import dataclass

from chassis import formats
from chassis.money import Money
from checkout.catalogue.domain import Quote
from checkout.orders.domain import Order
from events import CatalogueTier
from languages import gettext


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a stub or receipt."""

    label: str
    amount: str


def quote_lines(tier: CatalogueTier, quote: Quote) -> tuple[LineView, ...]:
    """What a quote consists of: the list price, and each discount by itself."""
    price = quote.price
    first = _line(f"{price.quantity} × {tier.name}", price.list_price * price.quantity, price.currency)
    return (first, *(_line(each.label, -each.amount, price.currency) for each in price.discounts))


def order_lines(order: Order, tier_name: str) -> tuple[LineView, ...]:
    """What was charged: the list price, and each discount by itself; in one sum where the order kept no more."""
    sold = order.line
    lines = [_line(f"{sold.quantity} × {tier_name}", sold.list_price * sold.quantity, order.currency)]
    lines += [_line(each.label, -each.amount, order.currency) for each in sold.discounts]
    if order.discount_total and not sold.discounts:
        lines.append(_line(gettext("Discount"), -order.discount_total, order.currency))
    return tuple(lines)


def percent_off(tier: CatalogueTier) -> str:
    """What members save, such as `20% off`."""
    return gettext("%(percent)s%% off", percent=tier.member_discount_percent)


def _line(label: str, amount: int, currency: str) -> LineView:
    return LineView(label=label, amount=formats.money(Money(amount, currency)))
