"""E-mail addresses as keys."""

from __future__ import annotations


def email_key(email: str) -> str:
    """What two spellings of an address have in common: no spaces around it, no difference of case."""
    return email.strip().casefold()
