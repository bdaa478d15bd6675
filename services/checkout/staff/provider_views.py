"""What the pages of providers say: who is paid how, and what a change comes to (P-1). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from chassis import formats
from chassis.money import Money
from checkout.providers.domain import PLATFORM, PaymentMode, Provider, ProviderSettings
from checkout.staff.own_pages import provider_address
from checkout.staff.provider_forms import SettingsForm, percentage

MODES: Final[Mapping[PaymentMode, str]] = MappingProxyType(
    {
        PaymentMode.CENTRALIZED: "The platform",
        PaymentMode.DECENTRALIZED: "Processors of their own",
        PaymentMode.HYBRID: "Either, by amount",
    }
)
_NAMES: Final[Mapping[str, str]] = MappingProxyType({PLATFORM: "The platform", "paypal": "PayPal"})


def processor_name(processor: str) -> str:
    """A processor's own spelling."""
    return _NAMES.get(processor) or processor.title()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRow:
    """A provider, as the list shows it.

    number, name, email: who it is
    href: its page
    mode: who takes its payments
    commission: the platform's share
    fallback: whether another takes a payment when the first one can't
    """

    number: int
    name: str
    email: str
    href: str
    mode: str
    commission: str
    fallback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """A setting, before and after a change."""

    name: str
    before: str
    after: str


def provider_rows(found: Iterable[Provider], currency: str) -> list[ProviderRow]:
    """The list, in its order; `currency` is the installation's."""
    return [_row(each, each.settings_or_default(currency)) for each in found]


def setting_rows(before: ProviderSettings, after: ProviderSettings | None = None) -> list[SettingRow]:
    """Every setting in words; with `after` only those that it changes."""
    pairs = zip(_said(before), _said(after or before), strict=True)
    rows = [SettingRow(name=name, before=was, after=will_be) for (name, was), (_, will_be) in pairs]
    return rows if after is None else [row for row in rows if row.before != row.after]


def form_of(settings: ProviderSettings) -> SettingsForm:
    """The form as it begins."""
    least, most = (
        f"{Money(amount, settings.currency).major():f}" for amount in (settings.min_external, settings.max_platform)
    )
    return SettingsForm.of(settings, least=least, most=most)


def places(typed: SettingsForm, processors: Iterable[str]) -> Sequence[tuple[str, Sequence[tuple[str, str, bool]]]]:
    """The order of processors as places to fill: of each its name, and value, name and whether it is chosen."""
    chosen = [name for name in typed.preferred_processors if name]
    names = sorted({PLATFORM, *processors, *chosen}, key=processor_name)
    return [
        (f"Asked {word}", [(name, processor_name(name), chosen[at : at + 1] == [name]) for name in names])
        for at, word in enumerate(("first", "second", "third", "fourth", *("next",) * len(names))[: len(names)])
    ]


def _row(provider: Provider, settings: ProviderSettings) -> ProviderRow:
    return ProviderRow(
        number=provider.provider_id,
        name=provider.name,
        email=provider.email,
        href=provider_address(provider.provider_id),
        mode=MODES[settings.payment_mode],
        commission=f"{percentage(settings.commission_ppm)}%",
        fallback="Yes" if settings.fallback else "No",
    )


def _said(settings: ProviderSettings) -> Iterator[tuple[str, str]]:
    yield "Who takes payments", MODES[settings.payment_mode]
    yield "Least that may go to an own processor", _amount(settings.min_external, settings)
    yield "Most that may go to the platform", _amount(settings.max_platform, settings)
    yield (
        "Order of processors",
        ", then ".join(processor_name(each) for each in settings.preferred) or "As they were connected",
    )
    yield "Another takes over when one fails", "Yes" if settings.fallback else "No"
    yield "The platform’s commission", f"{percentage(settings.commission_ppm)}%"


def _amount(minor: int, settings: ProviderSettings) -> str:
    return formats.money(Money(minor, settings.currency))
