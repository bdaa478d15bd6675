"""An entry of the audit. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One deed, as it is kept.

    at: when it was done
    actor: who did it: the email of the person's token, or the part of the system that acts by itself
    action: what was done, a word of the room that did it
    target: what it was done to, as `target` writes it; empty for the whole service
    detail: the person's own words, or what was moved where
    """

    at: datetime
    actor: str
    action: str
    target: str
    detail: str


def target(kind: str, item_id: object) -> str:
    """What a deed is done to, as it is kept and looked for: `letter:12`."""
    return f"{kind}:{item_id}"
