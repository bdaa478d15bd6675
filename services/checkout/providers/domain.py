"""A provider's settings, their defaults, and what makes no sense in them (P-1). Pure; amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self

from chassis.currencies import rules_of

# Who takes money when no processor of the provider's own does; it may stand in the preferred order, too.
PLATFORM: Final = "platform"
MOST_ID: Final = 999_999_999
# Rates are whole millionths: exact, and fine enough for any contract.
WHOLE: Final = 1_000_000
_DEFAULT_RATE: Final = 200_000
_DEFAULT_LEAST: Final = 50
_DEFAULT_MOST: Final = 200
_HIGHEST_LEAST: Final = 1_000
_LOWEST_MOST: Final = 10


class ProviderAction(StrEnum):
    """What a person does about a provider, as the audit names it."""

    KEPT = "provider_kept"
    SETTINGS_CHANGED = "provider_settings_changed"
    EMERGENCY = "providers_emergency"


class EmergencyAction(StrEnum):
    """What is done to all providers at once: put on the platform, given fallback, or put back as they were."""

    CENTRALIZE = "centralize"
    FALLBACK = "fallback"
    RESTORE = "restore"


class PaymentMode(StrEnum):
    """Who takes a provider's money."""

    CENTRALIZED = "centralized"
    DECENTRALIZED = "decentralized"
    HYBRID = "hybrid"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """How a provider is paid.

    currency: of the amounts (ISO 4217)
    payment_mode: the platform always, always an own processor, or by amount
    commission_ppm: the platform's share, in millionths
    min_external: in hybrid mode, the least amount that may go to an own processor, in minor units
    max_platform: in hybrid mode, the largest that may go to the platform
    preferred: processors in the order in which they are asked; `platform` may be among them
    fallback: whether another takes a payment when the first one can't
    """

    currency: str
    payment_mode: PaymentMode
    commission_ppm: int
    min_external: int
    max_platform: int
    preferred: tuple[str, ...]
    fallback: bool

    @classmethod
    def default(cls, currency: str) -> Self:
        """Of a provider who has set nothing."""
        return cls(
            currency=currency,
            payment_mode=PaymentMode.CENTRALIZED,
            commission_ppm=_DEFAULT_RATE,
            min_external=_minor(_DEFAULT_LEAST, currency),
            max_platform=_minor(_DEFAULT_MOST, currency),
            preferred=(),
            fallback=True,
        )

    @property
    def commission_rate(self) -> Decimal:
        """The same share as a fraction from 0 to 1."""
        return Decimal(self.commission_ppm) / WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Somebody whose payments are routed: an instructor, a barber, a studio.

    provider_id: the id that all clients know
    name, email: who it is
    settings: None until somebody sets one, which means the defaults
    version: grows with each change of any of this
    """

    provider_id: int
    name: str
    email: str
    settings: ProviderSettings | None = None
    version: int = 0

    def settings_or_default(self, currency: str) -> ProviderSettings:
        """What counts; `currency` is the installation's."""
        return self.settings or ProviderSettings.default(currency)


def ppm_of(rate: Decimal) -> int | None:
    """A fraction from 0 to 1 in millionths; None for any other, and for one that is finer."""
    if not 0 <= rate <= 1:
        return None
    millionths = rate * WHOLE
    return int(millionths) if millionths == millionths.to_integral_value() else None


def faults(settings: ProviderSettings) -> Iterator[tuple[str, str]]:
    """Each field whose value makes no sense, with the reason, under its name on the wire."""
    currency = settings.currency
    if not 0 <= settings.min_external <= _minor(_HIGHEST_LEAST, currency):
        yield "min_external_amount", f"Write an amount from 0 to {_HIGHEST_LEAST:,}."
    if settings.max_platform < _minor(_LOWEST_MOST, currency):
        yield "max_platform_amount", f"Write an amount of {_LOWEST_MOST} or more."
    if settings.min_external > settings.max_platform:
        yield (
            "min_external_amount",
            "This is above the most that may go to the platform: amounts between the two would go nowhere.",
        )
    if len(set(settings.preferred)) != len(settings.preferred):
        yield "preferred_processors", "Name each processor once."


def _minor(major: int, currency: str) -> int:
    """Whole major units in minor ones."""
    scale: int = 10 ** rules_of(currency).digits
    return major * scale
