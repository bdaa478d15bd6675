"""Addresses of pages that open in the language in which they are told."""

from __future__ import annotations

from typing import Final

from languages.speaking import current

PARAMETER: Final = "lang"


def in_this_language(address: str | None) -> str:
    """The address of a page of ours, with the language that is spoken now; empty where there is none."""
    if not address:
        return ""
    return f"{address}{'&' if '?' in address else '?'}{PARAMETER}={current().tag}"
