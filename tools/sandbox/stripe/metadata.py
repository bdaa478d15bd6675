"""Stripe's limits on metadata: 50 keys of 40 characters, values of 500."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.stripe.errors import StripeRefusedError


def check_metadata(metadata: object, path: str) -> None:
    """Raises StripeRefusedError."""
    if not isinstance(metadata, dict):
        return
    if len(metadata) > 50:
        raise StripeRefusedError.invalid("Metadata can have up to 50 keys.", param=path)
    for key, value in metadata.items():
        if len(key) > 40:
            raise StripeRefusedError.invalid(
                f"Metadata keys can have up to 40 characters, but you passed {key}.", param=path
            )
        if len(value) > 500:
            raise StripeRefusedError.invalid(
                f"Metadata values can have up to 500 characters, but you passed in a value that is {len(value)}"
                f" characters. Invalid value: {value[:20]}...",
                param=f"{path}[{key}]",
            )


def merged(old: Record, change: object) -> Record:
    """Stripe: keys are added and replaced, an empty value removes one, an empty string all."""
    if change == "":
        return {}
    if not isinstance(change, dict):
        return old
    return {key: value for key, value in (old | change).items() if value != ""}
