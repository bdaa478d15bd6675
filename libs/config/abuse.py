"""abuse.yaml: when a buyer becomes suspicious, and for how long such a one can buy nothing (C-11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from pydantic import Field

from config.values import Count, Duration, Id, Model


class Sign(StrEnum):
    """What counts against a buyer."""

    ORDERED = "ordered"  # an order was begun
    UNPAID = "unpaid"  # an order ended without money: its seats were kept from others
    DECLINED = "declined"  # a payment was declined


class Mark(StrEnum):
    """What a buyer is known by."""

    EMAIL = "email"
    ADDRESS = "address"
    CARD = "card"


class VelocityRule(Model):
    """How often one buyer may do something before it is suspicious."""

    sign: Sign = Field(description="what is counted: ordered, unpaid or declined")
    by: Mark = Field(description="what the buyer is known by: email, address or card")
    at_least: Count = Field(description="from how many on it is suspicious")
    within: Duration = Field(description="within how long, e.g. 1h")
    block: Duration = Field(description="how long the buyer can then buy nothing, e.g. 6h")


class Abuse(Model):
    """abuse.yaml: the rules by which buyers are blocked."""

    velocity: Mapping[Id, VelocityRule] = Field(description="name → what makes a buyer suspicious")

    @property
    def memory(self) -> timedelta:
        """For how long it has to be known what a buyer did."""
        return max((rule.within for rule in self.velocity.values()), default=timedelta(0))
