"""By which ways a payment can be made, as buyers read it: of an order, or of an appointment. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from checkout.routing.domain import Decision, PaymentOption
from languages import gettext, gettext_noop, translate

_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "paypal": gettext_noop("PayPal"),
        "square": gettext_noop("Card or wallet, by Square"),
        "stripe": gettext_noop("Card or wallet, by Stripe"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayOption:
    """A way to pay, as people read it.

    name: what the form sends
    label: what it is
    to: whom it pays
    chosen: whether it is the one that is taken unless the buyer wants another
    """

    name: str
    label: str
    to: str
    chosen: bool


def pay_options(
    options: Sequence[PaymentOption], *, provider: str, business: str, chosen: str = ""
) -> tuple[PayOption, ...]:
    """Those that can be taken now; `chosen`: by its name, else the first one is."""
    usable = [each for each in options if each.cause is None]
    names = [each.way.name for each in usable]
    wanted = names.index(chosen) if chosen in names else 0
    return tuple(
        PayOption(name=each.way.name, label=_label(each), to=_to(each, provider, business), chosen=number == wanted)
        for number, each in enumerate(usable)
    )


def _label(option: PaymentOption) -> str:
    return translate(_LABELS.get(option.way.processor, option.way.processor.capitalize()))


def _to(option: PaymentOption, provider: str, business: str) -> str:
    return gettext("Paid to %(name)s", name=business if option.way.decision is Decision.PLATFORM else provider)
