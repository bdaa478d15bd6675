"""The error for configuration files: what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong in a file.

    file: the file's name
    line: the line, None where it isn't known
    place: the dotted path in the file, empty for the file as a whole
    message: what is wrong and what to do
    """

    file: str
    line: int | None
    place: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (where, self.place, self.message) if part)


class ConfigError(Misconfigured):
    """The files are wrong; each finding is a line of the message.

    Such as `catalogue.yaml:14: cities.dallas-jan-2027.tiers.ga.price: must be …`.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, findings)))
