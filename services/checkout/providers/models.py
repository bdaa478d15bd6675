"""A provider's settings on the wire: decimals in major units, and a fraction for the commission (P-1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Self

from fastapi import Path
from pydantic import Field

from chassis.http.exact import Decimals, SnakeBody, SnakeOut
from chassis.money import Money, exact_minor_units
from checkout.providers.domain import MOST_ID, PaymentMode, Provider, ProviderSettings, ppm_of
from checkout.providers.errors import senseless
from config.values import Id

ProviderId = Annotated[int, Path(ge=1, le=MOST_ID, description="the provider's id")]


class SettingsIn(SnakeBody):
    """What is to be different; what is left out stays."""

    payment_mode: PaymentMode | None = None
    commission_rate: Decimals | None = Field(None, description="a fraction from 0 to 1; for admins")
    min_external_amount: Decimals | None = Field(None, description="from 0 to 1,000")
    max_platform_amount: Decimals | None = Field(None, description="10 or more")
    preferred_processors: tuple[Id, ...] | None = Field(
        None, max_length=20, description="in the order in which they are asked; `platform` may be among them"
    )
    fallback_enabled: bool | None = None

    def applied(self, before: ProviderSettings) -> ProviderSettings:
        """The settings with what is different; raises InvalidRequest for a finer number than there can be."""
        given = dict(self._given(before.currency))
        if wrong := {name: _too_fine(name, before.currency) for name, (_, value) in given.items() if value is None}:
            raise senseless(wrong)
        return replace(before, **dict(given.values()))

    def _given(self, currency: str) -> Iterator[tuple[str, tuple[str, Any]]]:
        """What is different, by its name on the wire, with ours and the value; None for a number that is too fine."""
        if self.payment_mode is not None:
            yield "payment_mode", ("payment_mode", self.payment_mode)
        if self.commission_rate is not None:
            yield "commission_rate", ("commission_ppm", ppm_of(self.commission_rate))
        if self.min_external_amount is not None:
            yield "min_external_amount", ("min_external", exact_minor_units(self.min_external_amount, currency))
        if self.max_platform_amount is not None:
            yield "max_platform_amount", ("max_platform", exact_minor_units(self.max_platform_amount, currency))
        if self.preferred_processors is not None:
            yield "preferred_processors", ("preferred", self.preferred_processors)
        if self.fallback_enabled is not None:
            yield "fallback_enabled", ("fallback", self.fallback_enabled)


def _too_fine(name: str, currency: str) -> str:
    if name == "commission_rate":
        return "Write a fraction from 0 to 1, with 6 digits at most."
    return f"Write an amount with no more digits than {currency} has."


class SettingsOut(SnakeOut):
    """How a provider is paid."""

    provider: int
    payment_mode: PaymentMode
    commission_rate: Decimals = Field(description="the platform's share, a fraction from 0 to 1")
    min_external_amount: Decimals = Field(description="in hybrid mode, the least that may go to an own processor")
    max_platform_amount: Decimals = Field(description="in hybrid mode, the most that may go to the platform")
    preferred_processors: tuple[str, ...]
    fallback_enabled: bool
    currency: str = Field(description="of the amounts (ISO 4217)")
    are_defaults: bool = Field(description="whether nobody has set anything yet")

    @classmethod
    def of(cls, provider: Provider, currency: str) -> Self:
        settings = provider.settings_or_default(currency)
        return cls(
            provider=provider.provider_id,
            payment_mode=settings.payment_mode,
            commission_rate=settings.commission_rate,
            min_external_amount=Money(settings.min_external, settings.currency).major(),
            max_platform_amount=Money(settings.max_platform, settings.currency).major(),
            preferred_processors=settings.preferred,
            fallback_enabled=settings.fallback,
            currency=settings.currency,
            are_defaults=provider.settings is None,
        )
