"""A backup of a single service takes no place of one that has everything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from backups.errors import BackupError
from backups.library import Library
from backups.places import Folder
from backups.rule import Keeping
from tests.unit.backups.made import made

NIGHT = datetime(2026, 11, 29, 3, tzinfo=UTC)
NOON = NIGHT + timedelta(hours=9)
BOTH = ("checkout", "inventory")

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("O-4")]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(Folder(tmp_path))


async def test_the_newest_is_one_that_has_what_is_asked_for(library: Library) -> None:
    whole, single = made(NIGHT, *BOTH), made(NOON, "checkout")
    for each in (whole, single):
        await library.publish(each)
    assert await library.newest(BOTH) == whole
    assert await library.newest(["checkout"]) == single
    with pytest.raises(BackupError, match=r"no backup in .* of monitor yet"):
        await library.newest(["monitor"])


async def test_one_that_cannot_be_read_is_not_passed_over(library: Library, tmp_path: Path) -> None:
    damaged = made(NOON, *BOTH)
    for each in (made(NIGHT, *BOTH), damaged):
        await library.publish(each)
    (tmp_path / damaged.name / "manifest.json").write_text("{}")
    with pytest.raises(BackupError, match="damaged"):
        await library.newest(BOTH)


async def test_the_rule_measures_each_against_its_like(library: Library) -> None:
    earlier, whole, single = made(NIGHT - timedelta(days=1), *BOTH), made(NIGHT, *BOTH), made(NOON, "checkout")
    for each in (earlier, whole, single):
        await library.publish(each)
    removed = await library.prune(Keeping(daily=1, weekly=0, monthly=0), now=NOON, zone=ZoneInfo("UTC"))
    assert removed == [earlier.name]
    assert [each.name for each in await library.all()] == [single.name, whole.name]
