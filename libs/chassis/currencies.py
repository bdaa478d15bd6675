"""Currencies as the processor takes them: how fine, in which steps, from which amount to which. One table for prices,
texts, figures and pages: what Stripe calls a minor unit is not always what ISO 4217 or CLDR do.

Stripe's own page on currencies is the source. Its minimum is that of the account's settlement currency; for a currency
without a row of its own the true one follows an exchange rate, and 50 minor units are only the least that is sure.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_LEAST: Final = 50
_MOST: Final = 99_999_999


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyRules:
    """How amounts in a currency are written and charged.

    digits: how many digits of an amount in minor units are the fraction
    step: what each charged amount is a multiple of, minor units
    least: the smallest charge, minor units; nothing at all is free and never charged
    most: the largest charge, minor units
    """

    digits: int = 2
    step: int = 1
    least: int = _LEAST
    most: int = _MOST

    @property
    def shown_digits(self) -> int:
        """How many digits of the fraction people read: none where only whole units are charged."""
        return 0 if self.step >= 10**self.digits else self.digits

    def chargeable(self, amount: int) -> bool:
        """Whether the processor takes this amount, in minor units; a total of nothing is not its business."""
        return amount == 0 or (self.least <= amount <= self.most and amount % self.step == 0)


_USUAL: Final = CurrencyRules()
_WITHOUT_FRACTION: Final = CurrencyRules(digits=0)
_THOUSANDTHS: Final = CurrencyRules(digits=3, step=10)
# Written with two digits for the sake of older callers, and charged in whole units.
_WHOLE_WITH_DIGITS: Final = CurrencyRules(step=100, least=100)

_TAKEN: Final = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY
COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD
JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD
NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL
THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW
"""
# What a card can be charged in.
TAKEN: Final = frozenset(_TAKEN.split())

_WITHOUT: Final = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
_LEAST_OF: Final = {
    "AED": 200,
    "BGN": 100,
    "CZK": 1500,
    "DKK": 250,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "THB": 1000,
}
_RULES: Final = MappingProxyType(
    {
        **dict.fromkeys(_WITHOUT.split(), _WITHOUT_FRACTION),
        **dict.fromkeys(["BHD", "JOD", "KWD", "OMR", "TND"], _THOUSANDTHS),
        **dict.fromkeys(["ISK", "UGX"], _WHOLE_WITH_DIGITS),
        **{currency: CurrencyRules(least=least) for currency, least in _LEAST_OF.items()},
        "IDR": CurrencyRules(most=999_999_999_999),
    }
)


def rules_of(currency: str) -> CurrencyRules:
    """The rules of a currency: ISO 4217, upper case. One that is not TAKEN is written as most are."""
    return _RULES.get(currency, _USUAL)
