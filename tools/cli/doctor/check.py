"""What a check of the doctor is, and what it finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found.

    ok: whether all is well
    detail: what was looked at, or what is wrong; never a secret's value
    remedy: what to do about it; empty when all is well
    """

    ok: bool
    detail: str
    remedy: str = ""


# Takes the variables that are set. It reads and never changes anything; what it raises becomes a finding of its own.
Check = Callable[[Mapping[str, str]], Awaitable[Finding]]
