"""fees.yaml: what each processor keeps of a payment, from when on (P-3)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, model_validator

from chassis.money import share_of
from config.values import Currency, Id, MinorUnits, Model, UtcMoment

_DIGITS: Final = 4
_HINT: Final = f'must be per cent in quotes, from 0 to 100 with {_DIGITS} digits at most, e.g. "2.9"'


def _percent(value: object) -> Decimal:
    """Quoted, for YAML would make a float of it."""
    try:
        percent = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        percent = None
    if percent is None or not percent.is_finite() or not 0 <= percent <= 100:
        raise ValueError(_HINT)
    if percent != round(percent, _DIGITS):
        raise ValueError(_HINT)
    return percent


class ProcessorFee(Model):
    """What a processor keeps of each payment in a currency."""

    processor: Id = Field(description="who keeps it, such as stripe")
    currency: Currency = Field(description="of the payment")
    percent: Annotated[Decimal, BeforeValidator(_percent)] = Field(description="of the amount, in quotes")
    fixed: MinorUnits = Field(description="beside that, in minor units")
    valid_from: UtcMoment = Field(description="since when")

    def of(self, amount: int) -> int:
        """The fee of a payment, in minor units, half of one to even."""
        return share_of(amount, self.percent) + self.fixed


class Fees(Model):
    """fees.yaml: the fees of all processors, with those of earlier times."""

    fees: tuple[ProcessorFee, ...] = Field(description="a line for each processor, currency and beginning")

    @model_validator(mode="after")
    def _unambiguous(self) -> Self:
        beginnings = [(each.processor, each.currency, each.valid_from) for each in self.fees]
        if len(set(beginnings)) != len(beginnings):
            raise ValueError("two lines of one processor and currency begin at the same moment")
        return self

    def of(self, processor: str, currency: str, at: datetime) -> ProcessorFee | None:
        """What counts at a moment; None where nobody has said."""
        known = [each for each in self.fees if (each.processor, each.currency) == (processor, currency)]
        begun = [each for each in known if each.valid_from <= at]
        return max(begun, key=lambda fee: fee.valid_from, default=None)
