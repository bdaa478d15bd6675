"""What the audit keeps of a deed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from pydantic import BaseModel

# Who nobody knows: no token came, or none of ours.
ANONYMOUS: Final = "anonymous"
MANY: Final = "many"

# What a deed found or left: a model whose marks say what is personal, or plain values by name.
State = BaseModel | Mapping[str, object] | None


class Outcome(StrEnum):
    """What became of a deed."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something.

    name: the email of the person's token, or the part of the system that acts by itself
    role: the role of the token; empty for who acts without one, as the system or with the keys of the machine
    address: where the request came from, as the gateway tells it; None when there was none
    """

    name: str
    role: str = ""
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a deed did to one target.

    target: what it was done to, as `target` writes it; empty for the whole service
    before: what was there
    after: what is there now, or what was asked for where the effect is elsewhere
    """

    target: str = ""
    before: State = None
    after: State = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedDeed:
    """Something that somebody wanted to do and was refused.

    actor: who
    action: what, as the route declares it
    target: to what, as far as the address names it
    code: the stable code of the refusal
    reason: its sentence
    """

    actor: Actor
    action: str
    target: str
    code: str
    reason: str

    def of_many(self) -> Self:
        """What stands for this one when too many are refused at once to tell them apart."""
        return replace(self, actor=Actor(name=MANY), target="", reason="")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One deed, as it is kept.

    id: the entry's number
    at: when it was done or refused
    actor: who did it, `anonymous` when nobody knows
    role: the role of the token, empty where there was none
    address: where the request came from
    action: what was done, a word of the room that did it
    target: what it was done to; empty for the whole service
    before: what was there, personal data masked
    after: what is there now, personal data masked
    reason: the person's own words, or the sentence of the refusal
    outcome: whether it was done
    code: the stable code of the refusal
    times: how often, where the same was refused many times within seconds
    """

    id: int
    at: datetime
    actor: str
    role: str
    address: str | None
    action: str
    target: str
    before: Any
    after: Any
    reason: str
    outcome: Outcome
    code: str | None
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Selects entries; every field that is set must fit.

    actor: who did it
    action: what was done
    target: what it was done to
    outcome: what became of it
    since, until: done at or after, and before
    """

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None


def target(kind: str, item_id: object) -> str:
    """What a deed is done to, as it is kept and looked for: `letter:12`."""
    return f"{kind}:{item_id}"
