"""What the samples of findings share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cli.doctor.asking import Answer
from cli.doctor.check import Finding

NOW: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HERE: Final = "https://tickets.example.com"


def answer(status: int = 200, *, seconds: float = 0.1, text: str = "", **headers: str) -> Answer:
    return Answer(status=status, headers=headers, text=text, seconds=seconds)


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A thing that is broken: what the check says of it, and of the way out."""

    finding: Finding
    names: str
    way_out: str
