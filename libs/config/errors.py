"""What is wrong in a file, where, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Finding:
    """`place` is the dotted path in the file, empty for the file as a whole."""

    file: str
    line: int | None
    place: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (where, self.place, self.message) if part)


class ConfigError(Misconfigured):
    """One line for each finding, such as `catalogue.yaml:14: cities.dallas-jan-2027.tiers.ga.price: must be …`."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, findings)))
