"""Who is a suspicious buyer, by what was seen of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from config import Mark, Sign, VelocityRule

# What made a block that no rule has made.
BY_HAND = "by_hand"
# Marks that a purchase shows before it is paid for.
BEFOREHAND = (Mark.EMAIL, Mark.ADDRESS)


class BlockAction(StrEnum):
    """What a person does about blocks, as the audit names it."""

    ADDED = "buyer_blocked"
    LIFTED = "block_lifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerMark:
    """Something that a buyer is known by.

    mark: what it is
    key: a keyed hash of it
    shown: itself, masked, as people see it
    """

    mark: Mark
    key: bytes
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A sign that was seen of a buyer.

    mark, key: what the buyer is known by
    sign: what was seen
    at: when
    """

    mark: Mark
    key: bytes
    sign: Sign
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A rule that a buyer broke.

    rule: its name in abuse.yaml
    by: what the buyer was known by
    count: how often it was done
    until: how long the buyer is blocked
    """

    rule: str
    by: BuyerMark
    count: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A buyer who can buy nothing.

    block_id: its id
    mark: what the buyer is known by
    shown: that, masked
    cause: the rule of abuse.yaml, or by_hand
    reason: a person's words; None when a rule made it
    made_by: checkout, or the e-mail of who made it
    made_at: since when
    until: when it ends by itself
    lifted_at, lifted_by: when and by whom it was ended before
    """

    block_id: UUID
    mark: Mark
    shown: str
    cause: str
    reason: str | None
    made_by: str
    made_at: datetime
    until: datetime
    lifted_at: datetime | None = None
    lifted_by: str | None = None


def suspicions(
    rules: Mapping[str, VelocityRule], seen: Sequence[Seen], marks: Sequence[BuyerMark], *, now: datetime
) -> Iterator[Suspicion]:
    """Every rule that one of these marks breaks by what was seen."""
    for name, rule in rules.items():
        for mark in marks:
            if mark.mark is rule.by:
                count = _count(seen, rule, mark, now - rule.within)
                if count >= rule.at_least:
                    yield Suspicion(rule=name, by=mark, count=count, until=now + rule.block)


def blocked_by(suspicion: Suspicion, marks: Sequence[BuyerMark]) -> list[BuyerMark]:
    """Whom to block: a card is not seen before it pays, so who used it."""
    if suspicion.by.mark in BEFOREHAND:
        return [suspicion.by]
    return [mark for mark in marks if mark.mark in BEFOREHAND]


def _count(seen: Sequence[Seen], rule: VelocityRule, mark: BuyerMark, since: datetime) -> int:
    return sum(
        each.sign is rule.sign and (each.mark, each.key) == (mark.mark, mark.key) and each.at > since for each in seen
    )
