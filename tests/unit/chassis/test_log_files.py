"""Log lines in files: each level is kept for its own time (M-15), and nothing about it stops a process."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from chassis.telemetry import configure_logging, get_logger
from chassis.telemetry.files import LogFolder, log_files, remove_expired
from chassis.telemetry.names import Level

pytestmark = pytest.mark.proves("M-15")

log = get_logger()


@dataclass(slots=True)
class Time:
    now: datetime = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def stdout(tmp_path: Path, time: Time) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logging("checkout", stream=stream, folder=tmp_path / "lines", now=time)
    yield stream
    configure_logging("checkout", stream=io.StringIO())


def written(folder: Path) -> dict[str, list[str]]:
    return {
        path.name: [json.loads(line)["event"] for line in path.read_text().splitlines()]
        for path in sorted(folder.iterdir())
    }


def test_each_day_and_level_has_its_file(stdout: io.StringIO, tmp_path: Path, time: Time) -> None:
    log.info("order_placed")
    log.warning("hold_failed")
    time.now += timedelta(seconds=2)
    log.info("order_expired")
    log.error("refund_refused")
    assert written(tmp_path / "lines") == {
        "2026-11-21.checkout.info.jsonl": ["order_placed"],
        "2026-11-21.checkout.warn.jsonl": ["hold_failed"],
        "2026-11-22.checkout.error.jsonl": ["refund_refused"],
        "2026-11-22.checkout.info.jsonl": ["order_expired"],
    }
    assert len(stdout.getvalue().splitlines()) == 4


def test_processes_of_a_service_share_its_files(tmp_path: Path, time: Time) -> None:
    folders = [LogFolder(tmp_path, "checkout", now=time) for _ in range(2)]
    for number in range(6):
        folders[number % 2].write(Level.INFO, json.dumps({"event": str(number)}))
    assert written(tmp_path) == {"2026-11-21.checkout.info.jsonl": list("012345")}


def test_a_folder_that_takes_nothing_stops_nobody(tmp_path: Path, time: Time) -> None:
    (tmp_path / "file").write_text("no folder")
    LogFolder(tmp_path / "file" / "lines", "checkout", now=time).write(Level.ERROR, "{}")


def test_each_level_is_kept_for_its_own_time(tmp_path: Path) -> None:
    today = date(2026, 11, 21)
    for level, days in ((Level.ERROR, 90), (Level.WARN, 30), (Level.INFO, 7)):
        for age in (days, days + 1):
            (tmp_path / f"{today - timedelta(days=age)}.checkout.{level}.jsonl").touch()
    (tmp_path / "2020-01-01.checkout.fatal.jsonl").touch()
    (tmp_path / "2020-99-01.checkout.info.jsonl").touch()
    gone = remove_expired(tmp_path, today=today)
    assert {file.level: (today - file.day).days for file in gone} == {Level.ERROR: 91, Level.WARN: 31, Level.INFO: 8}
    assert {file.level for file in log_files(tmp_path)} == set(Level)
    assert len(list(tmp_path.iterdir())) == 5
    assert remove_expired(tmp_path / "none", today=today) == []
