"""Money: integer minor units with their currency; what a minor unit is, the processor says (chassis.currencies)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final

from babel import Locale
from babel.numbers import format_currency, get_currency_symbol, list_currencies

from chassis.currencies import rules_of

_US: Final = Locale("en", "US")
# What a column holds; nobody makes us compute with a million digits.
_LONGEST_WHOLE: Final = 12
# As many as decimals are computed with exactly.
_MOST_DIGITS: Final = 28


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount of money; sums of two currencies are refused with ValueError.

    amount: in minor units (cents)
    currency: ISO 4217, upper case
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.amount, bool) or not isinstance(self.amount, int):
            raise TypeError(f"amount must be a whole number of minor units, not {type(self.amount).__name__}")
        if not is_currency(self.currency):
            raise ValueError(f"{self.currency!r} is not an ISO 4217 currency code in upper case")

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other).amount, self.currency)

    def __mul__(self, quantity: int) -> Money:
        return Money(self.amount * quantity, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __bool__(self) -> bool:
        return self.amount != 0

    def major(self) -> Decimal:
        """The exact amount in major units (dollars)."""
        return Decimal(self.amount).scaleb(-rules_of(self.currency).digits)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{other.currency} can't be mixed with {self.currency}")
        return other


def minor_units(text: str, currency: str) -> int | None:
    """`49.90`, as people type it, in minor units; None for what is no amount above nothing."""
    try:
        minor = exact_minor_units(Decimal(text), currency)
    except InvalidOperation:
        return None
    return minor if minor is not None and minor > 0 else None


def exact_minor_units(amount: Decimal, currency: str) -> int | None:
    """An amount in major units in minor ones; None for more digits than the currency has, or than any amount needs."""
    if not amount.is_finite() or amount.adjusted() >= _LONGEST_WHOLE or len(amount.as_tuple().digits) > _MOST_DIGITS:
        return None
    minor = amount.scaleb(rules_of(currency).digits)
    return int(minor) if minor == minor.to_integral_value() else None


def share_of(amount: int, percent: Decimal | int, *, step: int = 1) -> int:
    """`percent` of an amount in minor units, in steps, half a step to even: one rule for discounts and commissions."""
    steps = (Decimal(amount) * percent / 100 / step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return int(steps) * step


def is_currency(code: str) -> bool:
    """Whether the code is a currency of ISO 4217."""
    return code.isascii() and code.isupper() and code in _CURRENCIES


def format_money(money: Money, *, locale: Locale = _US, whole: bool = False) -> str:
    """`$958.40`: the form in texts and pages (X-8). Whole amounts may be written without a fraction: `$958`."""
    digits = 0 if whole else rules_of(money.currency).shown_digits
    pattern = str(locale.currency_formats["standard"].pattern).replace(".00", "." + "0" * digits if digits else "")
    if pattern.startswith("¤#") and get_currency_symbol(money.currency, locale=locale)[-1].isalpha():
        pattern = pattern.replace("¤", "¤\N{NO-BREAK SPACE}")
    return format_currency(money.major(), money.currency, pattern, locale=locale, currency_digits=False)


_CURRENCIES = frozenset(list_currencies())
