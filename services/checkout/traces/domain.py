"""A step of a payment's life. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeStep:
    """Something that happened to a payment.

    at: when
    step: what, as a word such as PROCESSOR_CALL
    data: more about it; amounts in minor units
    """

    at: datetime
    step: str
    data: Mapping[str, object]
