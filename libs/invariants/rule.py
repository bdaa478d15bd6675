"""What a rule is, and what it says when it is broken."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from invariants.evidence import Evidence


class Kind(StrEnum):
    """In what way something is wrong."""

    LOST = "lost"
    DOUBLED = "doubled"
    OVERSOLD = "oversold"
    UNSETTLED = "unsettled"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """`subject` is the id of the thing at fault; personal data is never part of it."""

    invariant: str
    kind: Kind
    subject: str
    sentence: str


Finding = tuple[Kind, str, str]


class Invariant(ABC):
    """One rule. `sentence` says what holds; `findings` says where it doesn't."""

    name: ClassVar[str]
    sentence: ClassVar[str]

    @abstractmethod
    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """Kind, subject and sentence of everything that breaks the rule."""

    def check(self, evidence: Evidence) -> list[Violation]:
        return [
            Violation(invariant=self.name, kind=kind, subject=subject, sentence=sentence)
            for kind, subject, sentence in self.findings(evidence)
        ]


def compare(expected: int, found: int, subject: str, words: str) -> Iterator[Finding]:
    """Lost or doubled, when there are not as many as there should be."""
    if found != expected:
        yield Kind.LOST if found < expected else Kind.DOUBLED, subject, f"{found} {words} instead of {expected}"
