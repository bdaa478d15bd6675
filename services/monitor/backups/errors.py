"""What a job about backups fails with."""

from __future__ import annotations

from invariants import Violation


class BackupUnsoundError(Exception):
    """A backup was loaded, and what must hold doesn't in it."""

    def __init__(self, name: str, found: list[Violation]) -> None:
        super().__init__(f"backup {name}: {len(found)} violations, the first: {found[0].sentence}")
