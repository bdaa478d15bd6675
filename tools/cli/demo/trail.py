"""What has been seen of a sale, and when. A part that was not seen stays empty: nothing is assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

PARTS: Final = ("order", "session", "webhook", "stock", "tickets", "sms", "email", "stream")
Facts = Mapping[str, Any]


@dataclass(slots=True)
class Trail:
    """`parts` by name, each with its facts and the seconds since the start at which it was seen."""

    parts: dict[str, Facts] = field(default_factory=dict)
    trace_id: str | None = None
    seconds: float = 0.0
    problem: str | None = None

    def see(self, part: str, facts: Facts, *, at: float) -> None:
        """The first sight counts."""
        if part not in self.parts:
            self.parts[part] = {**facts, "seconds": round(at, 3)}
            self.seconds = max(self.seconds, round(at, 3))

    @property
    def missing(self) -> Sequence[str]:
        missing = [part for part in PARTS if part not in self.parts]
        return missing if self.trace_id else [*missing, "trace"]

    @property
    def complete(self) -> bool:
        return not self.missing

    def document(self) -> dict[str, Any]:
        """The JSON line: each part's facts, or null."""
        shown: dict[str, Any] = {part: self.parts.get(part) for part in PARTS}
        shown |= {"traceId": self.trace_id, "seconds": self.seconds}
        return shown | ({"problem": self.problem} if self.problem else {})
