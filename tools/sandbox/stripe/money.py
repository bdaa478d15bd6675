"""Amounts in minor units, as Stripe takes and shows them; currencies are in lower case here, as Stripe writes them."""

from __future__ import annotations

from typing import Final

from chassis.currencies import TAKEN, CurrencyRules, rules_of
from chassis.money import Money
from sandbox.stripe.errors import StripeRefusedError

CURRENCIES: Final = frozenset(currency.lower() for currency in TAKEN)
_SIGNS: Final = {"usd": "$", "eur": "€", "gbp": "£", "cad": "CA$", "aud": "A$", "jpy": "¥"}


def rules(currency: str) -> CurrencyRules:
    """How fine, in which steps, from which amount to which Stripe charges in this currency."""
    return rules_of(currency.upper())


def check_step(amount: int, currency: str, *, param: str) -> None:
    """Raises StripeRefusedError for what can't be charged or given back: fractions of a step."""
    step = rules(currency).step
    if amount % step:
        raise StripeRefusedError.invalid(
            f"Invalid amount: amounts in {currency.upper()} must be evenly divisible by {step}.",
            param=param,
            code="parameter_invalid_integer",
        )


def shown(amount: int, currency: str) -> str:
    """`$958.40`; `\N{MINUS SIGN}` before negative ones."""
    major = Money(abs(amount), currency.upper()).major()
    sign, number = "\N{MINUS SIGN}" if amount < 0 else "", f"{major:,.{rules(currency).shown_digits}f}"
    known = _SIGNS.get(currency)
    return f"{sign}{known}{number}" if known else f"{sign}{number} {currency.upper()}"


def fee(amount: int) -> int:
    """Stripe's price in the United States: 2.9 % and 30 cents."""
    return round(amount * 0.029) + 30
