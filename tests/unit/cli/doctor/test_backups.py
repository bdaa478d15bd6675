"""What the doctor makes of backups: of what age the newest is, and whether one was proved to load."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from backups.creating import ORDER
from backups.library import Listed
from cli.doctor.backups import judged
from cli.doctor.check import State
from tests.unit.backups.made import made

NOW: Final = datetime(2026, 11, 29, 12, tzinfo=UTC)
PROVED: Final = {"outcome": "done", "endedAt": "2026-11-23T03:04:05Z"}

pytestmark = pytest.mark.proves("O-2", "O-4")


def kept(age: timedelta, *services: str) -> Listed:
    manifest = made(NOW - age, *(services or ORDER))
    return Listed(name=manifest.name, manifest=manifest)


NIGHTLY: Final = kept(timedelta(hours=9))
UNREADABLE: Final = Listed(name="20261129T040000Z-3fa2", manifest=None, trouble="Set BACKUP_KEY.")


@pytest.mark.parametrize(
    ("listed", "proof", "state", "words", "way_out"),
    [
        ([NIGHTLY], PROVED, State.WELL, "9 h old; proved to load on 2026-11-23", ""),
        ([kept(timedelta(hours=1), "checkout"), NIGHTLY], PROVED, State.WELL, "9 h old", ""),
        ([NIGHTLY], None, State.NOTE, "9 h old; whether it can be loaded was not proved", "jobs run backup-test"),
        ([kept(timedelta(days=3))], PROVED, State.WRONG, "72 h old", "jobs history backup"),
        ([UNREADABLE, NIGHTLY], PROVED, State.WRONG, "Set BACKUP_KEY.", "backup create"),
        ([NIGHTLY], {**PROVED, "outcome": "failed"}, State.WRONG, "can be loaded failed", "history backup-test"),
        ([NIGHTLY], {**PROVED, "endedAt": "2026-11-01T03:00:00Z"}, State.WRONG, "of 2026-11-01", "run backup-test"),
        ([], None, State.WRONG, "there is none", "backup create"),
    ],
)
def test_the_newest_that_has_everything_counts(
    listed: Sequence[Listed], proof: dict[str, Any] | None, state: State, words: str, way_out: str
) -> None:
    found = judged(listed, {"backup": PROVED, "backup-test": proof}, now=NOW)
    assert found.state is state
    assert words in found.detail
    assert way_out in found.remedy


def test_before_the_first_night_it_is_a_note() -> None:
    assert judged([], {"backup": None, "backup-test": None}, now=NOW).state is State.NOTE
