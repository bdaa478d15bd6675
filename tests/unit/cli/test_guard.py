"""What stands before a large repair (R-5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.backup import guard
from cli.errors import CommandError, UsageError

pytestmark = pytest.mark.proves("R-5")

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


def run(*, ago: float, outcome: str | None = "done", error: str = "") -> dict[str, Any]:
    began = (NOW - timedelta(hours=ago)).isoformat()
    return {"beganAt": began, "endedAt": began, "outcome": outcome, "error": error}


@pytest.mark.parametrize(
    ("runs", "hours"),
    [
        ([], None),
        ([run(ago=25)], None),
        ([run(ago=1, outcome="failed"), run(ago=30)], None),
        ([run(ago=1, outcome=None), run(ago=23)], 23),
        ([run(ago=23), run(ago=2)], 2),
    ],
)
def test_a_backup_counts_for_a_day(runs: list[dict[str, Any]], hours: int | None) -> None:
    assert guard.young(runs, now=NOW) == (None if hours is None else NOW - timedelta(hours=hours))


@pytest.mark.parametrize(
    ("runs", "sound"),
    [
        ([], True),
        ([run(ago=1)], True),
        ([run(ago=1), run(ago=30, outcome="failed")], True),
        ([run(ago=1, outcome="failed", error="BackupUnsoundError"), run(ago=30)], False),
        ([run(ago=1, outcome=None), run(ago=2, outcome="failed")], False),
    ],
)
def test_a_backup_that_can_not_be_loaded_counts_as_none(runs: list[dict[str, Any]], sound: bool) -> None:
    assert (guard.unsound(runs) == "") is sound


def installation(monkeypatch: pytest.MonkeyPatch, *, backups: list[dict[str, Any]]) -> list[str]:
    """What was asked of the services; `backups`: the runs of both jobs."""
    asked: list[str] = []

    def call(_environ: object, method: str, path: str, **_options: object) -> dict[str, Any]:
        asked.append(f"{method} {path}")
        if method == "POST":
            return {"open": None, "last": {"id": 7}}
        return {"data": [*backups, {"id": 7, "outcome": "done", "seconds": 2.0, "error": "", **_times()}]}

    monkeypatch.setattr("cli.admin.call", call)
    return asked


def _times() -> dict[str, str]:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    return {"beganAt": long_ago, "endedAt": long_ago}


def test_a_few_items_need_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = installation(monkeypatch, backups=[])
    assert guard.before_many({}, items=guard.FEW, what="Go on?", yes=False) == ""
    assert asked == []


def test_many_need_a_yes_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = installation(monkeypatch, backups=[])
    with pytest.raises(UsageError, match="--yes"):
        guard.before_many({}, items=guard.FEW + 1, what="Go on?", yes=False)
    assert asked == []


def test_without_a_young_backup_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = installation(monkeypatch, backups=[])
    assert guard.before_many({}, items=guard.FEW + 1, what="Go on?", yes=True).startswith("Backed up: ")
    assert "POST /api/admin/backup" in asked


def test_a_young_backup_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC).isoformat()
    asked = installation(
        monkeypatch, backups=[{"id": 8, "beganAt": now, "endedAt": now, "outcome": "done", "error": ""}]
    )
    assert guard.before_destroying({}, what="Go on?", yes=True).startswith("There is a backup of ")
    assert "POST /api/admin/backup" not in asked


def test_nothing_is_done_while_backups_can_not_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC).isoformat()
    broken = {"id": 8, "beganAt": now, "endedAt": now, "outcome": "failed", "error": "BackupUnsoundError"}
    asked = installation(monkeypatch, backups=[broken])
    with pytest.raises(CommandError, match="Nothing was changed"):
        guard.before_destroying({}, what="Go on?", yes=True)
    assert "POST /api/admin/backup" not in asked
