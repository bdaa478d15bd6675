"""The base class of rules, and what a broken one reports."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from invariants.evidence import Evidence


class Kind(StrEnum):
    """In what way a rule is broken."""

    LOST = "lost"
    DOUBLED = "doubled"
    OVERSOLD = "oversold"
    UNSETTLED = "unsettled"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that breaks a rule.

    invariant: the rule's name
    kind: in what way
    subject: the id of the thing at fault, never personal data
    sentence: what is wrong, for people
    """

    invariant: str
    kind: Kind
    subject: str
    sentence: str


Finding = tuple[Kind, str, str]


class Invariant(ABC):
    """A rule: `name`, the `sentence` that must hold, and `findings` for what breaks it."""

    name: ClassVar[str]
    sentence: ClassVar[str]

    @abstractmethod
    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """Kind, subject and sentence of everything that breaks the rule."""

    def check(self, evidence: Evidence) -> list[Violation]:
        """The violations of this rule."""
        return [
            Violation(invariant=self.name, kind=kind, subject=subject, sentence=sentence)
            for kind, subject, sentence in self.findings(evidence)
        ]


def compare(expected: int, found: int, subject: str, words: str) -> Iterator[Finding]:
    """Reports as lost or doubled when `found` differs from `expected`."""
    if found != expected:
        yield Kind.LOST if found < expected else Kind.DOUBLED, subject, f"{found} {words} instead of {expected}"
