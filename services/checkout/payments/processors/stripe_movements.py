"""Stripe's balance transactions: what moved the account's money. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from checkout.payments.domain import Movement
from checkout.payments.processors.port import ProcessorUncertain
from checkout.payments.processors.stripe_objects import read_charge, read_dispute, read_processor_refund


def read_movement(found: Mapping[str, Any]) -> Movement:
    """A balance transaction with its source; fees, payouts and the like are about none of our payments."""
    try:
        source = found.get("source")
        return _movement(found, source if isinstance(source, Mapping) else {})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProcessorUncertain("the answer is no balance transaction") from error


def _movement(found: Mapping[str, Any], source: Mapping[str, Any]) -> Movement:
    kind = source.get("object")
    return Movement(
        movement_id=str(found["id"]),
        happened_at=datetime.fromtimestamp(int(found["created"]), UTC),
        charge=read_charge(source) if kind == "charge" else None,
        refund=read_processor_refund(source) if kind == "refund" else None,
        dispute=read_dispute(source) if kind == "dispute" else None,
    )
