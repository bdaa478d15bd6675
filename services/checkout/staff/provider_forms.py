"""A provider's settings as somebody types them on the page (P-1)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final, Self

from pydantic import Field, ValidationError

from chassis.app import PlainText
from chassis.http.exact import SnakeBody
from checkout.providers.domain import ProviderSettings
from checkout.providers.errors import senseless
from checkout.providers.models import SettingsIn

_COMMISSION: Final = "commission_rate"
_PROBLEMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "payment_mode": "Choose who takes payments.",
        _COMMISSION: "Write a percentage from 0 to 100, with 4 digits behind the point at most.",
        "preferred_processors": "Choose processors from the list.",
    }
)


class SettingsForm(SnakeBody):
    """What is typed; an empty commission stays as it is. `commission_rate`: a percentage."""

    payment_mode: PlainText = ""
    commission_rate: PlainText = ""
    min_external_amount: PlainText = ""
    max_platform_amount: PlainText = ""
    preferred_processors: list[PlainText] = Field(default_factory=list, max_length=20)
    fallback_enabled: bool = False

    @classmethod
    def of(cls, settings: ProviderSettings, *, least: str, most: str) -> Self:
        """What the form has in it before anybody types; the amounts in major units."""
        return cls(
            payment_mode=settings.payment_mode.value,
            commission_rate=percentage(settings.commission_ppm),
            min_external_amount=least,
            max_platform_amount=most,
            preferred_processors=list(settings.preferred),
            fallback_enabled=settings.fallback,
        )

    def applied(self, before: ProviderSettings) -> ProviderSettings:
        """The settings that it asks for; raises InvalidRequest for what can't be read."""
        try:
            wanted = SettingsIn.model_validate(self._given())
        except ValidationError as error:
            names = {str(each["loc"][0]) for each in error.errors()}
            raise senseless({name: _problem(name, before.currency) for name in names}) from None
        return wanted.applied(before)

    def _given(self) -> dict[str, object]:
        given = self.model_dump(exclude={_COMMISSION, "preferred_processors"})
        given["preferred_processors"] = [name for name in self.preferred_processors if name]
        return given | ({_COMMISSION: _fraction(self.commission_rate)} if self.commission_rate else {})


def percentage(ppm: int) -> str:
    """12.5 for a share in millionths, without a sign."""
    return f"{(Decimal(ppm) / 10_000).normalize():f}"


def in_our_words(fields: Mapping[str, str]) -> Mapping[str, str]:
    """Problems as the API says them, where a page asks for something else than the API."""
    return {name: _PROBLEMS[name] if name == _COMMISSION else said for name, said in fields.items()}


def _fraction(text: str) -> Decimal | str:
    try:
        return Decimal(text.removesuffix("%").strip()).scaleb(-2)
    except InvalidOperation:
        return text


def _problem(name: str, currency: str) -> str:
    return _PROBLEMS.get(name) or f"Write an amount in {currency}, such as 49.90."
